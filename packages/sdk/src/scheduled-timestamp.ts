import { ChronoError, isChronoError, NS_PER_MS } from "@chronoledger/core";
import { GatewayStatus, ScheduledStamp } from "@chronoledger/core/gateway";
import type { Timestamp } from "./open-stamp.ts";
import { pause, type Transport } from "./transport.ts";

/** Waiting is cheap: the gateway is asked again just before the instant. */
const LONGEST_PAUSE_MS = 60_000n;
const SHORTEST_PAUSE_MS = 200n;

export type ScheduledState = {
  readonly state: "waiting" | "stamped" | "failed";
  readonly stamp: Timestamp | null;
  /** Whether the certificate is at exactly the instant, and not the first one after it; null while waiting. */
  readonly exact: boolean | null;
  readonly reason: string | null;
};

/** A certificate that will be made at an instant in the future. */
export type ScheduledTimestamp = {
  readonly id: string;
  /** UTC in nanoseconds. */
  readonly timestamp: bigint;
  readonly imprint: Uint8Array;
  /** As it is now. */
  status(): Promise<ScheduledState>;
  /**
   * Resolves with the stamp once it is made.
   * @throws round/failed with the gateway's reason; the signal's reason
   */
  wait(options?: { readonly signal?: AbortSignal }): Promise<Timestamp & { readonly exact: boolean }>;
  /** Takes it back. @returns false when it is too late for that */
  cancel(): Promise<boolean>;
  toJSON(): { readonly id: string; readonly timestamp: string };
};

export type ScheduledParts = {
  readonly transport: Transport;
  readonly open: (stamp: NonNullable<ScheduledStamp["stamp"]>, imprint: Uint8Array) => Promise<Timestamp>;
};

export function scheduledTimestamp(made: ScheduledStamp, { transport, open }: ScheduledParts): ScheduledTimestamp {
  const { id, timeUtcNs, imprint } = made;
  const status = async (signal?: AbortSignal): Promise<ScheduledState> => {
    const now = await transport.json(`/v1/stamps/scheduled/${id}`, ScheduledStamp, { signal });
    const stamp = now.stamp === null ? null : await open(now.stamp, imprint);
    return { state: now.state, stamp, exact: now.exact, reason: now.reason };
  };
  return {
    id,
    timestamp: timeUtcNs,
    imprint,
    status: () => status(),
    async wait({ signal } = {}) {
      for (;;) {
        const now = await status(signal);
        if (now.state === "failed")
          throw new ChronoError(
            "round/failed",
            { id, reason: now.reason ?? "not told" },
            { remedy: "schedule it again" },
          );
        if (now.stamp !== null) return { ...now.stamp, exact: now.exact === true };
        await pause(await pauseBefore(timeUtcNs, transport), signal);
      }
    },
    async cancel() {
      try {
        await transport.bytes(`/v1/stamps/scheduled/${id}`, { method: "DELETE" });
        return true;
      } catch (error) {
        if (isChronoError(error) && error.code === "schedule/expired") return false;
        throw error;
      }
    },
    toJSON: () => ({ id, timestamp: String(timeUtcNs) }),
  };
}

/** By the gateway's clock: this machine's may be wrong by hours. */
async function pauseBefore(timeUtcNs: bigint, transport: Transport): Promise<number> {
  try {
    const { reading } = await transport.json("/v1/status", GatewayStatus, { open: true });
    if (reading === null) return Number(SHORTEST_PAUSE_MS);
    const now = reading.timeTaiNs - BigInt(reading.taiMinusUtc) * 1_000_000_000n;
    const left = (timeUtcNs - now) / NS_PER_MS;
    const capped = left > LONGEST_PAUSE_MS ? LONGEST_PAUSE_MS : left;
    return Number(capped < SHORTEST_PAUSE_MS ? SHORTEST_PAUSE_MS : capped);
  } catch (error) {
    if (isChronoError(error)) return Number(SHORTEST_PAUSE_MS);
    throw error;
  }
}
