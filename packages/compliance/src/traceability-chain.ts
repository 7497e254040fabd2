import { U64 } from "@chronoledger/core";
import * as z from "zod";
import { plainText } from "./text.ts";

/**
 * One comparison in the chain from a clock to UTC. Only measurement results are traceable, not devices (NIST policy on
 * metrological traceability), so a hop without evidence breaks the chain.
 */
export const ChainHop = z.strictObject({
  clock: plainText(100),
  /** What the clock was compared with; the next hop's clock, or at the end a realisation such as "UTC(PTB)". */
  reference: plainText(100),
  method: plainText(200),
  uncertaintyNs: U64,
  /** Id of the calibration certificate or of the measurement record; null when there is none. */
  evidence: plainText(200).nullable(),
});
export type ChainHop = z.infer<typeof ChainHop>;
export const TraceabilityChain = z.array(ChainHop).max(20);
export type TraceabilityChain = z.infer<typeof TraceabilityChain>;

/** The label for times whose chain ends nowhere that the International Bureau of Weights and Measures lists. */
export const OWN_LABEL = "UTC(CHRONO)";
export const ChainAssessment = z.strictObject({
  /** "UTC(k)" when the chain ends there, else {@link OWN_LABEL}. */
  label: plainText(20),
  /** Laboratory acronym k, or null. */
  laboratory: plainText(10).nullable(),
  /** Sum over the hops: an upper bound, also when their errors are not independent. */
  totalUncertaintyNs: U64,
  /** Why the chain does not end at UTC(k). Empty when it does. */
  gaps: z.array(plainText(300)),
});
export type ChainAssessment = z.infer<typeof ChainAssessment>;

/**
 * Where a chain really ends. UTC(k) is named only when every hop has evidence, each hop's reference is the next hop's clock,
 * the last reference is UTC(k), and nothing in it carries the test flag.
 */
export function assessChain(chain: TraceabilityChain, test: boolean): ChainAssessment {
  const gaps: string[] = [];
  if (test) gaps.push("The test flag is set: a key or a clock is not rooted in hardware.");
  if (chain.length === 0) gaps.push("No comparison with a reference is given.");
  for (const [index, hop] of chain.entries()) {
    if (hop.evidence === null) gaps.push(`No evidence for the comparison of ${hop.clock} with ${hop.reference}.`);
    const next = chain[index + 1];
    if (next !== undefined && next.clock !== hop.reference)
      gaps.push(`The chain breaks between ${hop.reference} and ${next.clock}.`);
  }
  const end = chain.at(-1)?.reference;
  const laboratory = end === undefined ? undefined : /^UTC\(([A-Z]{2,8})\)$/.exec(end)?.[1];
  if (end !== undefined && (laboratory === undefined || end === OWN_LABEL))
    gaps.push(`The chain ends at ${end}, which is no UTC(k) of a listed laboratory.`);
  const reached = gaps.length === 0 ? (laboratory ?? null) : null;
  return {
    label: reached === null ? OWN_LABEL : `UTC(${reached})`,
    laboratory: reached,
    totalUncertaintyNs: chain.reduce((sum, hop) => sum + hop.uncertaintyNs, 0n),
    gaps,
  };
}
