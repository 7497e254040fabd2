import {
  ChronoError,
  type ErrorCode,
  encodeCertificate,
  isChronoError,
  type NodeSet,
  quorumThreshold,
  toBase64Url,
} from "@chronoledger/core";
import { type Evidence, verifyByOpenSsl } from "@chronoledger/service";
import type { NodeTracker } from "./node-tracker.ts";
import type { RoundPlan } from "./plan-round.ts";

export type RoundOptions = {
  readonly set: NodeSet;
  readonly nodes: readonly NodeTracker[];
  readonly plan: RoundPlan;
  /** How long nodes will wait for the instant, in nanoseconds. */
  readonly planned: bigint;
  readonly timeoutMs: number;
  readonly keepEvidence: (evidence: Evidence) => void;
};

/** Reasons that say: somebody else was faster. */
const CONFLICTS: readonly ErrorCode[] = ["statement/sequence", "statement/span", "statement/link"];

/**
 * Sends the statement to every node and takes the first k valid signatures. Nodes that have not answered by then are not waited for.
 * @returns the encoded certificate.
 * @throws round/conflict when it failed because of another aggregator's round, round/failed otherwise, as soon as k cannot be reached
 */
export function runRound(options: RoundOptions): Promise<Uint8Array> {
  const { set, nodes, plan, planned, timeoutMs } = options;
  const need = quorumThreshold(set.keys.length, set.f);
  const signatures = new Map<number, Uint8Array>();
  const refusals = new Map<number, ErrorCode>();
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      if (signatures.size >= need) resolve(assemble(plan, signatures, need));
      else if (nodes.length - refusals.size < need) reject(failure(signatures.size, need, refusals));
    };
    for (const node of nodes)
      void node.cosign(plan.request, planned, timeoutMs).then(
        (signature) => {
          if (isValid(node, signature, options)) signatures.set(node.index, signature);
          else refusals.set(node.index, "certificate/signature");
          settle();
        },
        (error: unknown) => {
          refusals.set(node.index, isChronoError(error) ? error.code : "internal/unexpected");
          settle();
        },
      );
  });
}

function isValid(node: NodeTracker, signature: Uint8Array, { set, plan, keepEvidence }: RoundOptions): boolean {
  const { statement } = plan.request;
  const key = set.keys[node.index];
  if (key !== undefined && verifyByOpenSsl(statement, signature, key)) return true;
  node.markFaulty("its signature does not verify");
  keepEvidence({
    fault: "bad-signature",
    node: node.index,
    statement: toBase64Url(statement),
    signature: toBase64Url(signature),
  });
  return false;
}

function assemble(plan: RoundPlan, signatures: ReadonlyMap<number, Uint8Array>, need: number): Uint8Array {
  const chosen = [...signatures].slice(0, need).sort(([a], [b]) => a - b);
  return encodeCertificate({
    statement: plan.request.statement,
    signers: chosen.map(([index]) => index),
    signatures: chosen.map(([, signature]) => signature),
  });
}

function failure(signed: number, need: number, refusals: ReadonlyMap<number, ErrorCode>): ChronoError {
  const reasons = [...refusals]
    .sort(([a], [b]) => a - b)
    .map(([index, code]) => `node ${index} ${code === "process/failed" ? "no answer" : code}`)
    .join("; ");
  const conflict = [...refusals.values()].some((code) => CONFLICTS.includes(code));
  return new ChronoError(conflict ? "round/conflict" : "round/failed", { signed, need, reasons });
}
