import {
  AppointmentRequest,
  AppointmentResponse,
  ChronoError,
  isChronoError,
  NS_PER_MS,
  NS_PER_S,
  type TaiNs,
  toTai,
  type UnixNs,
} from "@chronoledger/core";
import { type Clock, type Logger, requestJson, WakeableTimer } from "@chronoledger/service";

const MAX_DEMANDS = 10_000;
const MAX_AHEAD_NS = 86_400n * NS_PER_S;
/** The appointment is made that long before its instant. */
const APPOINT_AHEAD_NS = 5n * NS_PER_S;
/** A demand that nobody could serve is given up. The next heartbeat serves it all the same. */
const GIVE_UP_AFTER_NS = 60n * NS_PER_S;
const RETRY_MS = 250;
const ANSWER_TIMEOUT_MS = 10_000;

export type DemandsOptions = {
  readonly aggregatorUrl: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** TAI - UTC in seconds as the newest certificate has it; undefined before the first. */
  readonly taiMinusUtc: () => number | undefined;
  /** The appointed certificate, not verified yet. */
  readonly onCertificate: (bytes: Uint8Array) => void;
};

const ascending = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

type Demand = { readonly utc: UnixNs; asked: boolean };

/** Instants that somebody needs on chain: an appointment for each is made with the aggregator in time. */
export class Demands {
  readonly #options: DemandsOptions;
  readonly #byTime = new Map<UnixNs, Demand>();
  readonly #timer = new WakeableTimer();

  constructor(options: DemandsOptions) {
    this.#options = options;
    options.signal.addEventListener("abort", () => this.#timer.wake());
  }

  /** Repeating a demand changes nothing. @throws input/out-of-range, rate/limited */
  add(utc: UnixNs): void {
    const now = this.#options.clock.utcNow();
    if (utc > now + MAX_AHEAD_NS)
      throw new ChronoError("input/out-of-range", { timeUtcNs: String(utc), latest: String(now + MAX_AHEAD_NS) });
    if (this.#byTime.has(utc)) return;
    if (this.#byTime.size >= MAX_DEMANDS) throw new ChronoError("rate/limited", { demands: this.#byTime.size });
    this.#byTime.set(utc, { utc, asked: false });
    this.#timer.wake();
  }

  /** TAI, ascending. Empty until TAI - UTC is known. */
  open(): bigint[] {
    const offset = this.#options.taiMinusUtc();
    if (offset === undefined) return [];
    return [...this.#byTime.keys()].map((utc) => toTai(utc, offset) as bigint).sort(ascending);
  }

  /** The chain holds a time at or after these. Kept for a minute, in case the chain loses it again. */
  forgetOld(): void {
    const now = this.#options.clock.utcNow();
    for (const utc of this.#byTime.keys()) if (utc + GIVE_UP_AFTER_NS < now) this.#byTime.delete(utc);
  }

  async run(): Promise<void> {
    const { signal, clock } = this.#options;
    while (!signal.aborted) {
      const now = clock.utcNow();
      this.forgetOld();
      const waiting = [...this.#byTime.values()].filter((demand) => !demand.asked);
      const offset = this.#options.taiMinusUtc();
      for (const demand of waiting)
        if (offset !== undefined && demand.utc - APPOINT_AHEAD_NS <= now) {
          demand.asked = true;
          void this.#appoint(demand, toTai(demand.utc, offset));
        }
      const next = waiting.filter((demand) => !demand.asked).map((demand) => demand.utc - APPOINT_AHEAD_NS - now);
      const [soonest = 0n] = [...next, 10n * NS_PER_S].sort(ascending);
      await this.#timer.sleep(Math.max(offset === undefined ? RETRY_MS : 0, Number(soonest / NS_PER_MS) + 1));
    }
  }

  async #appoint(demand: Demand, time: TaiNs): Promise<void> {
    const { aggregatorUrl, clock, log, signal, onCertificate } = this.#options;
    const untilThen = Number((demand.utc - clock.utcNow()) / NS_PER_MS);
    try {
      const entry = await requestJson(`${aggregatorUrl}/v1/appointments`, {
        schema: AppointmentResponse,
        body: AppointmentRequest.encode({ timeTaiNs: time }),
        timeoutMs: Math.max(0, untilThen) + ANSWER_TIMEOUT_MS,
        signal,
        unreachable: "process/failed",
      });
      onCertificate(entry.certificate);
    } catch (error) {
      if (signal.aborted) return;
      log.warn(
        { code: isChronoError(error) ? error.code : "internal/unexpected", timeUtcNs: demand.utc },
        "an appointment was not kept; it is asked for again",
      );
      setTimeout(() => {
        demand.asked = false;
        this.#timer.wake();
      }, RETRY_MS).unref();
    }
  }
}
