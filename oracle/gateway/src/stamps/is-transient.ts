import { isChronoError } from "@chronoledger/core";

/** Classes of SQLSTATE for a database that is away, busy or in conflict: the same transaction may pass later. */
const TRANSIENT = /^(08|40|53|55|57|58)/;
/** Node's own codes may have five letters too, such as EPIPE. */
const SQLSTATE = /^(?!E[A-Z])[0-9A-Z]{5}$/;

/** Whether what a transaction failed of may pass by itself. Errors of the connection have no SQLSTATE. */
export function isTransient(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (isChronoError(at)) return at.code === "database/unavailable";
    const { code } = at as { code?: unknown };
    if (typeof code === "string" && SQLSTATE.test(code)) return TRANSIENT.test(code);
  }
  return true;
}
