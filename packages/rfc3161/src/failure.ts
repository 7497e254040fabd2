import { ChronoError, isChronoError } from "@chronoledger/core";

/** PKIFailureInfo of RFC 3161 section 2.4.2: the bit of each reason. */
export const FAILURE_BITS = {
  badAlg: 0,
  badRequest: 2,
  badDataFormat: 5,
  timeNotAvailable: 14,
  unacceptedPolicy: 15,
  unacceptedExtension: 16,
  addInfoNotAvailable: 17,
  systemFailure: 25,
} as const;
export type PkiFailure = keyof typeof FAILURE_BITS;

const isFailure = (value: unknown): value is PkiFailure =>
  typeof value === "string" && Object.hasOwn(FAILURE_BITS, value);

/** A request that is answered with a rejection: `details.failInfo` says which. */
export const rejection = (failInfo: PkiFailure, reason: string, cause?: unknown): ChronoError =>
  new ChronoError("input/malformed", { what: "time-stamp request", failInfo, reason }, { cause });

/**
 * What to answer when stamping failed. An error that names no `failInfo` of its own counts by its code: no time or no round is
 * timeNotAvailable, the rest is systemFailure (RFC 3161 has nothing closer).
 */
export function failureOf(error: unknown): PkiFailure {
  if (!isChronoError(error)) return "systemFailure";
  if (isFailure(error.details.failInfo)) return error.details.failInfo;
  switch (error.code) {
    case "clock/not-available":
    case "round/failed":
    case "round/conflict":
    case "statement/uncertainty":
      return "timeNotAvailable";
    case "input/malformed":
    case "input/out-of-range":
    case "input/too-large":
      return "badDataFormat";
    default:
      return "systemFailure";
  }
}
