import { ChronoError, type UnixNs } from "@chronoledger/core";
import type { PageQuery, StampPage } from "@chronoledger/core/gateway";
import type { Database } from "@chronoledger/service";
import { sql } from "drizzle-orm";
import type * as z from "zod";
import type { StampedBlock } from "../context.ts";
import { pageOfRows, positionOf } from "../http/page-cursor.ts";
import { rowsOf } from "../store/rows-of.ts";
import { type CertifiedLeaves, openCertifiedLeaves } from "./certified-leaves.ts";
import { batchId, stampId } from "./stamp-ids.ts";
import { STAMP_COLUMNS, type StampRow } from "./stamp-rows.ts";
import { stampedBlock } from "./stamped-block.ts";

/** Leaves in memory, in bytes; their trees take about as much again. */
const CACHE_BYTES = 32 * 1024 * 1024;

type BatchRow = {
  readonly first_index: string;
  readonly size: string;
  /** base64, for the same reason that they are written so. */
  readonly leaves: string;
  readonly complement: Uint8Array;
  readonly certificate: Uint8Array;
};

/** Reads what was stamped. Rounds that were certified or asked for a moment ago are at hand. */
export class StampStore {
  readonly #db: Database;
  readonly #traceable: boolean;
  readonly #recent = new Map<string, CertifiedLeaves>();
  #bytes = 0;

  constructor(db: Database, traceable: boolean) {
    this.#db = db;
    this.#traceable = traceable;
  }

  remember(leaves: CertifiedLeaves): void {
    const name = nameOf(leaves.statement.sequence, leaves.firstIndex);
    const before = this.#recent.get(name);
    if (before !== undefined) this.#drop(name, before);
    this.#recent.set(name, leaves);
    this.#bytes += leaves.leaves.length;
    for (const [oldest, held] of this.#recent) {
      if (this.#bytes <= CACHE_BYTES) break;
      this.#drop(oldest, held);
    }
  }

  /** @throws input/not-found */
  async load(sequence: bigint, leafIndex: number): Promise<{ block: StampedBlock; index: number }> {
    const [row] = await rowsOf<StampRow>(
      this.#db,
      sql`select ${STAMP_COLUMNS} from gateway_stamps s
        where s.sequence = ${String(sequence)}::numeric and s.leaf_index <= ${leafIndex} order by s.leaf_index desc limit 1`,
    );
    const index = row === undefined ? -1 : leafIndex - Number(row.leaf_index);
    if (row === undefined || index >= row.count)
      throw new ChronoError("input/not-found", { sequence: String(sequence), index: leafIndex });
    return { block: await this.blockOf(row), index };
  }

  /** What an account stamped, newest first. @throws input/malformed */
  async list(accountId: string, { limit, cursor }: PageQuery): Promise<z.output<typeof StampPage>> {
    const after = cursor === undefined ? undefined : positionOf(cursor);
    const place = after === undefined ? undefined : PLACE.exec(after.id);
    if (after !== undefined && place == null) throw new ChronoError("input/malformed", { cursor: "of another list" });
    const older =
      after === undefined
        ? sql`true`
        : sql`(s.time_utc, s.sequence, s.leaf_index) <
            (${String(after.at)}::numeric, ${place?.[1] ?? "0"}::numeric, ${place?.[2] ?? "0"}::bigint)`;
    const rows = await rowsOf<StampRow>(
      this.#db,
      sql`select ${STAMP_COLUMNS} from gateway_stamps s where s.account_id = ${accountId} and ${older}
        order by s.time_utc desc, s.sequence desc, s.leaf_index desc limit ${limit + 1}`,
    );
    const position = (row: StampRow) => ({ at: BigInt(row.time_utc), id: `${row.sequence}.${row.leaf_index}` });
    return pageOfRows(rows, limit, entryOf, position);
  }

  /** @param replayed whether a request that was made before asks for it. */
  async blockOf(row: StampRow, replayed = false): Promise<StampedBlock> {
    const firstIndex = Number(row.leaf_index);
    const certified = await this.#certified(BigInt(row.sequence), firstIndex);
    const { count, precision } = row;
    const place = { accountId: row.account_id, firstIndex, count, precision, replayed };
    return stampedBlock(certified, { ...place, timeUtc: BigInt(row.time_utc) as UnixNs }, this.#traceable);
  }

  async #certified(sequence: bigint, leafIndex: number): Promise<CertifiedLeaves> {
    const [place] = await rowsOf<{ first_index: string }>(
      this.#db,
      sql`select first_index::text from gateway_batches
        where sequence = ${String(sequence)}::numeric and first_index <= ${leafIndex} order by first_index desc limit 1`,
    );
    const name = nameOf(sequence, Number(place?.first_index));
    const recent = this.#recent.get(name);
    if (recent !== undefined) return recent;
    const [row] = await rowsOf<BatchRow>(
      this.#db,
      sql`select first_index::text, size::text, encode(leaves, 'base64') as leaves, complement, certificate from gateway_batches
        where sequence = ${String(sequence)}::numeric and first_index = ${place?.first_index ?? "-1"}::bigint`,
    );
    if (row === undefined) throw new ChronoError("journal/corrupt", { what: "a stamp without its batch", name });
    const opened = openCertifiedLeaves({
      leaves: Buffer.from(row.leaves, "base64"),
      firstIndex: Number(row.first_index),
      size: Number(row.size),
      complement: Array.from({ length: row.complement.length / 32 }, (_, i) =>
        row.complement.subarray(32 * i, 32 * i + 32),
      ),
      certificate: row.certificate,
    });
    this.remember(opened);
    return opened;
  }

  #drop(name: string, held: CertifiedLeaves): void {
    this.#recent.delete(name);
    this.#bytes -= held.leaves.length;
  }
}

/** Of the last entry of a page, beside its time. */
const PLACE = /^([0-9]{1,20})\.([0-9]{1,10})$/;

function entryOf({
  sequence,
  leaf_index,
  count,
  time_utc,
  uncertainty,
  regime,
}: StampRow): z.output<typeof StampPage>["items"][number] {
  const [certificate, index] = [BigInt(sequence), Number(leaf_index)];
  return {
    id: count === 1 ? stampId(certificate, index) : batchId(certificate, index, count),
    ...{ count, regime, timeUtcNs: BigInt(time_utc), uncertaintyNs: BigInt(uncertainty) },
  };
}

const nameOf = (sequence: bigint, firstIndex: number): string => `${sequence}/${firstIndex}`;
