import { ChronoError, FLAG, isChronoError, MAX_BLOCK_LEAVES, toUtc, verifyCertificate } from "@chronoledger/core";
import type { PageQuery } from "@chronoledger/core/gateway";
import { mayPassLater, verifyByOpenSsl } from "@chronoledger/service";
import type { StampedBlock, Stamper, StamperStats, StampOrder } from "../context.ts";
import { requireSame } from "../http/idempotency.ts";
import { type CertifiedLeaves, openCertifiedLeaves } from "./certified-leaves.ts";
import { commitGroup, type Outcome } from "./commit-group.ts";
import type { GroupOrder } from "./group-order.ts";
import { GroupPace } from "./group-pace.ts";
import { countOf, LeafWriter } from "./leaf-writer.ts";
import type { StampPipelineOptions } from "./pipeline-options.ts";
import type { PlacedOrder } from "./stamp-rows.ts";
import { stampedBlock } from "./stamped-block.ts";
import { widenTo } from "./widen-to.ts";

/** Some are being certified while the others are being stored. */
const MAX_GROUPS = 4;
/** Leaves that may wait: a client is told to come later rather than kept waiting for many rounds. */
const MAX_WAITING_LEAVES = 8 * MAX_BLOCK_LEAVES;
/** The certificate is there: how long a database that is away is waited for. */
const COMMIT_PATIENCE_NS = 5_000_000_000n;
const COMMIT_PAUSE_MS = 100;

type Waiting = {
  readonly order: GroupOrder;
  readonly isGone: (() => boolean) | undefined;
  readonly resolve: (block: StampedBlock) => void;
  readonly reject: (error: unknown) => void;
};

/**
 * Gathers requests into groups. A group is closed when the one before it will soon have its certificate; it is then certified, stored
 * and charged as a whole, and each of its requests is answered by itself.
 */
export class StampPipeline implements Stamper {
  readonly #options: StampPipelineOptions;
  readonly #writer = new LeafWriter();
  readonly #waiting: Waiting[] = [];
  /** Requests with an Idempotency-Key that are on their way: a second one joins the first. */
  readonly #byKey = new Map<string, { readonly fingerprint: Uint8Array; readonly made: Promise<StampedBlock> }>();
  readonly #stopped = new AbortController();
  readonly #running = new Set<Promise<void>>();
  readonly #pace: GroupPace;
  #stats: StamperStats = { groups: 0, leaves: 0, sequence: null };
  #waitingLeaves = 0;
  #scheduled = false;
  #following: ReturnType<typeof setTimeout> | undefined;

  constructor(options: StampPipelineOptions) {
    this.#options = options;
    this.#pace = new GroupPace(options.clock);
  }

  get stats(): StamperStats {
    return this.#stats;
  }

  async stamp(order: StampOrder): Promise<StampedBlock> {
    const accountId = order.caller?.accountId ?? order.accountId ?? "gateway";
    const { idempotency } = order;
    if (idempotency === undefined) return this.#enqueue(order, accountId);
    const name = `${accountId}\0${idempotency.key}`;
    const first = this.#byKey.get(name);
    if (first !== undefined) {
      requireSame(first.fingerprint, idempotency);
      return { ...(await first.made), replayed: true };
    }
    const made = this.#enqueue(order, accountId);
    this.#byKey.set(name, { fingerprint: idempotency.fingerprint, made });
    try {
      return await made;
    } finally {
      this.#byKey.delete(name);
    }
  }

  async find(sequence: bigint, leafIndex: number) {
    const { block, index } = await this.load(sequence, leafIndex);
    return block.toStamp(index);
  }
  load(sequence: bigint, leafIndex: number) {
    return this.#options.store.load(sequence, leafIndex);
  }
  list(accountId: string, page: PageQuery) {
    return this.#options.store.list(accountId, page);
  }

  /** Refuses what waits; what has its certificate is still stored. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    clearTimeout(this.#following);
    for (const { reject } of this.#waiting.splice(0)) reject(stopping());
    await Promise.all(this.#running);
  }

  /** @throws clock/not-available, input/too-large, rate/limited */
  async #enqueue(order: StampOrder, accountId: string): Promise<StampedBlock> {
    const { arrival, set } = this.#options;
    const reading = arrival.now();
    if (this.#stopped.signal.aborted) throw stopping();
    if (reading === undefined)
      throw new ChronoError(
        "clock/not-available",
        { reason: "too few nodes agree on a time" },
        { remedy: "try again" },
      );
    const count = countOf(order.leaves);
    if (count < 1 || count > MAX_BLOCK_LEAVES)
      throw new ChronoError("input/too-large", { leaves: count, most: MAX_BLOCK_LEAVES });
    if (this.#waitingLeaves + count > MAX_WAITING_LEAVES)
      throw new ChronoError(
        "rate/limited",
        { waitingLeaves: this.#waitingLeaves },
        { remedy: "try again in a second" },
      );
    const precision = order.caller?.tier.precision ?? "ns";
    const { time, uncertainty } = widenTo(precision, reading);
    const flags = reading.test ? FLAG.test : 0;
    const leaves = this.#writer.write(order.leaves, { time, uncertainty, flags, policyId: set.policy.policyId });
    const { caller, meter, regime, activity, reference, idempotency } = order;
    const one: GroupOrder = {
      ...{ accountId, caller, leaves, count, uncertainty, precision, meter, regime, activity, reference, idempotency },
      timeUtc: toUtc(time, reading.taiMinusUtc),
    };
    return new Promise((resolve, reject) => {
      this.#waiting.push({ order: one, isGone: order.isGone, resolve, reject });
      this.#waitingLeaves += count;
      this.#schedule();
    });
  }

  /** After the events that are at hand: requests that came together go together. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#next();
    });
  }

  #next(): void {
    if (this.#running.size >= MAX_GROUPS || this.#stopped.signal.aborted || this.#waiting.length === 0) return;
    const { waitMs } = this.#pace;
    if (waitMs === undefined) return;
    if (waitMs > 0) {
      this.#askAgain(waitMs);
      return;
    }
    const group = this.#take();
    if (group.length === 0) return;
    const run = this.#run(group).finally(() => {
      this.#running.delete(run);
      this.#schedule();
    });
    this.#running.add(run);
  }

  #askAgain(afterMs: number): void {
    this.#following ??= setTimeout(() => {
      this.#following = undefined;
      this.#next();
    }, afterMs);
  }

  #take(): Waiting[] {
    const group: Waiting[] = [];
    let leaves = 0;
    let taken = 0;
    for (const one of this.#waiting) {
      const gone = one.isGone?.() === true;
      if (!gone && leaves + one.order.count > MAX_BLOCK_LEAVES) break;
      taken++;
      if (gone) one.reject(new ChronoError("round/failed", { reason: "the requester is gone" }));
      else {
        group.push(one);
        leaves += one.order.count;
      }
    }
    for (const { order } of this.#waiting.splice(0, taken)) this.#waitingLeaves -= order.count;
    return group;
  }

  async #run(group: readonly Waiting[]): Promise<void> {
    const answered = this.#pace.sent();
    try {
      const certified = await this.#certify(group).finally(() => {
        answered();
        // Now, and not in the next turn: an embedded database does its whole transaction before it.
        this.#next();
      });
      let index = certified.firstIndex;
      const placed = group.map(({ order }): PlacedOrder => {
        const at = index;
        index += order.count;
        return { order, index: at };
      });
      const outcomes = await this.#commit(certified, placed);
      this.#options.store.remember(certified);
      this.#note(certified, placed, outcomes);
      await Promise.all(
        group.map((one, i) => this.#settle(one, { certified, placed: placed[i], outcome: outcomes[i] })),
      );
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }

  #note({ statement }: CertifiedLeaves, placed: readonly PlacedOrder[], outcomes: readonly Outcome[]): void {
    const kept = placed.filter((_, i) => outcomes[i]?.kind === "kept");
    const leaves = kept.reduce((sum, { order }) => sum + order.count, 0);
    const { groups, sequence } = this.#stats;
    const newest = sequence === null || sequence < statement.sequence ? statement.sequence : sequence;
    this.#stats = { groups: groups + 1, leaves: this.#stats.leaves + leaves, sequence: newest };
  }

  async #certify(group: readonly Waiting[]): Promise<CertifiedLeaves> {
    const { certifier, set, log } = this.#options;
    const leaves = Buffer.concat(group.map(({ order }) => order.leaves));
    const { certificate, firstIndex, size, complement } = await certifier.certify(leaves, this.#stopped.signal);
    try {
      verifyCertificate(certificate.certificate, set, verifyByOpenSsl);
      return openCertifiedLeaves({ leaves, firstIndex, size, complement, certificate: certificate.certificate });
    } catch (cause) {
      log.error({ err: cause }, "the aggregator answered with what is not so");
      throw new ChronoError("round/failed", { reason: "the aggregator's answer does not verify" }, { cause });
    }
  }

  async #commit(leaves: CertifiedLeaves, placed: readonly PlacedOrder[]): Promise<Outcome[]> {
    const { db, chargeMany, clock, log, commitPauseMs = COMMIT_PAUSE_MS } = this.#options;
    const until = clock.monotonicNow() + COMMIT_PATIENCE_NS;
    for (;;)
      try {
        return await commitGroup(db, chargeMany, { leaves, placed, now: clock.utcNow() });
      } catch (cause) {
        if (isChronoError(cause) && cause.code !== "database/unavailable") throw cause;
        if (!mayPassLater(cause)) throw new ChronoError("internal/unexpected", { what: "storing stamps" }, { cause });
        if (clock.monotonicNow() >= until || this.#stopped.signal.aborted)
          throw new ChronoError(
            "database/unavailable",
            { stamps: placed.length },
            { cause, remedy: "repeat the request with the same Idempotency-Key" },
          );
        log.warn({ err: cause, stamps: placed.length }, "stamps could not be stored; trying again");
        await new Promise((resolve) => setTimeout(resolve, commitPauseMs));
      }
  }

  async #settle(
    { order, resolve, reject }: Waiting,
    done: {
      readonly certified: CertifiedLeaves;
      readonly placed: PlacedOrder | undefined;
      readonly outcome: Outcome | undefined;
    },
  ): Promise<void> {
    const { store, traceable, refusalOf } = this.#options;
    const { outcome, placed, certified } = done;
    try {
      if (outcome === undefined || placed === undefined) throw new ChronoError("internal/unexpected", {});
      if (outcome.kind === "kept")
        return resolve(stampedBlock(certified, { ...order, firstIndex: placed.index, replayed: false }, traceable));
      if (outcome.kind === "known") {
        if (order.idempotency !== undefined)
          requireSame(outcome.row.fingerprint ?? new Uint8Array(), order.idempotency);
        return resolve(await store.blockOf(outcome.row, true));
      }
      if (outcome.kind === "over-quota" && order.caller !== undefined)
        throw refusalOf({ caller: order.caller, meter: order.meter, quantity: order.count });
      throw new ChronoError(
        "auth/refused",
        {},
        { remedy: "the key was revoked or has expired, or its account was closed" },
      );
    } catch (error) {
      reject(error);
    }
  }
}

const stopping = (): ChronoError =>
  new ChronoError("round/failed", { reason: "the gateway is stopping" }, { remedy: "try again" });
