import type { ClockStatistics, TraceabilityChain } from "@chronoledger/compliance";
import { isZero, type NodeSet, NS_PER_S } from "@chronoledger/core";
import { FRESH_NS } from "../stamps/arrival-interval.ts";
import type { TraceableTo } from "./compliance-stamp.ts";
import { keyIdOf } from "./observation-row.ts";

/** What a node last said of itself in the period; undefined when it was never seen. */
export type LastSeen = { readonly source: string; readonly test: boolean };

const UNKNOWN = "not recorded by the gateway";
const STAMPING_POINT = `In the gateway, when a request has been read and checked and before its leaf is hashed: the interval on which the nodes' readings agree, carried on by the monotonic clock for at most ${FRESH_NS / NS_PER_S} s. The nodes sign the certificate's own instant.`;

/**
 * The chain as far as it is known: what the node says disciplines it, and what it states as its uncertainty. Beyond that there is
 * the operator's word alone, and none for a node with the test flag.
 */
export function chainOf(
  node: number,
  seen: LastSeen | undefined,
  known: { readonly uncertaintyNs: bigint | null; readonly traceable: TraceableTo },
): TraceabilityChain {
  const { uncertaintyNs, traceable } = known;
  if (seen === undefined || uncertaintyNs === null || seen.source === "none") return [];
  const declared = traceable !== "none" && !seen.test;
  return [
    {
      clock: `node ${node}`,
      reference: declared ? traceable : seen.source,
      method: declared
        ? `By its source ${seen.source}, as the node states it; the comparisons are documented by the operator`.slice(
            0,
            200,
          )
        : "As the node states it; the gateway measured no comparison",
      uncertaintyNs,
      evidence: declared ? "Declaration of the gateway's operator (GATEWAY_TRACEABLE_TO)" : null,
    },
  ];
}

/** Every node of the set, with what the gateway knows of it and not more. */
export const clockInventory = (
  set: NodeSet,
  statistics: ClockStatistics,
  of: { readonly seen: ReadonlyMap<number, LastSeen>; readonly traceable: TraceableTo },
) =>
  set.keys.map((key, node) => {
    const seen = of.seen.get(node);
    const test = set.policy.allowTest || seen?.test === true;
    const uncertaintyNs = statistics.overall.find((row) => row.node === node)?.maxUncertaintyNs ?? null;
    const evidence = set.evidence[node];
    return {
      id: `node-${node}`,
      node,
      operator: UNKNOWN,
      location: UNKNOWN,
      device: UNKNOWN,
      source: seen?.source ?? "not observed in the period",
      stampingPoint: STAMPING_POINT,
      keyId: keyIdOf(key),
      // The set names the digest of the evidence; the gateway has not looked into the evidence itself.
      keyProtection:
        test || evidence === undefined || isZero(evidence) ? ("software" as const) : ("hardware-unattested" as const),
      test,
      chain: chainOf(node, seen === undefined ? undefined : { ...seen, test }, {
        uncertaintyNs,
        traceable: of.traceable,
      }),
    };
  });
