import {
  type DurationNs,
  hexToBytes,
  isChronoError,
  type Kind,
  type NodeSet,
  type Statement,
  type TaiNs,
} from "@chronoledger/core";
import setsFile from "./node-sets.json" with { type: "json" };

export const fromHex = (text: string): Uint8Array => hexToBytes(text.slice(2));

/** The sets that certificates and proofs name by index. */
export const NODE_SETS: readonly NodeSet[] = setsFile.sets.map((set) => ({
  networkId: set.networkId,
  epoch: set.epoch,
  keys: set.keys.map(fromHex),
  f: set.f,
  validFrom: BigInt(set.validFromTaiNs) as TaiNs,
  validUntil: BigInt(set.validUntilTaiNs) as TaiNs,
  evidence: set.evidence.map(fromHex),
  policy: {
    policyId: set.policyId,
    maxUncertainty: BigInt(set.maxUncertaintyNs) as DurationNs,
    maxLead: BigInt(set.maxLeadNs) as DurationNs,
    allowTest: set.allowTest,
  },
}));

export function nodeSet(index: number): NodeSet {
  const set = NODE_SETS[index];
  if (set === undefined) throw new Error(`the vectors have no set ${index}`);
  return set;
}

/** The fields of a statement as `statements.json` writes them. */
export type StatementJson = {
  kind: number;
  flags: number;
  taiMinusUtc: number;
  networkId: number;
  epoch: number;
  policyId: number;
  timeTaiNs: string;
  uncertaintyNs: string;
  sequence: string;
  previousTimeTaiNs: string;
  imprint: string;
  link: string;
  anchor: string;
};

export const toStatement = (json: StatementJson): Statement => ({
  kind: json.kind as Kind,
  flags: json.flags,
  taiMinusUtc: json.taiMinusUtc,
  networkId: json.networkId,
  epoch: json.epoch,
  policyId: json.policyId,
  time: BigInt(json.timeTaiNs) as TaiNs,
  uncertainty: BigInt(json.uncertaintyNs) as DurationNs,
  sequence: BigInt(json.sequence),
  previousTime: BigInt(json.previousTimeTaiNs) as TaiNs,
  imprint: fromHex(json.imprint),
  link: fromHex(json.link),
  anchor: fromHex(json.anchor),
});

/** "accepted", or the code of the error. Anything but a ChronoError goes on up: no input may cause one. */
export function verdictOf(attempt: () => unknown): string {
  try {
    attempt();
    return "accepted";
  } catch (error) {
    if (isChronoError(error)) return error.code;
    throw error;
  }
}
