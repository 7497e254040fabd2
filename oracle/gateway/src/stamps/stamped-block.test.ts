import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import {
  type DurationNs,
  type HashFunction,
  hashLeaves,
  MerkleTree,
  openBatch,
  type TaiNs,
  toUtc,
  verifyProof,
} from "@chronoledger/core";
import { Stamp, StampBatch } from "@chronoledger/core/gateway";
import { opensslSha256 } from "@chronoledger/service";
import * as fc from "fast-check";
import * as z from "zod";
import { certificateBytes } from "../../../../test/support/certificate-bytes.ts";
import { holds } from "../../../../test/support/property.ts";
import { newQuorum } from "../../../../test/support/quorum.ts";
import { openCertifiedLeaves } from "./certified-leaves.ts";
import { LeafWriter } from "./leaf-writer.ts";
import { stampedBlock } from "./stamped-block.ts";

const TIME = 1_800_000_037_123_456_789n as TaiNs;
const quorum = newQuorum({ n: 4 });
const writer = new LeafWriter();
const fields = { time: TIME, uncertainty: 77n as DurationNs, policyId: quorum.set.policy.policyId, flags: 8 };

/** This gateway's leaves [from, to) in a tree of `size`. */
function certified(size: number, from: number, to: number, at = TIME + 5n) {
  const all = writer.write({ count: size }, fields);
  const tree = new MerkleTree(hashLeaves(all, opensslSha256), opensslSha256 as HashFunction);
  const certificate = certificateBytes(quorum.certify({ time: at as TaiNs, sequence: 9n, imprint: tree.root }));
  const leaves = all.subarray(from * 96, to * 96);
  return openCertifiedLeaves({ leaves, firstIndex: from, size, complement: tree.complement(from, to), certificate });
}

const place = (firstIndex: number, count: number) => ({
  ...{ accountId: "ac_x", firstIndex, count, replayed: false, precision: "ns" as const },
  timeUtc: toUtc(TIME, 37),
});

const range = fc
  .integer({ min: 1, max: 40 })
  .chain((size) => fc.tuple(fc.constant(size), fc.nat(size - 1), fc.nat(size - 1), fc.nat(size - 1), fc.nat(size - 1)))
  .map(([size, ...edges]) => {
    const [from = 0, low = 0, high = 0, to = 0] = edges.sort((a, b) => a - b);
    return { size, from, to: to + 1, low, high: high + 1 };
  });

describe("a request's part of the certified leaves", () => {
  it("gives proofs and a batch that verify offline, wherever it lies in the block and the tree", () => {
    holds(
      fc.property(range, ({ size, from, to, low, high }) => {
        const block = stampedBlock(certified(size, from, to), place(low, high - low), false);
        const opened = openBatch(z.decode(StampBatch, JSON.parse(block.toBatchText()) as never));
        assert.equal(opened.count, high - low);
        for (let i = 0; i < opened.count; i++) {
          verifyProof(block.proof(i), quorum.set);
          assert.deepEqual(opened.proof(i), block.proof(i));
        }
      }),
      { numRuns: 60 },
    );
  });

  it("says the same as text and by the schema", () => {
    holds(
      fc.property(range, fc.boolean(), ({ size, from, to, low, high }, traceable) => {
        const block = stampedBlock(certified(size, from, to), place(low, high - low), traceable);
        assert.deepEqual(JSON.parse(block.toBatchText()), z.encode(StampBatch, block.toBatch()));
        for (let i = 0; i < high - low; i++)
          assert.deepEqual(JSON.parse(block.toStampText(i)), z.encode(Stamp, block.toStamp(i)));
      }),
      { numRuns: 60 },
    );
  });

  it("never claims NIST for a stamp with the test flag", () => {
    assert.equal(stampedBlock(certified(1, 0, 1), place(0, 1), true).toStamp().nistCompliant, false);
  });

  it("knows no leaf but its own", () => {
    const block = stampedBlock(certified(8, 2, 6), place(3, 2), false);
    for (const index of [-1, 2, 0.5]) assert.throws(() => block.toStamp(index), RangeError);
  });
});

describe("certified leaves", () => {
  it("are refused when they lead elsewhere, or lie after their certificate", () => {
    const good = certified(5, 1, 4);
    const leaves = Uint8Array.from(good.leaves);
    leaves[40] = (leaves[40] ?? 0) ^ 1;
    assert.throws(() => openCertifiedLeaves({ ...good, leaves }), { code: "proof/path" });
    assert.throws(() => openCertifiedLeaves({ ...good, firstIndex: 2 }));
    assert.throws(() => certified(5, 1, 4, TIME - 1n), { code: "proof/leaf-after-certificate" });
  });
});

describe("the leaf writer", () => {
  it("never writes one serial twice, and draws different imprints", () => {
    const leaves = Buffer.concat([writer.write({ count: 100 }, fields), writer.write({ count: 100 }, fields)]);
    const of = (from: number, to: number) =>
      new Set(Array.from({ length: 200 }, (_, i) => leaves.subarray(i * 96 + from, i * 96 + to).toString("hex")));
    assert.deepEqual([of(16, 24).size, of(32, 64).size], [200, 200]);
  });

  it("refuses an imprint or a context of another length", () => {
    for (const [imprint, context] of [
      [randomBytes(31), randomBytes(32)],
      [randomBytes(32), randomBytes(33)],
    ] as const)
      assert.throws(() => writer.write([{ imprint, context }], fields), { code: "input/malformed" });
  });
});
