import { toMs } from "@chronoledger/core";
import type { Clock } from "@chronoledger/service";
import { type ClockSource, readInstant, type SourceReading } from "./clock-source.ts";

/** The kernel's own bound on its clock's error, by adjtimex(2): some daemon disciplines it, or nobody does. */
export function kernelSource(clock: Clock): ClockSource {
  return {
    name: "kernel",
    async read(): Promise<SourceReading> {
      const instant = readInstant(clock);
      const state = clock.kernelState();
      if (state === undefined)
        return {
          health: "unavailable",
          detail: "this system does not tell the state of its clock",
          offset: undefined,
          ...instant,
        };
      const taiMinusUtc = state.taiMinusUtc === 0 ? undefined : state.taiMinusUtc;
      if (state.unsynchronised)
        return {
          health: "unsynchronised",
          detail: "no daemon disciplines the kernel clock: its error has no bound",
          offset: undefined,
          ...instant,
          taiMinusUtc,
        };
      return {
        health: "synchronised",
        detail: `adjtimex: maximum error ${toMs(state.maxError)} ms`,
        offset: { earliest: -state.maxError, latest: state.maxError },
        ...instant,
        taiMinusUtc,
      };
    },
  };
}
