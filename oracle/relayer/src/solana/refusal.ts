import { isChronoError } from "@chronoledger/core";
import { type Refusal, type RefusalKinds, refusalNamed } from "../refusal.ts";

const KINDS: RefusalKinds = {
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

/** By the program's name of its error. */
export const programRefusal = (name: string): Refusal => refusalNamed(KINDS, name);

/** Why the program would not take a certificate. Undefined when the error is of another kind. */
export const refusalOf = (error: unknown): Refusal | undefined =>
  isChronoError(error) && error.code === "transaction/reverted"
    ? programRefusal(String(error.details.error ?? "no reason given"))
    : undefined;
