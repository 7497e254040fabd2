import { type ChronoError, isChronoError, NS_PER_S, toTai, unixNs } from "@chronoledger/core";
import type { Clock, Logger, VerifiedCertificate } from "@chronoledger/service";
import type { Transaction, TransactionManager } from "@chronoledger/txm";
import { Coalesced } from "./coalesced.ts";
import type { Demands } from "./demands.ts";
import type { OracleContract } from "./evm/oracle-contract.ts";
import { refusalOf, submissionData } from "./evm/submission.ts";
import { submissionReason } from "./next-submission.ts";
import { refusalError } from "./refusal.ts";
import type { StoredTime } from "./stored-time.ts";

/** A submission that is not in a block by then is given up: a newer certificate takes its place. */
const GIVE_UP_AFTER_NS = 60n * NS_PER_S;
/** After a refusal of the same certificate the next attempt waits that long. */
const REFUSED_PAUSE_NS = 1n * NS_PER_S;

/** Tells submissions from what the transaction manager sends of its own. */
const KEY_PREFIX = "submit-";

export type RelayerOptions = {
  readonly oracle: OracleContract;
  readonly oracleAddress: `0x${string}`;
  readonly txm: TransactionManager;
  readonly newest: () => VerifiedCertificate | undefined;
  readonly demands: Demands;
  readonly clock: Clock;
  readonly log: Logger;
  readonly heartbeat: bigint;
  /** Between two blocks, in nanoseconds. */
  readonly blockInterval: () => bigint;
  /** Is told of what nobody expects. */
  readonly fail: (error: unknown) => void;
};

/**
 * Puts the newest certificate on chain: at a heartbeat, when somebody demands an instant, and again when the chain lost it. One
 * submission is under way at a time; whatever comes meanwhile is superseded by the newest when it ends.
 */
export class Relayer {
  readonly #options: RelayerOptions;
  #stored: StoredTime | undefined;
  #fellBack = false;
  #lastSubmission: bigint | undefined;
  #pausedUntil = 0n;
  #submitted = 0;
  #failed = 0;
  #trouble: string | undefined = "the chain has not been read yet";
  readonly #considering: Coalesced;

  constructor(options: RelayerOptions) {
    this.#options = options;
    this.#considering = new Coalesced((readChain) => this.#consider(readChain), options.fail);
    options.txm.onChange((transaction, before) => this.#onTransaction(transaction, before));
  }

  get submitted(): number {
    return this.#submitted;
  }
  get failed(): number {
    return this.#failed;
  }
  get stored(): StoredTime | undefined {
    return this.#stored;
  }
  /** Why submissions do not work at the moment, or undefined. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** Looks whether there is something to do; call it on every new head, certificate, demand, and every second. */
  consider(readChain: boolean): Promise<void> {
    return this.#considering.ask(readChain);
  }

  async #consider(readChain: boolean): Promise<void> {
    const { log } = this.#options;
    try {
      if (readChain || this.#stored === undefined) await this.#readChain();
      const reason = this.#reason();
      if (reason !== undefined) await this.#submit(reason);
    } catch (error) {
      if (!isChronoError(error)) throw error;
      if (this.#trouble === undefined) log.warn({ code: error.code, err: error }, error.message);
      this.#trouble = error.message;
    }
  }

  async #readChain(): Promise<void> {
    const before = this.#stored;
    const stored = await this.#options.oracle.stored();
    if (before !== undefined && stored.sequence < before.sequence) {
      this.#fellBack = true;
      this.#options.log.warn(
        { had: before.sequence, has: stored.sequence },
        "the chain lost a certificate in a reorganisation",
      );
    }
    this.#stored = stored;
    this.#trouble = undefined;
  }

  #reason() {
    const { clock, newest, txm, demands, heartbeat, blockInterval } = this.#options;
    const certificate = newest();
    const now = clock.monotonicNow();
    if (certificate === undefined || now < this.#pausedUntil) return undefined;
    return submissionReason({
      newest: certificate.fields,
      stored: this.#stored,
      inFlight: txm
        .pending()
        .some(({ state }) => state === "reserved" || state === "signed" || state === "in-doubt" || state === "sent"),
      sinceLast: this.#lastSubmission === undefined ? heartbeat : now - this.#lastSubmission,
      heartbeat,
      blockInterval: blockInterval(),
      demands: demands.open(),
      fellBack: this.#fellBack,
      now: toTai(clock.utcNow(), certificate.fields.taiMinusUtc),
    });
  }

  async #submit(reason: string): Promise<void> {
    const { oracle, oracleAddress, txm, newest, clock, log } = this.#options;
    const first = newest();
    if (first === undefined) return;
    const gas = await oracle
      .gasFor(submissionData(first.bytes))
      .catch((error: unknown) => this.#onRefusal(error, first));
    if (gas === undefined) return;
    // A newer one may have come meanwhile: it costs the same and serves better.
    const certificate = newest() ?? first;
    const now = clock.utcNow();
    const { sequence } = certificate.fields;
    const prepared = await txm.prepare({
      key: `${KEY_PREFIX}${sequence}-${now}`,
      to: oracleAddress,
      data: submissionData(certificate.bytes),
      gas,
      notAfter: unixNs(now + GIVE_UP_AFTER_NS),
    });
    this.#lastSubmission = clock.monotonicNow();
    this.#fellBack = false;
    log.info({ sequence, reason, hash: prepared.hash }, "submitting");
    await txm.send(prepared.id);
  }

  /** @returns nothing: there is no gas to spend. @throws what is not a revert */
  #onRefusal(error: unknown, certificate: VerifiedCertificate): undefined {
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    const { sequence } = certificate.fields;
    this.#pausedUntil = this.#options.clock.monotonicNow() + REFUSED_PAUSE_NS;
    this.#stored = undefined;
    if (refusal.kind === "stale") return undefined;
    this.#failed++;
    throw refusalError(refusal, sequence) satisfies ChronoError;
  }

  #onTransaction(transaction: Transaction, before: Transaction["state"]): void {
    const { log } = this.#options;
    const { state, inclusion, key } = transaction;
    if (state === before || !key.startsWith(KEY_PREFIX)) return;
    if (state === "included" && inclusion?.success === true) {
      this.#submitted++;
      log.info({ hash: inclusion.hash, block: inclusion.blockNumber }, "submitted");
    } else if (state === "included" || state === "rejected" || state === "cancelled" || state === "replaced") {
      this.#failed++;
      log.warn({ state, hash: inclusion?.hash, code: transaction.failure?.code }, "a submission came to nothing");
    }
    if (state !== "sent" && state !== "signed") void this.consider(true);
  }
}
