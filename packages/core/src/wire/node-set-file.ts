import * as z from "zod";
import { ChronoError } from "../errors.ts";
import { checkNodeSet, type NodeSet } from "../node-set.ts";
import type { DurationNs, TaiNs } from "../time.ts";
import { bytesCodec, Hash, U32, U64 } from "./json.ts";

/** JSON form of a node set: what nodes, aggregators, relayers and offline verifiers are given. */
export const NodeSetFile = z.strictObject({
  networkId: U32,
  epoch: U32,
  f: z.int().min(0).max(10),
  validFromTaiNs: U64,
  validUntilTaiNs: U64,
  keys: z.array(bytesCodec(64)).min(1).max(32),
  evidence: z.array(Hash).min(1).max(32),
  policy: z.strictObject({
    policyId: U32,
    maxUncertaintyNs: U64,
    maxLeadNs: U64,
    allowTest: z.boolean(),
  }),
});

/** @param value parsed JSON. @throws input/malformed, node-set/invalid */
export function parseNodeSet(value: unknown): NodeSet {
  const parsed = NodeSetFile.safeDecode(value as z.input<typeof NodeSetFile>);
  if (!parsed.success)
    throw new ChronoError("input/malformed", { what: "node set", reason: z.prettifyError(parsed.error) });
  const { networkId, epoch, f, keys, evidence, policy } = parsed.data;
  const set: NodeSet = {
    networkId,
    epoch,
    f,
    keys,
    evidence,
    validFrom: parsed.data.validFromTaiNs as TaiNs,
    validUntil: parsed.data.validUntilTaiNs as TaiNs,
    policy: {
      policyId: policy.policyId,
      maxUncertainty: policy.maxUncertaintyNs as DurationNs,
      maxLead: policy.maxLeadNs as DurationNs,
      allowTest: policy.allowTest,
    },
  };
  checkNodeSet(set);
  return set;
}

export const nodeSetToJson = (set: NodeSet): z.input<typeof NodeSetFile> =>
  NodeSetFile.encode({
    networkId: set.networkId,
    epoch: set.epoch,
    f: set.f,
    validFromTaiNs: set.validFrom,
    validUntilTaiNs: set.validUntil,
    keys: [...set.keys],
    evidence: [...set.evidence],
    policy: {
      policyId: set.policy.policyId,
      maxUncertaintyNs: set.policy.maxUncertainty,
      maxLeadNs: set.policy.maxLead,
      allowTest: set.policy.allowTest,
    },
  });
