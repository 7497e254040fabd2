import { REGISTRY_ADDRESS } from "@chronoledger/bindings";
import { concatBytes, FLAG, KNOWN_FLAGS, type NodeSet, quorumThreshold, STATEMENT_DOMAIN } from "@chronoledger/core";
import { bytesToHex, concatHex, type Hex } from "viem";

/** Instructions before the set, around the registry's address: it alone may store limits, which anybody reads. */
const PREFIX = ["0x3373", "0x183615176022575f355f55005b5f545f5260205ff3"] as const;

/**
 * The code at a node set's address, as contracts/libraries/NodeSetCode.sol and NodeSetLib.sol lay it out: what an existing epoch is compared with.
 * @param maxAheadMs how far a certificate may lie ahead of `block.timestamp`.
 */
export function nodeSetCode(set: NodeSet, maxAheadMs: number): Hex {
  const head = new Uint8Array(64);
  const view = new DataView(head.buffer);
  for (let i = 0; i < 16; i++) head[i] = STATEMENT_DOMAIN.charCodeAt(i);
  view.setUint8(16, 2);
  view.setUint32(20, set.networkId);
  view.setUint32(24, set.epoch);
  view.setUint32(28, set.policy.policyId);
  view.setUint8(32, quorumThreshold(set.keys.length, set.f));
  view.setUint8(33, set.keys.length);
  view.setUint8(34, set.f);
  view.setUint8(35, set.policy.allowTest ? KNOWN_FLAGS : KNOWN_FLAGS & ~FLAG.test);
  view.setUint32(36, maxAheadMs);
  view.setBigUint64(40, set.policy.maxUncertainty);
  view.setBigUint64(48, set.validFrom);
  view.setBigUint64(56, set.validUntil);
  return concatHex([
    PREFIX[0],
    REGISTRY_ADDRESS.toLowerCase() as Hex,
    PREFIX[1],
    bytesToHex(concatBytes(head, ...set.keys)),
  ]);
}
