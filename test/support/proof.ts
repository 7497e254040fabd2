import { directionBits, encodeLeaf, leafHash, nodeHash, sha256, type TaiNs } from "@chronoledger/core";
import { toBytes, toHex } from "viem";
import type { Quorum } from "./quorum.ts";

const TAI_MINUS_UTC_NS = 37_000_000_000n;

/** A leaf so many levels deep, and the certificate over its root. */
export function makeProof(quorum: Quorum, nowS: bigint, depth: number) {
  const time = (nowS * 1_000_000_000n + TAI_MINUS_UTC_NS) as TaiNs;
  const leaf = encodeLeaf({
    time: (time - 1_000_000n) as TaiNs,
    uncertainty: 1_000n as never,
    serial: 1n,
    policyId: 3,
    flags: 8,
    imprint: sha256(toBytes("data")),
    context: sha256(toBytes("context")),
  });
  const path = Array.from({ length: depth }, (_, i) => sha256(toBytes(`sibling ${i}`)));
  const directions = path.map((_, i) => (0b1010010111 >> i) % 2 === 1);
  const imprint = path.reduce(
    (hash, sibling, i) => (directions[i] ? nodeHash(sibling, hash) : nodeHash(hash, sibling)),
    leafHash(leaf),
  );
  const nodes = quorum.set.keys.map((_, i) => i).slice(quorum.set.f);
  const certificate = quorum.certify({ time, sequence: 9_000_000n, imprint }, nodes);
  const word = (i: number) => toHex(leaf.subarray(32 * i, 32 * i + 32));
  return {
    certificate,
    inclusion: {
      leaf: [word(0), word(1), word(2)] as const,
      directions: directionBits(directions),
      path: path.map((hash) => toHex(hash)),
    },
  };
}
