import { NS_PER_MS } from "@chronoledger/core";
import type { ActivityClass, Regime } from "../regimes/clock-rule.ts";
import type { ComplianceAnswers, Role, SystemAnswers } from "./check-types.ts";

const MEMBER_CLASSES = [
  ["hft", "hft"],
  ["voice", "voice"],
  ["human-rfq", "voice"],
  ["negotiated", "voice"],
  ["other-trading", "other"],
] as const;

/** An unknown latency counts as fast: the stricter class, until the firm has measured. */
const isSlow = ({ gatewayLatencyP99Ns }: SystemAnswers): boolean =>
  gatewayLatencyP99Ns !== null && gatewayLatencyP99Ns > NS_PER_MS;
const isVoice = (system: SystemAnswers): boolean =>
  system.activities.length > 0 &&
  system.activities.every((activity) => activity === "voice" || activity === "human-rfq" || activity === "negotiated");

function mifidClasses(system: SystemAnswers, role: Role): readonly ActivityClass[] {
  switch (role) {
    case "trading-venue":
      // Article 12(2): a venue of voice, human request-for-quote or negotiated trades alone.
      return isVoice(system) ? ["voice"] : [isSlow(system) ? "venue-slow" : "venue-fast"];
    case "systematic-internaliser":
      return isVoice(system) ? ["voice"] : [isSlow(system) ? "si-slow" : "si-fast"];
    case "venue-member": {
      const found = MEMBER_CLASSES.filter(([activity]) => system.activities.includes(activity)).map(([, name]) => name);
      return found.length === 0 ? ["other"] : found;
    }
    case "dpe":
    case "apa":
    case "ctp":
      return [role];
    default:
      return [];
  }
}

function catClasses(system: SystemAnswers, role: Role): readonly ActivityClass[] {
  const manual: readonly ActivityClass[] = system.activities.includes("manual-orders") ? ["cat-manual"] : [];
  const onlyManual = manual.length === system.activities.length && manual.length > 0;
  if (role === "cat-industry-member") return onlyManual ? manual : ["cat-industry-member", ...manual];
  return role === "cat-participant" ? (onlyManual ? manual : ["cat-participant", ...manual]) : [];
}

/** Which regimes a system falls under, and as what; a class that the regime does not know at the time is left to the caller. */
export function classesOfSystem(
  system: SystemAnswers,
  jurisdictions: ComplianceAnswers["jurisdictions"],
): ReadonlyMap<Regime, readonly ActivityClass[]> {
  const found = new Map<Regime, Set<ActivityClass>>();
  const add = (regime: Regime, classes: readonly ActivityClass[]) => {
    for (const name of classes) found.set(regime, (found.get(regime) ?? new Set()).add(name));
  };
  for (const role of system.roles) {
    if (jurisdictions.includes("EU")) {
      add("mifid-eu", mifidClasses(system, role));
      if (role === "sft-counterparty") add("sftr", ["reporting"]);
      if (role === "derivative-counterparty") add("emir", ["reporting"]);
    }
    if (jurisdictions.includes("UK")) add("mifid-uk", mifidClasses(system, role));
    if (jurisdictions.includes("US")) add("cat", catClasses(system, role));
  }
  return new Map([...found].map(([regime, classes]) => [regime, [...classes]]));
}
