import { ChronoError } from "@chronoledger/core";
import type { Tier } from "@chronoledger/core/gateway";
import { requireCaller } from "../accounts/require-caller.ts";
import type { Caller } from "../http/authenticate.ts";

/** Each includes those before it: stamps; then reports, rules and exports; then reports with proofs. */
const LEVELS: readonly Tier["compliance"][] = ["none", "basic", "full", "audit"];

/** @throws auth/forbidden naming the smallest tier that has it */
export function requireCompliance(
  given: Caller | undefined,
  level: Exclude<Tier["compliance"], "none">,
  tiers: ReadonlyMap<string, Tier>,
): Caller {
  const caller = requireCaller(given);
  const has = (tier: Tier) => LEVELS.indexOf(tier.compliance) >= LEVELS.indexOf(level);
  if (has(caller.tier)) return caller;
  const needed = [...tiers.values()].find(has)?.name ?? "larger";
  throw new ChronoError(
    "auth/forbidden",
    { tier: caller.tier.name, compliance: caller.tier.compliance, needed: level },
    { remedy: `the tier ${needed} has this` },
  );
}
