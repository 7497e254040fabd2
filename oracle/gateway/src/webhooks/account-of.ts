import { ChronoError } from "@chronoledger/core";
import type { Caller } from "../http/authenticate.ts";

/** Of a route that only keys may call. @throws auth/refused */
export function accountOf(caller: Caller | undefined): string {
  if (caller === undefined) throw new ChronoError("auth/refused", {}, { remedy: "an API key is needed" });
  return caller.accountId;
}
