import { ChronoError } from "@chronoledger/core";
import type { Database } from "@chronoledger/service";
import type { Hex } from "@chronoledger/txm";
import { and, asc, desc, eq, getTableColumns, gt, inArray, isNull, lt, lte, or, sql } from "drizzle-orm";
import type { SchedulerEvent } from "../watcher/decode-log.ts";
import { decodeEvent, encodeEvent } from "./event-json.ts";
import { blocks, events, runs, subject } from "./schema.ts";

export type BlockRef = { readonly number: number; readonly hash: Hex };

/** How many block hashes are kept to find where a reorganisation began. */
const BLOCKS_KEPT = 512;
/** Events of single runs that are read of a series, the newest: it may have had very many. */
const RUN_EVENTS_MOST = 256;
/** Kinds of these. */
const OF_RUNS: SchedulerEvent["kind"][] = ["advanced", "attempted", "expired", "underfunded"];

/** The scheduler's events as the chain has them now, and how far it was read. Each event takes effect once. */
export class EventStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** @throws config/invalid when the database is about another chain or scheduler. */
  async claim(name: string): Promise<void> {
    await this.#db.insert(subject).values({ name }).onConflictDoNothing();
    const names = (await this.#db.select().from(subject)).map((row) => row.name);
    if (names.length > 1 || names[0] !== name)
      throw new ChronoError(
        "config/invalid",
        { wanted: name, found: names.find((other) => other !== name) },
        { remedy: "this database belongs to another scheduler; give each its own" },
      );
  }

  async checkpoint(): Promise<BlockRef | undefined> {
    const rows = await this.#db.select().from(blocks).orderBy(desc(blocks.number)).limit(1);
    return rows[0] as BlockRef | undefined;
  }

  /** Newest first. */
  async knownBlocks(): Promise<BlockRef[]> {
    return (await this.#db.select().from(blocks).orderBy(desc(blocks.number)).limit(BLOCKS_KEPT)) as BlockRef[];
  }

  /** Adds what was read up to and including `upTo`, all or nothing. */
  async append(found: readonly SchedulerEvent[], upTo: BlockRef): Promise<void> {
    await this.#db.transaction(async (tx) => {
      if (found.length > 0) await tx.insert(events).values(found.map(rowOf)).onConflictDoNothing();
      await tx
        .insert(blocks)
        .values(upTo)
        .onConflictDoUpdate({ target: blocks.number, set: { hash: upTo.hash } });
      await tx.delete(blocks).where(lt(blocks.number, upTo.number - BLOCKS_KEPT));
    });
  }

  /** Forgets everything above `block` (undefined: everything). @returns the schedules that it was about */
  async rewind(block: BlockRef | undefined): Promise<Hex[]> {
    const above = block === undefined ? sql`true` : gt(events.blockNumber, block.number);
    return this.#db.transaction(async (tx) => {
      const gone = await tx.delete(events).where(above).returning({ id: events.scheduleId });
      await tx.delete(blocks).where(block === undefined ? sql`true` : gt(blocks.number, block.number));
      return [...new Set(gone.map(({ id }) => id as Hex))];
    });
  }

  /** In the order of the chain; of single runs in a long series only the newest. */
  async eventsOf(ids: readonly Hex[]): Promise<Map<Hex, SchedulerEvent[]>> {
    const found = new Map<Hex, SchedulerEvent[]>(ids.map((id) => [id, []]));
    if (ids.length === 0) return found;
    const ofRun = inArray(events.kind, OF_RUNS);
    const age = sql<number>`row_number() over (partition by ${events.scheduleId}, ${ofRun}
      order by ${events.blockNumber} desc, ${events.logIndex} desc)`.as("age");
    const ranked = this.#db
      .select({ ...getTableColumns(events), ofRun: sql<boolean>`${ofRun}`.as("of_run"), age })
      .from(events)
      .where(inArray(events.scheduleId, [...ids]))
      .as("ranked");
    const rows = await this.#db
      .select()
      .from(ranked)
      .where(or(eq(ranked.ofRun, false), lte(ranked.age, RUN_EVENTS_MOST)))
      .orderBy(asc(ranked.blockNumber), asc(ranked.logIndex));
    for (const row of rows) found.get(row.scheduleId as Hex)?.push(eventOf(row));
    return found;
  }

  /** Schedules with events that no run was made of yet: the process ended between the two. */
  async withoutRun(): Promise<Hex[]> {
    const rows = await this.#db
      .selectDistinct({ id: events.scheduleId })
      .from(events)
      .leftJoin(runs, eq(runs.id, events.scheduleId))
      .where(and(eq(events.kind, "scheduled"), isNull(runs.id)));
    return rows.map(({ id }) => id as Hex);
  }
}

function rowOf(event: SchedulerEvent): typeof events.$inferInsert {
  const { blockHash, logIndex, blockNumber, kind, id, transaction } = event;
  return { blockHash, logIndex, blockNumber, kind, scheduleId: id, transaction, payload: encodeEvent(event) };
}

const eventOf = (row: typeof events.$inferSelect): SchedulerEvent =>
  decodeEvent(
    {
      blockHash: row.blockHash as Hex,
      logIndex: row.logIndex,
      blockNumber: row.blockNumber,
      id: row.scheduleId as Hex,
      transaction: row.transaction as Hex,
    },
    row.kind as SchedulerEvent["kind"],
    row.payload,
  );
