import { ChronoError, decodeLeaf, decodeStatement, FLAG, NS_PER_S, STATEMENT_BYTES } from "@chronoledger/core";
import type { Precision, Regime } from "@chronoledger/core/gateway";
import type { Database } from "@chronoledger/service";
import { type SQL, sql } from "drizzle-orm";
import { batchId, stampId } from "../stamps/stamp-ids.ts";
import { numeric, rowsOf } from "../store/rows-of.ts";
import type { StampedTime } from "./compliance-stamp.ts";
import { giveWay } from "./give-way.ts";

/** Rows read at once: each comes with its leaf and its statement. */
const PAGE = 1_000;

export type StampSpan = {
  readonly accountId: string;
  readonly fromUtcNs: bigint;
  /** Exclusive. */
  readonly toUtcNs: bigint;
  /** Of this regime alone. */
  readonly regime?: Regime | undefined;
};

/** A request's stamp, or its batch as one entry. */
export type AccountStamp = StampedTime & {
  readonly id: string;
  readonly sequence: bigint;
  readonly leafIndex: number;
  /** More than 1 for a batch. */
  readonly count: number;
  readonly regime: Regime | null;
  readonly activity: string | null;
  readonly reference: string | null;
  /** Of a batch: SHA-256 of its leaves, 96 bytes each, one after the other. */
  readonly imprint: Uint8Array;
  readonly test: boolean;
};

type Row = {
  readonly sequence: string;
  readonly leaf_index: string;
  readonly count: number;
  readonly time_utc: string;
  readonly uncertainty: string;
  readonly precision: Precision;
  readonly regime: Regime | null;
  readonly activity: string | null;
  readonly reference: string | null;
  readonly leaf: Uint8Array;
  readonly batch_digest: Uint8Array | null;
  readonly statement: Uint8Array;
};

const spanOf = ({ accountId, fromUtcNs, toUtcNs, regime }: StampSpan): SQL =>
  sql`s.account_id = ${accountId} and s.time_utc >= ${numeric(fromUtcNs)} and s.time_utc < ${numeric(toUtcNs)}
    and ${regime === undefined ? sql`true` : sql`s.regime = ${regime}`}`;

/**
 * Entries and leaves of an account in a period, counted no further than one beyond `limit` entries.
 * @throws input/too-large
 */
export async function countStamps(
  db: Database,
  span: StampSpan,
  limit: number,
): Promise<{ readonly entries: number; readonly leaves: number }> {
  const [row] = await rowsOf<{ entries: number; leaves: string }>(
    db,
    sql`select count(*)::integer as entries, coalesce(sum(count), 0)::text as leaves
      from (select s.count from gateway_stamps s where ${spanOf(span)} limit ${limit + 1}) as counted`,
  );
  const entries = row?.entries ?? 0;
  if (entries > limit)
    throw new ChronoError(
      "input/too-large",
      { what: "stamps in the period", limit },
      { remedy: "shorten the period, and ask for several" },
    );
  return { entries, leaves: Number(row?.leaves ?? 0) };
}

function toStamp(row: Row): AccountStamp {
  const leaf = decodeLeaf(row.leaf);
  const statement = decodeStatement(row.statement);
  const [sequence, leafIndex] = [BigInt(row.sequence), Number(row.leaf_index)];
  const flags = leaf.flags | statement.flags;
  return {
    id: row.count === 1 ? stampId(sequence, leafIndex) : batchId(sequence, leafIndex, row.count),
    ...{ sequence, leafIndex, flags },
    count: row.count,
    timeTaiNs: leaf.time,
    timeUtcNs: BigInt(row.time_utc),
    uncertaintyNs: BigInt(row.uncertainty),
    taiMinusUtc: Number((leaf.time - BigInt(row.time_utc)) / NS_PER_S),
    existedBeforeTaiNs: statement.time,
    precision: row.precision,
    regime: row.regime,
    activity: row.activity,
    reference: row.reference,
    imprint: row.batch_digest ?? leaf.imprint,
    test: (flags & FLAG.test) !== 0,
  };
}

/** Oldest first, page by page. */
export async function* accountStamps(db: Database, span: StampSpan): AsyncGenerator<AccountStamp[]> {
  let after = sql`true`;
  for (;;) {
    const rows = await rowsOf<Row>(
      db,
      sql`select s.sequence::text, s.leaf_index::text, s.count, s.time_utc::text, s.uncertainty::text, s.precision, s.regime,
          s.activity, s.reference,
          substring(b.leaves from ((s.leaf_index - b.first_index) * 96 + 1)::integer for 96) as leaf,
          case when s.count > 1 then
            sha256(substring(b.leaves from ((s.leaf_index - b.first_index) * 96 + 1)::integer for s.count * 96)) end as batch_digest,
          substring(b.certificate from 1 for ${STATEMENT_BYTES}) as statement
        from gateway_stamps s cross join lateral (
          select first_index, leaves, certificate from gateway_batches g
          where g.sequence = s.sequence and g.first_index <= s.leaf_index order by g.first_index desc limit 1) b
        where ${spanOf(span)} and ${after} order by s.time_utc, s.sequence, s.leaf_index limit ${PAGE}`,
    );
    if (rows.length > 0) yield rows.map(toStamp);
    await giveWay();
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    after = sql`(s.time_utc, s.sequence, s.leaf_index) >
      (${last.time_utc}::numeric, ${last.sequence}::numeric, ${last.leaf_index}::bigint)`;
  }
}
