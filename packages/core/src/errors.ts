/**
 * Every error of the project: a code `area/what`, the offending values, and, by an exhaustive switch, whether to try again and
 * which HTTP status it is. Adding a code without deciding both does not compile.
 */
export const ERROR_CODES = [
  "input/malformed",
  "input/out-of-range",
  "input/too-large",
  "input/not-found",
  "auth/refused",
  "auth/forbidden",
  "rate/limited",
  "quota/exceeded",
  "idempotency/mismatch",
  "idempotency/in-progress",
  "target/refused",
  "config/invalid",
  "statement/malformed",
  "statement/kind",
  "statement/flags",
  "statement/network",
  "statement/epoch",
  "statement/policy",
  "statement/uncertainty",
  "statement/validity",
  "statement/test-flag",
  "statement/tai-offset",
  "statement/too-early",
  "statement/too-late",
  "statement/imprint-late",
  "statement/sequence",
  "statement/span",
  "statement/link",
  "statement/anchor",
  "statement/equivocation",
  "certificate/malformed",
  "certificate/signer-unknown",
  "certificate/quorum-short",
  "certificate/signature",
  "certificate/stale",
  "certificate/future",
  "proof/malformed",
  "proof/path",
  "proof/leaf-after-certificate",
  "proof/context",
  "node-set/invalid",
  "clock/not-available",
  "round/failed",
  "round/conflict",
  "rpc/unavailable",
  "rpc/rejected",
  "rpc/chain-mismatch",
  "transaction/nonce-too-low",
  "transaction/nonce-gap",
  "transaction/already-known",
  "transaction/underpriced",
  "transaction/insufficient-funds",
  "transaction/expired",
  "transaction/reverted",
  "schedule/unknown",
  "schedule/expired",
  "queue/unavailable",
  "database/unavailable",
  "process/port-in-use",
  "process/failed",
  "journal/corrupt",
  "internal/unexpected",
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

export type ErrorDetails = Readonly<Record<string, string | number | boolean | undefined>>;

export class ChronoError extends Error {
  override readonly name = "ChronoError";
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails = {}, options?: { cause?: unknown; remedy?: string }) {
    const values = Object.entries(details)
      .map(([key, value]) => `${key}: ${value}`)
      .join(", ");
    super([`${code}${values ? ` (${values})` : ""}`, options?.remedy].filter(Boolean).join(". "), {
      cause: options?.cause,
    });
    this.code = code;
    this.details = details;
  }
}

/** By shape, not by class: two copies of this package may be loaded. */
export const isChronoError = (error: unknown): error is ChronoError =>
  error instanceof Error &&
  error.name === "ChronoError" &&
  (ERROR_CODES as readonly string[]).includes((error as ChronoError).code);

/** "never": the same request fails again. "later": it may pass unchanged. */
export function retryOf(code: ErrorCode): "never" | "later" {
  switch (code) {
    case "input/malformed":
    case "input/out-of-range":
    case "input/too-large":
    case "input/not-found":
    case "auth/refused":
    case "auth/forbidden":
    case "idempotency/mismatch":
    case "target/refused":
    case "config/invalid":
    case "statement/malformed":
    case "statement/kind":
    case "statement/flags":
    case "statement/network":
    case "statement/epoch":
    case "statement/policy":
    case "statement/uncertainty":
    case "statement/validity":
    case "statement/test-flag":
    case "statement/tai-offset":
    case "statement/too-late":
    case "statement/imprint-late":
    case "statement/sequence":
    case "statement/span":
    case "statement/link":
    case "statement/anchor":
    case "statement/equivocation":
    case "certificate/malformed":
    case "certificate/signer-unknown":
    case "certificate/quorum-short":
    case "certificate/signature":
    case "certificate/stale":
    case "proof/malformed":
    case "proof/path":
    case "proof/leaf-after-certificate":
    case "proof/context":
    case "node-set/invalid":
    case "rpc/rejected":
    case "rpc/chain-mismatch":
    case "transaction/nonce-too-low":
    case "transaction/already-known":
    case "transaction/expired":
    case "transaction/reverted":
    case "schedule/unknown":
    case "schedule/expired":
    case "process/port-in-use":
    case "journal/corrupt":
    case "internal/unexpected":
      return "never";
    case "rate/limited":
    case "quota/exceeded":
    case "idempotency/in-progress":
    case "statement/too-early":
    case "certificate/future":
    case "clock/not-available":
    case "round/failed":
    case "round/conflict":
    case "rpc/unavailable":
    case "transaction/nonce-gap":
    case "transaction/underpriced":
    case "transaction/insufficient-funds":
    case "queue/unavailable":
    case "database/unavailable":
    case "process/failed":
      return "later";
  }
}

export function httpStatusOf(code: ErrorCode): 400 | 401 | 403 | 404 | 409 | 413 | 422 | 429 | 500 | 502 | 503 {
  switch (code) {
    case "input/malformed":
    case "input/out-of-range":
    case "statement/malformed":
    case "certificate/malformed":
    case "proof/malformed":
      return 400;
    case "auth/refused":
      return 401;
    case "auth/forbidden":
      return 403;
    case "input/not-found":
    case "schedule/unknown":
      return 404;
    case "statement/sequence":
    case "statement/span":
    case "statement/link":
    case "statement/equivocation":
    case "certificate/stale":
    case "round/conflict":
    case "schedule/expired":
    case "idempotency/in-progress":
      return 409;
    case "input/too-large":
      return 413;
    case "statement/kind":
    case "statement/flags":
    case "statement/network":
    case "statement/epoch":
    case "statement/policy":
    case "statement/uncertainty":
    case "statement/validity":
    case "statement/test-flag":
    case "statement/tai-offset":
    case "statement/too-early":
    case "statement/too-late":
    case "statement/imprint-late":
    case "statement/anchor":
    case "certificate/signer-unknown":
    case "certificate/quorum-short":
    case "certificate/signature":
    case "certificate/future":
    case "proof/path":
    case "proof/leaf-after-certificate":
    case "proof/context":
    case "node-set/invalid":
    case "transaction/expired":
    case "transaction/reverted":
    case "idempotency/mismatch":
    case "target/refused":
      return 422;
    case "rate/limited":
    case "quota/exceeded":
      return 429;
    case "config/invalid":
    case "process/port-in-use":
    case "process/failed":
    case "journal/corrupt":
    case "internal/unexpected":
      return 500;
    case "rpc/rejected":
    case "rpc/chain-mismatch":
    case "transaction/nonce-too-low":
    case "transaction/nonce-gap":
    case "transaction/already-known":
    case "transaction/underpriced":
    case "transaction/insufficient-funds":
      return 502;
    case "clock/not-available":
    case "round/failed":
    case "rpc/unavailable":
    case "queue/unavailable":
    case "database/unavailable":
      return 503;
  }
}
