import type { UnixNs } from "@chronoledger/core";
import type { FastifyReply } from "fastify";
import { monthEnd, monthOf, secondsUntil } from "../accounts/calendar-month.ts";
import type { Caller } from "./authenticate.ts";

/** What a charge left of a month's allowance. */
export type MonthQuota = { readonly used: number; readonly included: number };

/** A caller is one request's: what its charge left is told in its answer, and forgotten with it. */
const quotas = new WeakMap<Caller, MonthQuota>();

export const noteMonthQuota = (caller: Caller, quota: MonthQuota): void => void quotas.set(caller, quota);
export const monthQuotaOf = (caller: Caller): MonthQuota | undefined => quotas.get(caller);

/** Headers of draft-ietf-httpapi-ratelimit-headers-10. The policy has no window: calendar months differ in length. */
export function tellMonthQuota(reply: FastifyReply, { used, included }: MonthQuota, now: UnixNs): void {
  const seconds = secondsUntil(monthEnd(monthOf(now)), now);
  reply.header("RateLimit-Policy", `"month";q=${included}`);
  reply.header("RateLimit", `"month";r=${Math.max(0, included - used)};t=${seconds}`);
  if (reply.statusCode === 429) reply.header("Retry-After", String(seconds));
}
