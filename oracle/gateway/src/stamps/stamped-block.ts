import {
  copyBytes,
  decodeLeaf,
  FLAG,
  LEAF_BYTES,
  NS_PER_S,
  proofToJson,
  type TemporalProof,
  toBase64Url,
  type UnixNs,
} from "@chronoledger/core";
import type { Stamp, StampBatch, Tier } from "@chronoledger/core/gateway";
import type { StampedBlock } from "../context.ts";
import type { CertifiedLeaves } from "./certified-leaves.ts";
import { batchId, stampId } from "./stamp-ids.ts";

/** Where a request's leaves lie, and what is not in them. */
export type BlockPlace = {
  readonly accountId: string;
  /** Of the request's first leaf in the tree. */
  readonly firstIndex: number;
  readonly count: number;
  readonly timeUtc: UnixNs;
  readonly precision: Tier["precision"];
  readonly replayed: boolean;
};

/**
 * A request's part of the certified leaves.
 * @param traceable whether the operator documented a chain of comparisons to UTC(NIST); a stamp with the test flag is never of it.
 */
export function stampedBlock(certified: CertifiedLeaves, place: BlockPlace, traceable: boolean): StampedBlock {
  const { statement, tree, size, certificate, certificateText } = certified;
  const { firstIndex, count, precision, timeUtc } = place;
  const start = (firstIndex - certified.firstIndex) * LEAF_BYTES;
  const leaves = certified.leaves.subarray(start, start + count * LEAF_BYTES);
  const { sequence, time: existedBeforeTaiNs } = statement;
  const leafBytes = (index: number): Uint8Array => {
    if (!Number.isInteger(index) || index < 0 || index >= count) throw new RangeError(`no leaf ${index} of ${count}`);
    return leaves.subarray(index * LEAF_BYTES, (index + 1) * LEAF_BYTES);
  };
  const first = decodeLeaf(leafBytes(0));
  const test = ((first.flags | statement.flags) & FLAG.test) !== 0;
  const shared = {
    timeTaiNs: first.time,
    uncertaintyNs: first.uncertainty,
    taiMinusUtc: Number((first.time - timeUtc) / NS_PER_S),
    timeUtcNs: timeUtc,
    precision,
    existedBeforeTaiNs,
    sequence,
    test,
    nistCompliant: traceable && !test,
  };
  const proof = (index = 0): TemporalProof => ({
    leaf: copyBytes(leafBytes(index)),
    index: firstIndex + index,
    size,
    path: tree.path(firstIndex + index),
    certificate,
  });

  const toStamp = (index = 0): Stamp => {
    const { imprint, context } = decodeLeaf(leafBytes(index));
    return { id: stampId(sequence, firstIndex + index), ...shared, imprint, context, proof: proofToJson(proof(index)) };
  };
  const toBatch = (): StampBatch => ({
    id: batchId(sequence, firstIndex, count),
    ...shared,
    count,
    firstIndex,
    size,
    leaves,
    complement: tree.complement(firstIndex, firstIndex + count),
    certificate,
  });

  const sharedText = (): string =>
    `"timeTaiNs":"${shared.timeTaiNs}","uncertaintyNs":"${shared.uncertaintyNs}","taiMinusUtc":${shared.taiMinusUtc},` +
    `"timeUtcNs":"${timeUtc}","precision":"${precision}","existedBeforeTaiNs":"${existedBeforeTaiNs}","sequence":"${sequence}",` +
    `"test":${test},"nistCompliant":${shared.nistCompliant}`;
  return {
    accountId: place.accountId,
    sequence,
    firstIndex,
    count,
    precision,
    replayed: place.replayed,
    toStamp,
    toBatch,
    proof,
    toStampText(index = 0) {
      const leaf = leafBytes(index);
      const at = firstIndex + index;
      const hashes = tree.path(at).map(toBase64Url);
      const path = hashes.length === 0 ? "" : `"${hashes.join('","')}"`;
      return (
        `{"id":"${stampId(sequence, at)}",${sharedText()},"imprint":"${toBase64Url(leaf.subarray(32, 64))}",` +
        `"context":"${toBase64Url(leaf.subarray(64))}","proof":{"version":1,"leaf":"${toBase64Url(leaf)}","index":${at},` +
        `"size":${size},"path":[${path}],"certificate":"${certificateText}"}}`
      );
    },
    toBatchText() {
      const complement = JSON.stringify(tree.complement(firstIndex, firstIndex + count).map(toBase64Url));
      return (
        `{"id":"${batchId(sequence, firstIndex, count)}",${sharedText()},"count":${count},"firstIndex":${firstIndex},"size":${size},` +
        `"leaves":"${toBase64Url(leaves)}","complement":${complement},"certificate":"${certificateText}"}`
      );
    },
  };
}
