import {
  ChronoError,
  decodeCertificate,
  decodeStatement,
  equalBytes,
  hashLeaves,
  LEAF_BYTES,
  type LeafBatch,
  MerkleTree,
  type Statement,
  toBase64Url,
} from "@chronoledger/core";
import { opensslSha256 } from "@chronoledger/service";

/** Leaves of one gateway and one round, which lead to its certificate. */
export type CertifiedLeaves = LeafBatch & {
  readonly tree: MerkleTree;
  readonly statement: Statement;
  /** base64url: it stands in each of the proofs. */
  readonly certificateText: string;
};

/**
 * Checks that the leaves lead to the certificate's imprint. That the certificate is valid is not asked here: what the aggregator
 * answers is verified first, and what is stored was, perhaps by the set of an earlier epoch.
 * @throws certificate/malformed, statement/malformed, proof/malformed, proof/path, proof/leaf-after-certificate
 */
export function openCertifiedLeaves(batch: LeafBatch): CertifiedLeaves {
  const { leaves, firstIndex, size, complement, certificate } = batch;
  const statement = decodeStatement(decodeCertificate(certificate).statement);
  const tree = new MerkleTree(hashLeaves(leaves, opensslSha256), opensslSha256, { from: firstIndex, size, complement });
  if (!equalBytes(tree.root, statement.imprint))
    throw new ChronoError("proof/path", { firstIndex, leaves: tree.to - tree.from, size });
  const view = new DataView(leaves.buffer, leaves.byteOffset, leaves.length);
  for (let at = 0; at < leaves.length; at += LEAF_BYTES)
    if (view.getBigUint64(at) > statement.time)
      throw new ChronoError("proof/leaf-after-certificate", { index: at / LEAF_BYTES });
  return { ...batch, tree, statement, certificateText: toBase64Url(certificate) };
}
