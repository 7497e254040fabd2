import { ChronoError, type ErrorCode } from "@chronoledger/core";

/**
 * "stale": the chain has this certificate or a newer one, nothing is lost. "later": the same may pass in a later block. "refused": it
 * will not pass; somebody must look.
 */
export type RefusalKind = "stale" | "later" | "refused";
/** Why a certificate was not taken: what that means, and the chain's own name for it. */
export type Refusal = { readonly kind: RefusalKind; readonly code: ErrorCode; readonly name: string };

/** Meanings by the chain's names; whatever is not there is refused. */
export type RefusalKinds = Readonly<Record<string, Omit<Refusal, "name">>>;

export const refusalNamed = (kinds: RefusalKinds, name: string): Refusal => ({
  ...(Object.hasOwn(kinds, name) ? (kinds[name] as RefusalKinds[string]) : REFUSED),
  name,
});
const REFUSED = { kind: "refused", code: "transaction/reverted" } as const;

export const refusalError = (refusal: Refusal, sequence: bigint): ChronoError =>
  new ChronoError(refusal.code, { sequence: String(sequence), error: refusal.name });
