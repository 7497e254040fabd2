import {
  ChronoError,
  concatBytes,
  type DurationNs,
  FLAG,
  hashLeaves,
  isChronoError,
  LEAF_BYTES,
  MerkleTree,
  type NodeSet,
  NS_PER_MS,
  NS_PER_S,
  type TaiNs,
  toTai,
  toUtc,
  type UnixNs,
  unixNs,
  verifyCertificate,
  ZERO_HASH,
} from "@chronoledger/core";
import {
  type Clock,
  type Database,
  type Logger,
  mayPassLater,
  opensslSha256,
  verifyByOpenSsl,
  WakeableTimer,
} from "@chronoledger/service";
import type { ArrivalClock, ArrivalReading, Outbox } from "../context.ts";
import { type CertifiedLeaves, openCertifiedLeaves } from "./certified-leaves.ts";
import { larger } from "./larger.ts";
import type { Appointer } from "./leaf-certifier.ts";
import { LeafWriter } from "./leaf-writer.ts";
import { claimScheduled, nextDue, renewLeases, type ScheduledRow, settleScheduled } from "./scheduled-rows.ts";
import { stampId } from "./stamp-ids.ts";
import { insertBatch, insertStamps, type PlacedOrder } from "./stamp-rows.ts";
import type { StampStore } from "./stamp-store.ts";
import { widenTo } from "./widen-to.ts";

/** How long before its instant the certificate is asked for. Doubles when one came too late, and goes back slowly. */
const LEAST_LEAD_NS = NS_PER_S;
const MOST_LEAD_NS = 8n * NS_PER_S;
/** Another gateway takes over what this one stopped renewing. */
const LEASE_NS = 15n * NS_PER_S;
const RENEW_MS = 5_000;
/** How long after its instant, or after it was taken up late, a stamp may still come. */
const PATIENCE_NS = 60n * NS_PER_S;
const RETRY_MS = 500;
/** Beyond the instant, for the answer to come. */
const ANSWER_MS = 5_000;
/** Orders that another gateway took are looked at again after so long, should it be gone. */
const MOST_SLEEP_MS = 15_000;
const CLAIM_LIMIT = 1_000;

export type ScheduledStamperOptions = {
  readonly db: Database;
  readonly set: NodeSet;
  readonly clock: Clock;
  readonly log: Logger;
  readonly arrival: ArrivalClock;
  readonly appointer: Appointer;
  readonly outbox: Outbox;
  readonly store: StampStore;
};

/** Has each ordered instant certified: all orders of one instant go under one root, by one appointment. */
export class ScheduledStamper {
  readonly #options: ScheduledStamperOptions;
  readonly #writer = new LeafWriter();
  readonly #timer = new WakeableTimer();
  readonly #stopped = new AbortController();
  readonly #working = new Map<Promise<void>, readonly string[]>();
  #lead = LEAST_LEAD_NS;
  #again = false;
  #loop: Promise<void> | undefined;

  constructor(options: ScheduledStamperOptions) {
    this.#options = options;
  }

  /** @param alone whether no other gateway uses the database: then leases are those of this one's former life. */
  start(alone: boolean): void {
    this.#loop = this.#run(alone);
  }

  wake(): void {
    this.#again = true;
    this.#timer.wake();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    this.wake();
    await this.#loop;
    await Promise.all(this.#working.keys());
  }

  /** UTC by the nodes, or by this machine while they state none. */
  #utcNow(): UnixNs {
    const now = this.#options.arrival.now();
    return now === undefined ? this.#options.clock.utcNow() : toUtc(now.time, now.taiMinusUtc);
  }

  async #run(alone: boolean): Promise<void> {
    const { db, log } = this.#options;
    const renewal = setInterval(() => void this.#renew(), RENEW_MS);
    let first = alone;
    while (!this.#stopped.signal.aborted) {
      this.#again = false;
      let sleepMs = RETRY_MS;
      try {
        const now = this.#utcNow();
        const claimed = await claimScheduled(db, {
          until: now + this.#lead,
          now: first ? now + LEASE_NS + 1n : now,
          lease: now + LEASE_NS,
          limit: CLAIM_LIMIT,
        });
        first = false;
        for (const rows of Map.groupBy(claimed, (row) => row.time_utc).values()) this.#begin(rows);
        if (claimed.length === CLAIM_LIMIT) continue;
        const then = this.#utcNow();
        const due = await nextDue(db, then, this.#lead);
        const wait = due === undefined ? MOST_SLEEP_MS : Number((due - then) / NS_PER_MS) + 1;
        sleepMs = Math.min(MOST_SLEEP_MS, wait);
      } catch (error) {
        log.warn({ err: error }, "scheduled stamps could not be read; trying again");
      }
      if (!this.#again) await this.#timer.sleep(sleepMs);
    }
    clearInterval(renewal);
  }

  async #renew(): Promise<void> {
    const ids = [...this.#working.values()].flat();
    if (ids.length === 0) return;
    try {
      await renewLeases(this.#options.db, ids, this.#utcNow() + LEASE_NS);
    } catch (error) {
      this.#options.log.warn({ err: error }, "leases of scheduled stamps could not be renewed");
    }
  }

  #begin(rows: readonly ScheduledRow[]): void {
    const work = this.#keep(rows).finally(() => void this.#working.delete(work));
    this.#working.set(
      work,
      rows.map(({ id }) => id),
    );
  }

  /** One instant's orders, until they are stamped or failed. */
  async #keep(rows: readonly ScheduledRow[]): Promise<void> {
    const { log } = this.#options;
    const instant = unixNs(BigInt(rows[0]?.time_utc ?? 0));
    const begun = this.#utcNow();
    const wasAhead = begun < instant;
    const until = (wasAhead ? instant : begun) + PATIENCE_NS;
    let reason = "round/failed";
    while (!this.#stopped.signal.aborted)
      try {
        const certified = await this.#certify(rows, instant);
        const exact = toUtc(certified.statement.time, certified.statement.taiMinusUtc) === instant;
        if (wasAhead) this.#adapt(exact);
        await this.#patiently(() => this.#store(rows, certified, exact));
        this.#options.store.remember(certified);
        return;
      } catch (error) {
        if (this.#stopped.signal.aborted) return;
        reason = isChronoError(error) ? error.code : "internal/unexpected";
        log.warn({ code: reason, err: error, stamps: rows.length }, "scheduled stamps were not certified");
        if (this.#utcNow() > until) {
          await this.#patiently(() => this.#fail(rows, reason)).catch((err: unknown) =>
            log.error({ err }, "not recorded"),
          );
          return;
        }
        await this.#pause();
      }
  }

  #adapt(exact: boolean): void {
    const next = exact ? (this.#lead * 9n) / 10n : this.#lead * 2n;
    this.#lead = next < LEAST_LEAD_NS ? LEAST_LEAD_NS : next > MOST_LEAD_NS ? MOST_LEAD_NS : next;
  }

  /** @throws clock/not-available, round/failed, certificate/*, statement/* */
  async #certify(rows: readonly ScheduledRow[], instant: UnixNs): Promise<CertifiedLeaves> {
    const { arrival, appointer, set } = this.#options;
    const reading = arrival.now();
    if (reading === undefined)
      throw new ChronoError("clock/not-available", { reason: "too few nodes agree on a time" });
    const leaves = concatBytes(...rows.map((row) => this.#leafOf(row, reading)));
    const { root } = new MerkleTree(hashLeaves(leaves, opensslSha256), opensslSha256);
    // An instant that is over is as good as now; no leaf may lie after its certificate, and a coarse one may lie ahead of now.
    const timeTaiNs = larger<bigint>(toTai(instant, reading.taiMinusUtc), reading.time + NS_PER_MS);
    const ahead = Number((timeTaiNs - reading.time) / NS_PER_MS);
    const { certificate } = await appointer.appoint(
      { timeTaiNs, imprint: root },
      ahead + ANSWER_MS,
      this.#stopped.signal,
    );
    verifyCertificate(certificate, set, verifyByOpenSsl);
    return openCertifiedLeaves({ leaves, firstIndex: 0, size: rows.length, complement: [], certificate });
  }

  #leafOf({ imprint, precision }: ScheduledRow, reading: ArrivalReading): Uint8Array {
    const flags = reading.test ? FLAG.test : 0;
    const { policyId } = this.#options.set.policy;
    return this.#writer.write([{ imprint, context: ZERO_HASH }], { ...widenTo(precision, reading), flags, policyId });
  }

  /** In one transaction: the proof, its place in the account's list, and the message about it. */
  async #store(rows: readonly ScheduledRow[], certified: CertifiedLeaves, exact: boolean): Promise<void> {
    const { db, outbox, clock } = this.#options;
    const { sequence } = certified.statement;
    await db.transaction(async (transaction) => {
      const tx = transaction as unknown as Database;
      const ids = rows.map(({ id }) => id);
      const settled = await settleScheduled(tx, ids, { state: "stamped", sequence, exact });
      if (settled.size === 0) return;
      const placed = rows
        .map((row, index) => placedOf(row, index, certified))
        .filter((_, i) => settled.has(ids[i] ?? ""));
      await insertBatch(tx, certified);
      await insertStamps(tx, sequence, placed, clock.utcNow());
      for (const [index, row] of rows.entries())
        if (settled.has(row.id))
          await outbox.enqueue(tx, row.account_id, "stamp.scheduled", {
            ...{ id: row.id, state: "stamped", timeUtcNs: row.time_utc, exact },
            stampId: stampId(sequence, index),
          });
    });
  }

  async #fail(rows: readonly ScheduledRow[], reason: string): Promise<void> {
    const { db, outbox } = this.#options;
    await db.transaction(async (transaction) => {
      const tx = transaction as unknown as Database;
      const ids = rows.map(({ id }) => id);
      const settled = await settleScheduled(tx, ids, { state: "failed", reason });
      for (const { id, account_id, time_utc } of rows)
        if (settled.has(id))
          await outbox.enqueue(tx, account_id, "stamp.scheduled", { id, state: "failed", timeUtcNs: time_utc, reason });
    });
  }

  /** A database that is away is waited for: the certificate is there. A commit that nobody saw is found to be done. */
  async #patiently(effect: () => Promise<void>): Promise<void> {
    for (;;)
      try {
        return await effect();
      } catch (error) {
        if (!mayPassLater(error) || this.#stopped.signal.aborted) throw error;
        this.#options.log.warn({ err: error }, "scheduled stamps could not be stored; trying again");
        await this.#pause();
      }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

function placedOf(row: ScheduledRow, index: number, { leaves, statement }: CertifiedLeaves): PlacedOrder {
  const leaf = leaves.subarray(index * LEAF_BYTES, (index + 1) * LEAF_BYTES);
  const { account_id: accountId, precision, meter } = row;
  const view = new DataView(leaf.buffer, leaf.byteOffset, LEAF_BYTES);
  return {
    index,
    order: {
      ...{ accountId, precision, meter, leaves: leaf, count: 1, caller: undefined },
      timeUtc: toUtc(view.getBigUint64(0) as TaiNs, statement.taiMinusUtc),
      uncertainty: view.getBigUint64(8) as DurationNs,
      ...{ regime: undefined, activity: undefined, reference: undefined, idempotency: undefined },
    },
  };
}
