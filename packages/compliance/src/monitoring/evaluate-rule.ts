import { ChronoError } from "@chronoledger/core";
import type { Evaluation, MonitoringEvidence, MonitoringRule, RuleState } from "./monitoring-rule.ts";
export const evaluateRule = (
  _rule: MonitoringRule,
  _evidence: MonitoringEvidence,
  _previous?: RuleState,
): Evaluation => {
  throw new ChronoError("internal/unexpected");
};
