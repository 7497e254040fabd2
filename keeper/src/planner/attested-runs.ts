import { isChronoError, NS_PER_S, type UnixNs } from "@chronoledger/core";
import type { PreparedTransaction, TransactionRequest } from "@chronoledger/txm";
import { clockUncertainty, type KeeperContext } from "../context.ts";
import { demandAttestedTime } from "../executors/demand.ts";
import { attestedTime } from "../executors/evm/oracle-reader.ts";
import { refusalOf } from "../executors/evm/run-call.ts";
import { keyOf, notBeforeOf, type Run, type RunName } from "./run.ts";
import { canHappen } from "./run-machine.ts";

/** A demand that was lost is made again after this long. */
const DEMAND_AGAIN = 2n * NS_PER_S;

export type AttestedContext = KeeperContext & {
  readonly relayerUrl: string | undefined;
  readonly requestOf: (run: Run) => TransactionRequest;
};

/**
 * Runs on the attested clock: the relayer is asked for the instant ahead of time, and the run is sent with the first head after which the
 * oracle's stored time has reached notBefore, never before.
 */
export class AttestedRuns {
  readonly #context: AttestedContext;
  readonly #waiting = new Map<string, { run: Run; demandedAt: bigint }>();
  #looking = false;

  constructor(context: AttestedContext) {
    this.#context = context;
  }

  await(run: Run): void {
    if (this.#waiting.has(keyOf(run))) return;
    this.#waiting.set(keyOf(run), { run, demandedAt: 0n });
    this.#context.book.note(run, {}, { name: "woken", time: this.#context.clock.utcNow() });
    void this.look();
  }

  /** With every head. */
  async look(): Promise<void> {
    if (this.#looking || this.#waiting.size === 0) return;
    this.#looking = true;
    const { chain, oracle, log } = this.#context;
    try {
      this.#demand();
      const time = await attestedTime(chain, oracle);
      const due = [...this.#waiting.values()].filter(({ run }) => time >= notBeforeOf(run)).map(({ run }) => run);
      await Promise.all(due.map((run) => this.#send(run)));
    } catch (error) {
      log.warn(
        { err: error, code: isChronoError(error) ? error.code : undefined },
        "reading attested time failed; the next block tries again",
      );
    } finally {
      this.#looking = false;
    }
  }

  #demand(): void {
    const { relayerUrl, clock, log } = this.#context;
    if (relayerUrl === undefined) return;
    const now = clock.utcNow();
    for (const entry of this.#waiting.values()) {
      if (now - entry.demandedAt < DEMAND_AGAIN) continue;
      entry.demandedAt = now;
      demandAttestedTime(relayerUrl, notBeforeOf(entry.run)).catch((error: unknown) =>
        log.warn(
          { run: entry.run.id, code: isChronoError(error) ? error.code : undefined },
          "the relayer could not be asked for attested time",
        ),
      );
    }
  }

  async #send(waiting: Run): Promise<void> {
    const { book, txm, clock, requestOf } = this.#context;
    const refusal = await refusalOf(this.#context, waiting);
    const run = await book.load(waiting);
    if (run === undefined || run.state !== "planned") {
      this.forget(waiting);
      return;
    }
    if (refusal !== undefined) {
      // Too old to count, for one: the next head may bring a newer time. What ended meanwhile is told by its event.
      if (run.reason !== refusal.text) book.note(run, { reason: refusal.text });
      return;
    }
    this.forget(run);
    const armed = book.apply(run, "arm", { reason: null });
    let prepared: PreparedTransaction;
    try {
      prepared = await txm.prepare(requestOf(armed));
    } catch (error) {
      book.apply(armed, "defer", { reason: "signing failed" });
      throw error;
    }
    const signed = book.apply(armed, "sign", {
      transactionId: prepared.id,
      transaction: prepared.hash,
      sentAt: clock.utcNow(),
      clockUncertainty: clockUncertainty(clock),
    });
    await this.#broadcast(signed, prepared.id);
  }

  /** What a refusal means for the run follows from the transaction's state. */
  async #broadcast(run: Run, transactionId: string): Promise<void> {
    const { txm, book, clock, log } = this.#context;
    try {
      await txm.send(transactionId);
    } catch (error) {
      log.warn(
        { run: run.id, code: isChronoError(error) ? error.code : undefined },
        "the node did not take a run's transaction",
      );
      return;
    }
    const noted = book.note(run, { acceptedAt: clock.utcNow() as UnixNs });
    if (noted.state !== "sent" && canHappen(noted.state, "accept")) book.apply(noted, "accept");
  }

  /** It ended, or is not on the chain any more. */
  forget(run: RunName): void {
    this.#waiting.delete(keyOf(run));
  }
}
