import type { DurationNs, SourceHealth } from "@chronoledger/core";
import type { Clock } from "@chronoledger/service";
import { type ClockSource, readInstant } from "./clock-source.ts";

/** For tests and simulations: states whatever it is told. */
export function fixedSource(
  clock: Clock,
  stated: { offset: bigint; bound: DurationNs; health?: SourceHealth; name?: string; taiMinusUtc?: number },
): ClockSource {
  return {
    name: stated.name ?? "fixed",
    read: async () => {
      const health = stated.health ?? "synchronised";
      const vouches = health === "synchronised" || health === "holdover";
      return {
        health,
        detail: "fixed",
        offset: vouches ? { earliest: stated.offset - stated.bound, latest: stated.offset + stated.bound } : undefined,
        ...readInstant(clock),
        taiMinusUtc: stated.taiMinusUtc,
      };
    },
  };
}
