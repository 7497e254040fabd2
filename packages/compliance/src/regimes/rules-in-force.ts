import { ChronoError, type UnixNs } from "@chronoledger/core";
import type { ActivityClass, ClockRule, Regime } from "./clock-rule.ts";
export const rulesInForce = (_at: UnixNs): readonly ClockRule[] => {
  throw new ChronoError("internal/unexpected");
};
export const ruleInForce = (_regime: Regime, _of: ActivityClass, _at: UnixNs): ClockRule => {
  throw new ChronoError("internal/unexpected");
};
