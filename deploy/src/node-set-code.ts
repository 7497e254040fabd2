import { concatBytes, FLAG, KNOWN_FLAGS, type NodeSet, quorumThreshold, STATEMENT_DOMAIN } from "@chronoledger/core";
import { bytesToHex, type Hex } from "viem";

/**
 * The code at a node set's address, as contracts/libraries/NodeSetLib.sol lays it out: what an existing epoch is compared with.
 * @param maxAheadMs how far a certificate may lie ahead of `block.timestamp`.
 */
export function nodeSetCode(set: NodeSet, maxAheadMs: number): Hex {
  const head = new Uint8Array(65);
  const view = new DataView(head.buffer);
  for (let i = 0; i < 16; i++) head[1 + i] = STATEMENT_DOMAIN.charCodeAt(i);
  view.setUint8(17, 2);
  view.setUint32(21, set.networkId);
  view.setUint32(25, set.epoch);
  view.setUint32(29, set.policy.policyId);
  view.setUint8(33, quorumThreshold(set.keys.length, set.f));
  view.setUint8(34, set.keys.length);
  view.setUint8(35, set.f);
  view.setUint8(36, set.policy.allowTest ? KNOWN_FLAGS : KNOWN_FLAGS & ~FLAG.test);
  view.setUint32(37, maxAheadMs);
  view.setBigUint64(41, set.policy.maxUncertainty);
  view.setBigUint64(49, set.validFrom);
  view.setBigUint64(57, set.validUntil);
  return bytesToHex(concatBytes(head, ...set.keys));
}
