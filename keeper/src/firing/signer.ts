import { isChronoError, NS_PER_MS, type UnixNs } from "@chronoledger/core";
import type { PreparedTransaction, Transaction, TransactionRequest } from "@chronoledger/txm";
import { clockUncertainty, type KeeperContext } from "../context.ts";
import { encodeExecute, executeGas } from "../executors/evm/execute-call.ts";
import { feeCap } from "../planner/policy.ts";
import {
  eligibleSecondOf,
  isAttested,
  keyOf,
  notAfterOf,
  notBeforeOf,
  type Run,
  transactionKeyOf,
} from "../planner/run.ts";
import { canHappen } from "../planner/run-machine.ts";
import type { FiringPort } from "./firing-thread.ts";
import type { LoadedItem } from "./messages.ts";

/** Runs signed by one statement of the database. */
const BATCH_MOST = 200;
/** Deadlines so close together are signed at once. */
const TOGETHER = 5n * NS_PER_MS;

const lesser = (a: bigint, b: bigint): bigint => (a < b ? a : b);

export type SignerContext = KeeperContext & {
  readonly firing: FiringPort;
  /** Nanoseconds before notBefore. */
  readonly signLead: bigint;
};

/**
 * Signs armed runs shortly before their moment, strictly in the order of notBefore: nonces then follow the order of sending (the firing
 * thread's moments never run against notBefore), and a run that falls away late rarely leaves a gap.
 */
export class Signer {
  readonly #context: SignerContext;
  /** Sorted by notBefore. */
  #waiting: Run[] = [];
  #timer: NodeJS.Timeout | undefined;
  #busy = false;
  #stopped = false;

  constructor(context: SignerContext) {
    this.#context = context;
  }

  /** Takes a run in state "armed". */
  add(run: Run): void {
    const at = this.#waiting.findIndex((other) => notBeforeOf(other) > notBeforeOf(run));
    this.#waiting.splice(at === -1 ? this.#waiting.length : at, 0, run);
    this.#plan();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #plan(): void {
    clearTimeout(this.#timer);
    const [first] = this.#waiting;
    if (first === undefined || this.#busy || this.#stopped) return;
    const { clock, signLead } = this.#context;
    const wait = notBeforeOf(first) - signLead - clock.utcNow();
    this.#timer = setTimeout(() => void this.#sign(), wait > 0n ? Number(wait / NS_PER_MS) : 0);
  }

  async #sign(): Promise<void> {
    const { clock, signLead, log } = this.#context;
    const until = clock.utcNow() + signLead + TOGETHER;
    const due = this.#waiting.filter((run) => notBeforeOf(run) <= until).slice(0, BATCH_MOST);
    this.#waiting = this.#waiting.filter((run) => !due.includes(run));
    this.#busy = true;
    try {
      await this.#prepare(due);
    } catch (error) {
      log.warn(
        { err: error, code: isChronoError(error) ? error.code : undefined, runs: due.length },
        "signing failed; the sweeper tries again",
      );
      for (const run of due) this.#defer(run, "signing failed");
    } finally {
      this.#busy = false;
      this.#plan();
    }
  }

  async #prepare(due: readonly Run[]): Promise<void> {
    const { txm, book, firing } = this.#context;
    const armed = due.flatMap((run) => {
      const current = book.get(run);
      return current?.state === "armed" ? [current] : [];
    });
    if (armed.length === 0) return;
    const prepared = await txm.prepareAll(armed.map((run) => this.requestOf(run)));
    const items = armed.flatMap((run, i) => this.#signed(run, prepared[i] as PreparedTransaction));
    firing.load(items);
  }

  #signed(run: Run, prepared: PreparedTransaction): LoadedItem[] {
    const { book, txm, log } = this.#context;
    const current = book.get(run);
    if (current?.state === "armed") {
      const next = book.apply(current, "sign", { transactionId: prepared.id, transaction: prepared.hash });
      return [itemOf(next, prepared.id, prepared.raw)];
    }
    // It ended while it was being signed: nothing has left.
    txm.release(prepared.id).catch((error: unknown) => log.warn({ err: error }, "giving a nonce back failed"));
    return [];
  }

  requestOf(run: Run): TransactionRequest {
    const { scheduler, policy } = this.#context;
    const cap = feeCap(run, policy);
    return {
      key: transactionKeyOf(run),
      to: scheduler,
      data: encodeExecute(run),
      gas: executeGas(run),
      notAfter: notAfterOf(run),
      // Above the schedule's own limit the scheduler would refuse: then it rather waits outside.
      maxFeePerGas: lesser(run.schedule.maxBaseFee, cap),
      ...(isAttested(run) ? {} : { earliestBlockTimestamp: eligibleSecondOf(run) }),
    };
  }

  /** Signed in a former life of the process, and not known to have left. */
  reload(run: Run, transaction: Transaction): void {
    const attempt = transaction.attempts.at(-1);
    if (attempt !== undefined) this.#context.firing.load([itemOf(run, transaction.id, attempt.raw)]);
  }

  async onSent(transactionId: string, time: bigint, how: { prepositioned: boolean; gated: boolean }): Promise<void> {
    const { book, clock } = this.#context;
    const run = await book.byTransaction(transactionId);
    if (run === undefined) return;
    const name = how.prepositioned ? "sent ahead" : how.gated ? "sent by head" : "written";
    book.note(
      run,
      { sentAt: time as UnixNs, clockUncertainty: clockUncertainty(clock) },
      { name, time: time as UnixNs },
    );
  }

  async onAccepted(transactionId: string, time: bigint): Promise<void> {
    const { book, txm } = this.#context;
    const run = await book.byTransaction(transactionId);
    if (run !== undefined) {
      const noted = book.note(run, { acceptedAt: time as UnixNs });
      if (noted.state !== "sent" && canHappen(noted.state, "accept")) book.apply(noted, "accept");
    }
    await txm.markSent(transactionId);
  }

  /** The transaction manager decides what a refusal means; its change of state reaches the run. */
  async onRefused(transactionId: string, error: Error): Promise<void> {
    const { txm, log, book } = this.#context;
    if (txm.get(transactionId) === undefined) return;
    const code = await txm.markFailed(transactionId, error);
    // Sent before, in a former life of the process.
    if (code === "transaction/already-known") return;
    const run = await book.byTransaction(transactionId);
    log.warn({ run: run?.id, code, message: error.message }, "the node did not take a run's transaction");
  }

  /** Takes it back before it leaves. @returns false when it may be on its way already */
  async withdraw(run: Run): Promise<boolean> {
    this.#waiting = this.#waiting.filter((other) => keyOf(other) !== keyOf(run));
    const { firing, txm } = this.#context;
    if (run.transactionId === null) return true;
    if (!(await firing.disarm(run.transactionId))) return txm.get(run.transactionId) === undefined;
    if (txm.get(run.transactionId)?.state === "signed") await txm.release(run.transactionId);
    return true;
  }

  #defer(run: Run, reason: string): void {
    const { book } = this.#context;
    const current = book.get(run);
    if (current?.state === "armed") book.apply(current, "defer", { reason });
  }
}

const itemOf = (run: Run, transactionId: string, raw: string): LoadedItem => ({
  id: transactionId,
  notBefore: notBeforeOf(run),
  eligibleSecond: eligibleSecondOf(run),
  raw,
});
