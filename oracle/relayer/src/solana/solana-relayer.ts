import { type ChronoError, isChronoError, NS_PER_MS, NS_PER_S, toTai } from "@chronoledger/core";
import type { Clock, Logger, VerifiedCertificate } from "@chronoledger/service";
import { Coalesced } from "../coalesced.ts";
import type { Demands } from "../demands.ts";
import { submissionReason } from "../next-submission.ts";
import { type Refusal, refusalError } from "../refusal.ts";
import type { RelayerState } from "../routes.ts";
import type { StoredTime } from "../stored-time.ts";
import type { ClockAccount } from "./clock-account.ts";
import { programRefusal, refusalOf } from "./refusal.ts";
import type { Submitter } from "./submitter.ts";

/** After a refusal the next attempt waits that long; a certificate that the chain's clock has not reached waits a slot. */
const REFUSED_PAUSE_NS = 1n * NS_PER_S;
/** A submission that got in nowhere for so many slots makes room for a newer certificate. */
const SUPERSEDED_AFTER_SLOTS = 8n;
const URGENCY = { demand: 1, reorganisation: 0.75, heartbeat: 0.25 } as const;
type Reason = keyof typeof URGENCY;

export type SolanaRelayerOptions = {
  readonly account: ClockAccount;
  readonly submitter: Submitter;
  readonly newest: () => VerifiedCertificate | undefined;
  readonly demands: Pick<Demands, "open">;
  readonly clock: Clock;
  readonly log: Logger;
  /** Nanoseconds. */
  readonly heartbeat: bigint;
  readonly slotMs: number;
  /** Somebody has to look. */
  readonly fail: (error: unknown) => void;
};

type UnderWay = { readonly sequence: bigint; readonly since: bigint; readonly abort: AbortController };

/**
 * Puts the newest certificate on chain: at a heartbeat, when somebody demands an instant, and again when a fork lost it. One
 * submission is under way at a time; whatever comes meanwhile is superseded by the newest when it ends, or when it takes too long.
 */
export class SolanaRelayer implements RelayerState {
  readonly #options: SolanaRelayerOptions;
  readonly #slot: bigint;
  #stored: StoredTime | undefined;
  #fellBack = false;
  #underWay: UnderWay | undefined;
  #lastSubmission: bigint | undefined;
  #pausedUntil = 0n;
  #submitted = 0;
  #failed = 0;
  #trouble: string | undefined = "the chain has not been read yet";
  readonly #considering: Coalesced;
  #stopped = false;

  constructor(options: SolanaRelayerOptions) {
    this.#options = options;
    this.#slot = BigInt(options.slotMs) * NS_PER_MS;
    this.#considering = new Coalesced((readChain) => this.#consider(readChain), options.fail);
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

  /** What is under way is given up; it may still get in, which does no harm. */
  stop(): void {
    this.#stopped = true;
    this.#underWay?.abort.abort();
  }

  /** Looks whether there is something to do; call it every slot and on every certificate and demand. */
  consider(readChain: boolean): Promise<void> {
    return this.#considering.ask(readChain);
  }

  async #consider(readChain: boolean): Promise<void> {
    if (this.#stopped) return;
    try {
      if (readChain || this.#stored === undefined) await this.#readChain();
      this.#supersede();
      const reason = this.#reason();
      if (reason !== undefined) this.#start(reason);
    } catch (error) {
      if (!isChronoError(error)) throw error;
      this.#setTrouble(error);
    }
  }

  async #readChain(): Promise<void> {
    const before = this.#stored;
    const stored = await this.#options.account.stored();
    if (before !== undefined && stored.sequence < before.sequence) {
      this.#fellBack = true;
      this.#options.log.warn({ had: before.sequence, has: stored.sequence }, "the chain lost a certificate in a fork");
    }
    this.#stored = stored;
    // A refusal stays what it is until its pause is over.
    if (this.#options.clock.monotonicNow() >= this.#pausedUntil) this.#trouble = undefined;
  }

  #supersede(): void {
    const { clock, newest, log } = this.#options;
    const [underWay, next] = [this.#underWay, newest()?.fields.sequence];
    if (underWay === undefined || next === undefined || next <= underWay.sequence) return;
    if (underWay.abort.signal.aborted) return;
    if (clock.monotonicNow() - underWay.since < SUPERSEDED_AFTER_SLOTS * this.#slot) return;
    log.warn({ sequence: underWay.sequence, next }, "a submission takes too long; a newer certificate takes its place");
    this.#fellBack = true;
    underWay.abort.abort();
  }

  #reason(): Reason | undefined {
    const { clock, newest, demands, heartbeat } = this.#options;
    const certificate = newest();
    const now = clock.monotonicNow();
    if (certificate === undefined || now < this.#pausedUntil) return undefined;
    return submissionReason({
      newest: certificate.fields,
      stored: this.#stored,
      inFlight: this.#underWay !== undefined,
      sinceLast: this.#lastSubmission === undefined ? heartbeat : now - this.#lastSubmission,
      heartbeat,
      blockInterval: this.#slot,
      demands: demands.open(),
      fellBack: this.#fellBack,
      now: toTai(clock.utcNow(), certificate.fields.taiMinusUtc),
    });
  }

  #start(reason: Reason): void {
    const { newest, clock, log, fail } = this.#options;
    const certificate = newest();
    if (certificate === undefined) return;
    const { sequence } = certificate.fields;
    this.#underWay = { sequence, since: clock.monotonicNow(), abort: new AbortController() };
    this.#lastSubmission = clock.monotonicNow();
    this.#fellBack = false;
    log.info({ sequence, reason }, "submitting");
    void this.#submit(certificate, reason, this.#underWay.abort.signal)
      .finally(() => {
        this.#underWay = undefined;
      })
      .then(() => this.consider(true))
      .catch(fail);
  }

  async #submit(certificate: VerifiedCertificate, reason: Reason, signal: AbortSignal): Promise<void> {
    const { submitter, log } = this.#options;
    const { sequence } = certificate.fields;
    try {
      const landed = await submitter.submit(certificate.bytes, { urgency: URGENCY[reason], signal });
      const { signature, slot, error } = landed;
      if (error === null) {
        this.#submitted++;
        log.info({ signature, slot, sequence }, "submitted");
        return;
      }
      this.#failed++;
      log.warn({ signature, slot, sequence, error }, "a submission came to nothing");
      this.#onRefusal(programRefusal(error), sequence);
    } catch (error) {
      if (!isChronoError(error)) throw error;
      if (signal.aborted) return;
      const refusal = refusalOf(error);
      if (refusal === undefined || refusal.kind !== "stale") this.#failed++;
      if (refusal !== undefined) return this.#onRefusal(refusal, sequence);
      this.#pause(REFUSED_PAUSE_NS);
      this.#fellBack = true;
      this.#setTrouble(error);
    }
  }

  #onRefusal(refusal: Refusal, sequence: bigint): void {
    this.#pause(refusal.code === "certificate/future" ? this.#slot : REFUSED_PAUSE_NS);
    if (refusal.kind === "stale") return;
    // What was meant to be on chain is not: the next attempt does not wait for the heartbeat.
    this.#fellBack = true;
    this.#setTrouble(refusalError(refusal, sequence));
  }

  #pause(length: bigint): void {
    this.#pausedUntil = this.#options.clock.monotonicNow() + length;
  }

  #setTrouble(error: ChronoError): void {
    if (this.#trouble === undefined) this.#options.log.warn({ code: error.code, err: error }, error.message);
    this.#trouble = error.message;
  }
}
