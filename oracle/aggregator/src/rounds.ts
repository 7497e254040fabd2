import {
  type CertificateEntry,
  ChronoError,
  type DurationNs,
  equalBytes,
  isChronoError,
  type NodeSet,
  NS_PER_MS,
  quorumThreshold,
  type TaiNs,
  taiNs,
  toMs,
  toTai,
  ZERO_HASH,
} from "@chronoledger/core";
import { type Clock, type Evidence, type Logger, WakeableTimer } from "@chronoledger/service";
import { backOff } from "./back-off.ts";
import type { CertificateBook } from "./certificate-book.ts";
import type { AdaptiveLead } from "./lead.ts";
import { type Appointment, nextRound } from "./next-round.ts";
import type { NodeTracker } from "./node-tracker.ts";
import { agreedTaiOffset, floorTime, planRound, type RoundFacts } from "./plan-round.ts";
import { runRound } from "./run-round.ts";

/** Appointments waiting at once. */
const MAX_APPOINTMENTS = 10_000;
/** While no node states a time there is none to appoint. */
const NO_TIME_RETRY_MS = 100;
const CATCH_UP_TIMEOUT_MS = 300;

type Pending = Appointment & { resolve(entry: CertificateEntry): void; reject(error: unknown): void };

export type RoundsOptions = {
  readonly set: NodeSet;
  readonly nodes: readonly NodeTracker[];
  readonly book: CertificateBook;
  readonly lead: AdaptiveLead;
  readonly clock: Clock;
  readonly log: Logger;
  readonly heartbeat: DurationNs;
  readonly timeoutMs: number;
  readonly keepEvidence: (evidence: Evidence) => void;
  /** In [0, 1). */
  readonly random: () => number;
};

/** Runs one round after another: heartbeats, appointments, and again after a failure. */
export class Rounds {
  readonly #options: RoundsOptions;
  readonly #timer = new WakeableTimer();
  readonly #onFailure = new Set<(error: ChronoError) => void>();
  #appointments: Pending[] = [];
  #attempted = { sequence: 0n, time: 0n };
  #heartbeatAt = 0n;
  #notBefore = 0n;
  #failuresInRow = 0;
  #failed = 0;
  #lastFailure: string | undefined = "no round has been run yet";
  #stopped = false;

  constructor(options: RoundsOptions) {
    this.#options = options;
    options.book.onCertificate((entry) => this.#serve(entry));
  }

  get failed(): number {
    return this.#failed;
  }
  /** Why the last round failed; undefined after one that did not. */
  get trouble(): string | undefined {
    return this.#lastFailure;
  }
  get waiting(): number {
    return this.#appointments.length;
  }

  /** TAI by this machine's clock; undefined until a node has said what TAI - UTC is. */
  now(): TaiNs | undefined {
    const offset = agreedTaiOffset(this.#options.nodes.map((node) => node.info));
    return offset === undefined ? undefined : toTai(this.#options.clock.utcNow(), offset);
  }

  /** Told of each round that fails, before the next one begins. @returns what ends it */
  onFailure(listener: (error: ChronoError) => void): () => void {
    this.#onFailure.add(listener);
    return () => void this.#onFailure.delete(listener);
  }

  /** The certificate at the instant, or the first one after it; with an imprint, the one that stamps it. */
  appoint(time: TaiNs, imprint: Uint8Array | undefined, signal: AbortSignal): Promise<CertificateEntry> {
    const known = imprint === undefined ? this.#options.book.log.firstAtOrAfter(time) : undefined;
    if (known !== undefined) return Promise.resolve(known);
    if (this.#appointments.length >= MAX_APPOINTMENTS)
      throw new ChronoError("rate/limited", { waiting: this.#appointments.length });
    return new Promise((resolve, reject) => {
      const pending: Pending = { time, imprint, resolve, reject };
      this.#appointments.push(pending);
      this.#appointments.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
      signal.addEventListener("abort", () => {
        this.#appointments = this.#appointments.filter((other) => other !== pending);
        reject(new ChronoError("round/failed", { reason: "nobody waits for the appointment any more" }));
      });
      this.#timer.wake();
    });
  }

  async run(): Promise<void> {
    await this.catchUp();
    while (!this.#stopped) {
      const now = this.now();
      if (now === undefined) {
        this.#lastFailure = "no node states a time";
        await this.#timer.sleep(NO_TIME_RETRY_MS);
        await this.catchUp();
        continue;
      }
      const next = nextRound(this.#agenda(now));
      if (next.act === "wait") await this.#timer.sleep(Number((next.until - now) / NS_PER_MS));
      else await this.#round(taiNs(next.time), next.appointment);
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#timer.wake();
    for (const pending of this.#appointments)
      pending.reject(new ChronoError("round/failed", { reason: "the aggregator stops" }));
    this.#appointments = [];
  }

  /** Asks every node about itself, and takes over certificates that another aggregator made. */
  async catchUp(timeoutMs = CATCH_UP_TIMEOUT_MS): Promise<void> {
    const { nodes, book, log } = this.#options;
    await Promise.all(
      nodes.map(async (node) => {
        const info = await node.refresh(timeoutMs);
        if (info === undefined || info.lastCertificate === null) return;
        try {
          book.accept(info.lastCertificate);
        } catch (error) {
          if (!isChronoError(error)) throw error;
          node.markFaulty(`it shows a certificate that is not valid: ${error.code}`);
          log.warn({ node: node.index, code: error.code }, "a node shows a certificate that is not valid");
        }
      }),
    );
  }

  #agenda(now: TaiNs) {
    const facts = this.#facts(now);
    return {
      now: now as bigint,
      lead: this.#options.lead.value as bigint,
      heartbeatAt: this.#heartbeatAt,
      notBefore: this.#notBefore,
      floor: floorTime(facts),
      maxBehind: this.#options.set.policy.maxLead as bigint,
      uncertainty: this.#uncertainty(),
      appointments: this.#appointments,
    };
  }

  #facts(now: TaiNs): RoundFacts {
    const { set, nodes, book } = this.#options;
    return { set, infos: nodes.map((node) => node.info), latest: book.latest, attempted: this.#attempted, now };
  }

  #uncertainty(): bigint {
    const all = this.#options.nodes.flatMap((node) => node.info?.reading?.uncertaintyNs ?? []);
    return all.sort((a, b) => (a > b ? -1 : a < b ? 1 : 0))[0] ?? 0n;
  }

  async #round(time: TaiNs, appointment: Pending | undefined): Promise<void> {
    const { set, nodes, book, lead, clock, log, timeoutMs, keepEvidence } = this.#options;
    const now = this.now() ?? time;
    this.#heartbeatAt = now + this.#options.heartbeat;
    const start = clock.monotonicNow();
    try {
      const plan = planRound(this.#facts(now), time, appointment?.imprint);
      this.#attempted = { sequence: plan.fields.sequence, time };
      const wait = time - now + plan.fields.uncertainty;
      const bytes = await runRound({ set, nodes, plan, planned: wait > 0n ? wait : 0n, timeoutMs, keepEvidence });
      book.accept(bytes, true);
      this.#failuresInRow = 0;
      this.#lastFailure = undefined;
      lead.observe(
        nodes.flatMap((node) => (node.reachable && node.delay !== undefined ? [node.delay] : [])),
        quorumThreshold(set.keys.length, set.f),
      );
      log.debug({ sequence: plan.fields.sequence, tookMs: toMs(clock.monotonicNow() - start) }, "certificate");
    } catch (error) {
      await this.#afterFailure(error);
    }
  }

  async #afterFailure(error: unknown): Promise<void> {
    const { log, lead, random } = this.#options;
    if (!isChronoError(error) || (error.code !== "round/failed" && error.code !== "round/conflict")) throw error;
    this.#failed++;
    this.#failuresInRow++;
    this.#lastFailure = error.message;
    for (const listener of this.#onFailure) listener(error);
    if (String(error.details.reasons).includes("statement/imprint-late")) lead.wasTooShort();
    log[this.#failuresInRow === 1 ? "warn" : "debug"](
      { code: error.code, failures: this.#failuresInRow },
      error.message,
    );
    const now = this.now();
    if (now !== undefined) {
      this.#notBefore = now + backOff(this.#failuresInRow, random());
      this.#heartbeatAt = this.#notBefore;
    }
    await this.catchUp();
  }

  #serve(entry: CertificateEntry): void {
    const imprint = imprintOf(entry);
    const served = this.#appointments.filter((pending) =>
      pending.imprint === undefined || equalBytes(pending.imprint, ZERO_HASH)
        ? pending.time <= entry.timeTaiNs
        : equalBytes(pending.imprint, imprint),
    );
    if (served.length === 0) return;
    this.#appointments = this.#appointments.filter((pending) => !served.includes(pending));
    for (const pending of served) pending.resolve(entry);
  }
}

/** Offset 64 of the statement (protocol.md section 3). */
const imprintOf = (entry: CertificateEntry): Uint8Array => entry.certificate.subarray(64, 96);
