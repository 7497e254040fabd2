import { chronoSchedulerAbi } from "@chronoledger/bindings";
import { ChronoError, isChronoError, NS_PER_S, type UnixNs } from "@chronoledger/core";
import type { Database, Logger } from "@chronoledger/service";
import {
  type ChainClient,
  classifyFailure,
  type Head,
  type Transaction,
  type TransactionManager,
} from "@chronoledger/txm";
import { sql } from "drizzle-orm";
import { encodeFunctionData, type Hex, keccak256 } from "viem";
import { rowsOf } from "../store/rows-of.ts";
import type { ChainLease } from "./chain-lease.ts";
import { type EvmEvent, readEvents } from "./evm-events.ts";
import { gasFor, scheduleData, schedulerError } from "./evm-planner.ts";
import { type EvmTerms, scheduleOf } from "./evm-terms.ts";
import type { EvmRequest } from "./schedule-desk.ts";
import { type ScheduleEvent, scheduleCan } from "./schedule-machine.ts";
import { deadlineOf, type ScheduleRow } from "./schedule-row.ts";
import type { ScheduleStore } from "./schedule-store.ts";

/** A block's timestamp is whole seconds. */
const BLOCK_CLOCK_UNCERTAINTY_NS = 1n * NS_PER_S;
/** A cancellation, and what gets back a deposit nobody earned, may take so long. */
const CANCEL_NS = 3_600n * NS_PER_S;
/** Of the transaction that registers: the same however often it is prepared. */
const registerKey = (row: ScheduleRow): string => `schedule/${row.id}`;
const cancelKey = (row: ScheduleRow): string => `cancel/${row.id}`;

export type EvmFollowerContext = {
  readonly db: Database;
  readonly chain: ChainClient;
  readonly scheduler: Hex;
  readonly txm: TransactionManager;
  readonly store: ScheduleStore;
  readonly lease: ChainLease;
  readonly log: Logger;
  /** Blocks on top of an event's own until it counts. */
  readonly confirmations: number;
};

/** Brings the rows of one account in line with the chain: reads what happened, then does what is due. Harmless to repeat. */
export class EvmFollower {
  readonly #context: EvmFollowerContext;

  constructor(context: EvmFollowerContext) {
    this.#context = context;
  }

  async look(head: Head): Promise<void> {
    const { store, chain } = this.#context;
    const confirmed = head.number - this.#context.confirmations;
    const open = await this.#open();
    await this.#readUpTo(confirmed, open);
    const block = confirmed < 0 ? undefined : await chain.blockByNumber(confirmed);
    const over = (block?.timestamp ?? 0n) * NS_PER_S;
    for (const row of open.length === 0 ? [] : await this.#open())
      try {
        if (row.state === "accepted") await this.#register(row, over);
        else if (row.state === "submitted") await this.#settleRegistration(row);
        else if (deadlineOf(row) < over) await this.#expire(row);
        else if (row.state === "cancelling") await this.#cancel(row);
      } catch (error) {
        if (!isChronoError(error) || error.code === "process/failed") throw error;
        await store.note(row.id, { reason: `${error.code}; the next block tries again` });
        if (error.code === "rpc/unavailable") return;
      }
  }

  #open(): Promise<ScheduleRow[]> {
    const { store, txm, scheduler } = this.#context;
    return store.select(
      sql`s.kind = 'evm' and not s.settled and s.details->'evm'->>'owner' = ${txm.address}
        and s.details->'evm'->>'scheduler' = ${scheduler}`,
    );
  }

  /** Events count in final blocks only: no state is ever taken back. */
  async #readUpTo(confirmed: number, open: readonly ScheduleRow[]): Promise<void> {
    const { lease, chain, scheduler } = this.#context;
    if (confirmed < 0) return;
    const from = ((await lease.checkpoint()) ?? confirmed - 1) + 1;
    if (from > confirmed) return;
    const byId = new Map(open.map((row) => [row.chainScheduleId, row]));
    const ids = [...byId.keys()].filter((id) => id !== null) as Hex[];
    for (const event of await readEvents(chain.rpc, scheduler, ids, from, confirmed)) {
      const row = byId.get(event.id);
      if (row === undefined) continue;
      const now = await this.#apply(row, event);
      if (now !== undefined) byId.set(event.id, now);
    }
    await lease.setCheckpoint(confirmed);
  }

  async #apply(row: ScheduleRow, event: EvmEvent): Promise<ScheduleRow | undefined> {
    const { transaction, blockNumber } = event;
    const place = { transaction, blockNumber };
    if (event.kind === "executed")
      return this.#step(row, event.success ? "execute" : "fail", {
        ...place,
        attempts: 1,
        reason: event.reason,
        latenessNs: String(event.latenessNs),
        latenessUncertaintyNs: String(BLOCK_CLOCK_UNCERTAINTY_NS),
      });
    if (event.kind === "scheduled") return this.#step(row, "arm", { ...place, reason: null });
    if (event.kind === "cancelled") return this.#step(row, "cancel", { ...place, reason: null });
    return this.#step(row, "expire", { ...place, reason: "nobody executed it in its window" });
  }

  /** Seen before, or overtaken by a request to cancel: then there is nothing to do. */
  async #step(
    row: ScheduleRow,
    event: ScheduleEvent,
    details: Parameters<ScheduleStore["note"]>[1],
  ): Promise<ScheduleRow | undefined> {
    if (!scheduleCan(row.state, event)) return undefined;
    const { store } = this.#context;
    const done = await store.step(row, event, { details });
    if (done !== undefined) return done;
    const [now] = await store.select(sql`s.id = ${row.id}`);
    return now !== undefined && scheduleCan(now.state, event) ? store.step(now, event, { details }) : undefined;
  }

  /** Prepared is durable; the row says so before the bytes leave. A crash anywhere leads back to the same transaction. */
  async #register(row: ScheduleRow, over: bigint): Promise<void> {
    const { chain, txm, scheduler } = this.#context;
    const { terms, request } = partsOf(row);
    if (deadlineOf(row) < over)
      return void (await this.#step(row, "expire", { reason: "it did not get onto the chain in its window" }));
    const [key, data, value] = [registerKey(row), scheduleData(terms, request), BigInt(terms.reward)];
    let gas = 0n;
    if (txm.byKey(key) === undefined)
      try {
        gas = await gasFor(chain, { from: txm.address, to: scheduler, data, value });
      } catch (error) {
        const name = schedulerError(error);
        if (name === undefined) throw isChronoError(error) ? error : classifyFailure(error);
        // It stands there already: its event is still to come.
        if (name === "ScheduleKnown") return;
        return void (await this.#step(row, "fail", { reason: `the scheduler refuses it: ${name}` }));
      }
    const prepared = await txm.prepare({ key, to: scheduler, data, value, gas, notAfter: deadlineOf(row) as UnixNs });
    const submitted = await this.#step(row, "submit", {
      transactionId: prepared.id,
      transaction: prepared.hash,
      reason: null,
    });
    if (submitted === undefined && txm.get(prepared.id)?.state === "signed") return txm.release(prepared.id);
    if (txm.get(prepared.id) !== undefined) await txm.send(prepared.id);
  }

  /** What became of the transaction, where the chain has no event to tell. */
  async #settleRegistration(row: ScheduleRow): Promise<void> {
    const transaction = await this.#registration(row);
    if (transaction?.settled !== true) return;
    const { state, failure, inclusion } = transaction;
    if (state === "final") {
      if (inclusion?.success === false)
        await this.#step(row, "fail", { reason: "the scheduler refused it on the chain" });
    } else if (state === "cancelled")
      await this.#step(row, "expire", { reason: "it did not get onto the chain in its window" });
    else if (state === "replaced")
      await this.#step(row, "fail", { reason: "somebody else sent from the gateway's account in its place" });
    else await this.#step(row, "take-back", { transactionId: null, transaction: null, reason: failure?.code ?? state });
  }

  async #registration(row: ScheduleRow): Promise<Transaction | undefined> {
    const { txm } = this.#context;
    const id = row.details.transactionId ?? (await this.#prepared(row));
    // What is not open any more is settled: its outcome is there at once.
    return id === undefined ? undefined : (txm.get(id) ?? txm.outcome(id));
  }

  /** A crash may have come between the transaction and what the row says of it. */
  async #prepared(row: ScheduleRow): Promise<string | undefined> {
    const [found] = await rowsOf<{ id: string }>(
      this.#context.db,
      sql`select id from txm_transactions where key = ${registerKey(row)} and state <> 'rejected'`,
    );
    return found?.id;
  }

  async #cancel(row: ScheduleRow): Promise<void> {
    const registration = await this.#registration(row);
    const nowhere =
      registration === undefined ||
      (registration.settled && (registration.state !== "final" || !registration.inclusion?.success));
    if (nowhere) return void (await this.#step(row, "cancel", { reason: null }));
    await this.#sendCancel(row, deadlineOf(row) + CANCEL_NS);
  }

  /** @returns whether it is under way: not when the chain has no such schedule any more, or not yet. */
  async #sendCancel(row: ScheduleRow, notAfter: bigint): Promise<boolean> {
    const { chain, txm, scheduler } = this.#context;
    const key = cancelKey(row);
    if (txm.byKey(key) !== undefined) return true;
    const { terms, request } = partsOf(row);
    const data = encodeFunctionData({
      abi: chronoSchedulerAbi,
      functionName: "cancel",
      args: [scheduleOf(terms, request), keccak256(request.calldata)],
    });
    let gas: bigint;
    try {
      gas = await gasFor(chain, { from: txm.address, to: scheduler, data, value: 0n });
    } catch (error) {
      if (schedulerError(error) !== undefined) return false;
      throw isChronoError(error) ? error : classifyFailure(error);
    }
    const prepared = await txm.prepare({ key, to: scheduler, data, gas, notAfter: notAfter as UnixNs });
    if (txm.get(prepared.id) !== undefined) await txm.send(prepared.id);
    return true;
  }

  /** Nobody executed it. Its deposit comes back by a cancellation, which is durable before the row is closed. */
  async #expire(row: ScheduleRow): Promise<void> {
    const { log } = this.#context;
    try {
      await this.#sendCancel(row, deadlineOf(row) + CANCEL_NS);
    } catch (error) {
      if (!isChronoError(error) || error.code === "process/failed") throw error;
      log.warn({ schedule: row.id, code: error.code }, "the deposit of an expired schedule was not asked back");
    }
    await this.#step(row, "expire", { reason: "nobody executed it in its window" });
  }
}

function partsOf(row: ScheduleRow): { terms: EvmTerms; request: EvmRequest } {
  const { evm, calldata, gasLimit } = row.details;
  if (evm === null) throw new ChronoError("internal/unexpected", { what: "a schedule without terms", id: row.id });
  const { executeAt, windowNs } = row;
  return { terms: evm, request: { target: row.target as Hex, calldata, gasLimit, executeAt, windowNs } };
}
