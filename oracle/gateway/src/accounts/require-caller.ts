import { ChronoError } from "@chronoledger/core";
import type { Caller } from "../http/authenticate.ts";

/** @throws internal/unexpected on a route that lets in requests without a key. */
export function requireCaller(caller: Caller | undefined): Caller {
  if (caller === undefined) throw new ChronoError("internal/unexpected", { reason: "a route without a key" });
  return caller;
}
