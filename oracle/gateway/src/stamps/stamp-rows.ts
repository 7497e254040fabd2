import { concatBytes } from "@chronoledger/core";
import type { Meter, Tier } from "@chronoledger/core/gateway";
import type { Database } from "@chronoledger/service";
import { type SQL, sql } from "drizzle-orm";
import { rowsOf } from "../store/rows-of.ts";
import type { CertifiedLeaves } from "./certified-leaves.ts";
import type { GroupOrder } from "./group-order.ts";

/** As the database gives it: 64-bit integers as text. */
export type StampRow = {
  readonly account_id: string;
  readonly sequence: string;
  readonly leaf_index: string;
  readonly count: number;
  readonly time_utc: string;
  readonly uncertainty: string;
  readonly precision: Tier["precision"];
  readonly meter: Meter;
  readonly regime: string | null;
  readonly idempotency_key: string | null;
  readonly fingerprint: Uint8Array | null;
};

export const STAMP_COLUMNS: SQL = sql.raw(
  "s.account_id, s.sequence::text, s.leaf_index::text, s.count, s.time_utc::text, s.uncertainty::text, s.precision, s.meter, " +
    "s.regime, s.idempotency_key, s.fingerprint",
);

/** An order at its place in the tree. */
export type PlacedOrder = { readonly order: GroupOrder; readonly index: number };

/**
 * Keeps the orders whose keys are good at `now`, but for those whose row, or whose Idempotency-Key, is there already: of two gateways
 * with one key, the second waits here for the first.
 * @returns the places of those that were kept now.
 */
export async function insertStamps(
  tx: Database,
  sequence: bigint,
  placed: readonly PlacedOrder[],
  now: bigint,
): Promise<Set<number>> {
  const rows = placed.map(({ order, index }) => ({
    account_id: order.accountId,
    key_id: order.caller?.keyId,
    leaf_index: index,
    count: order.count,
    time_utc: String(order.timeUtc),
    uncertainty: String(order.uncertainty),
    precision: order.precision,
    meter: order.meter,
    regime: order.regime,
    activity: order.activity,
    reference: order.reference,
    idempotency_key: order.idempotency?.key,
    fingerprint: order.idempotency?.fingerprint.toString("hex"),
  }));
  const kept = await rowsOf<{ leaf_index: string }>(
    tx,
    sql`insert into gateway_stamps (account_id, sequence, leaf_index, count, time_utc, uncertainty, precision, meter, regime,
        activity, reference, idempotency_key, fingerprint)
      select o.account_id, ${String(sequence)}::numeric, o.leaf_index, o.count, o.time_utc, o.uncertainty, o.precision, o.meter,
        o.regime, o.activity, o.reference, o.idempotency_key, decode(o.fingerprint, 'hex')
      from json_to_recordset(${JSON.stringify(rows)}::json) as o (account_id text, key_id text, leaf_index bigint, count integer,
        time_utc numeric, uncertainty numeric, precision text, meter text, regime text, activity text, reference text,
        idempotency_key text, fingerprint text)
      where o.key_id is null or exists (
        select 1 from gateway_keys k join gateway_accounts a on a.id = k.account_id
        where k.id = o.key_id and k.account_id = o.account_id and not a.closed
          and (k.revoked_at is null or k.revoked_at > ${String(now)}::numeric)
          and (k.expires_at is null or k.expires_at > ${String(now)}::numeric))
      order by o.account_id, o.idempotency_key
      on conflict do nothing returning leaf_index::text`,
  );
  return new Set(kept.map(({ leaf_index }) => Number(leaf_index)));
}

/** Rows at the orders' places, and rows with their Idempotency-Keys. */
export function findStamps(tx: Database, sequence: bigint, placed: readonly PlacedOrder[]): Promise<StampRow[]> {
  const wanted = placed.map(({ order, index }) => ({
    account_id: order.accountId,
    leaf_index: index,
    idempotency_key: order.idempotency?.key,
  }));
  const list = sql`json_to_recordset(${JSON.stringify(wanted)}::json) as o (account_id text, leaf_index bigint, idempotency_key text)`;
  return rowsOf<StampRow>(
    tx,
    sql`select ${STAMP_COLUMNS} from gateway_stamps s join ${list}
        on s.sequence = ${String(sequence)}::numeric and s.leaf_index = o.leaf_index
      union
      select ${STAMP_COLUMNS} from gateway_stamps s join ${list}
        on s.account_id = o.account_id and s.idempotency_key = o.idempotency_key`,
  );
}

export async function deleteStamps(tx: Database, sequence: bigint, places: readonly number[]): Promise<void> {
  await tx.execute(sql`delete from gateway_stamps where sequence = ${String(sequence)}::numeric
    and leaf_index in (select json_array_elements_text(${JSON.stringify(places)}::json)::bigint)`);
}

/** As text: the embedded database turns each byte of a parameter, and of an answer, into a string of its own. */
const bytea = (bytes: Uint8Array): SQL =>
  sql`decode(${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64")}, 'base64')`;

export async function insertBatch(tx: Database, leaves: CertifiedLeaves): Promise<void> {
  const { statement, tree } = leaves;
  await tx.execute(sql`
    insert into gateway_batches (sequence, first_index, count, size, time_tai, leaves, complement, certificate)
    values (${String(statement.sequence)}::numeric, ${leaves.firstIndex}, ${tree.to - tree.from}, ${leaves.size},
      ${String(statement.time)}::numeric, ${bytea(leaves.leaves)}, ${bytea(concatBytes(...leaves.complement))},
      ${bytea(leaves.certificate)})
    on conflict do nothing`);
}
