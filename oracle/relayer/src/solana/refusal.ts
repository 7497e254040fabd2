import { ChronoError, type ErrorCode, isChronoError } from "@chronoledger/core";

/**
 * "stale": the clock has this certificate or a newer one, nothing is lost. "later": the same may pass in a later slot. "refused": it
 * will not pass; somebody must look.
 */
export type RefusalKind = "stale" | "later" | "refused";
export type Refusal = { readonly kind: RefusalKind; readonly code: ErrorCode; readonly name: string };

/** By the program's errors; whatever is not here is refused. */
const KINDS: Readonly<Record<string, { kind: RefusalKind; code: ErrorCode }>> = {
  SequenceNotNewer: { kind: "stale", code: "certificate/stale" },
  TimeNotNewer: { kind: "stale", code: "certificate/stale" },
  FromTheFuture: { kind: "later", code: "certificate/future" },
  Paused: { kind: "later", code: "transaction/reverted" },
  NodeSetInactive: { kind: "later", code: "statement/epoch" },
  AccountNotInitialized: { kind: "later", code: "statement/epoch" },
  HeaderMismatch: { kind: "refused", code: "statement/network" },
  FlagsNotAllowed: { kind: "refused", code: "statement/test-flag" },
  UncertaintyTooLarge: { kind: "refused", code: "statement/uncertainty" },
  OutsideEpoch: { kind: "refused", code: "statement/validity" },
  SpanInvalid: { kind: "refused", code: "statement/span" },
  SignerUnknown: { kind: "refused", code: "certificate/signer-unknown" },
  SignerRevoked: { kind: "refused", code: "certificate/signer-unknown" },
  SignerKeyMismatch: { kind: "refused", code: "certificate/signer-unknown" },
  QuorumShort: { kind: "refused", code: "certificate/quorum-short" },
};

export const refusalNamed = (name: string): Refusal => ({
  ...(KINDS[name] ?? { kind: "refused", code: "transaction/reverted" }),
  name,
});

/** Why the program would not take a certificate. Undefined when the error is of another kind. */
export const refusalOf = (error: unknown): Refusal | undefined =>
  isChronoError(error) && error.code === "transaction/reverted"
    ? refusalNamed(String(error.details.error ?? "no reason given"))
    : undefined;

export const refusalError = (refusal: Refusal, sequence: bigint): ChronoError =>
  new ChronoError(refusal.code, { sequence: String(sequence), error: refusal.name });
