import assert from "node:assert/strict";
import { toBase64Url } from "../bytes.ts";
import { CosignRequest, CosignResponse } from "./node-api.ts";

const bytes = (length: number): string => toBase64Url(new Uint8Array(length).fill(7));

describe("co-signing messages", () => {
  const request = { statement: bytes(160), lastCertificate: null, anchors: [bytes(32)] };

  it("a request comes back", () => {
    const decoded = CosignRequest.decode({ ...request, lastCertificate: bytes(356) });
    assert.equal(decoded.statement.length, 160);
    assert.equal(decoded.lastCertificate?.length, 356);
    assert.deepEqual(CosignRequest.encode(decoded), { ...request, lastCertificate: bytes(356) });
  });

  const wrong: [string, object][] = [
    ["a statement of 159 bytes", { statement: bytes(159) }],
    ["a statement of 161 bytes", { statement: bytes(161) }],
    ["a certificate too large for any set", { lastCertificate: bytes(4_097) }],
    ["no anchors", { anchors: [] }],
    ["33 anchors", { anchors: Array.from({ length: 33 }, () => bytes(32)) }],
    ["an anchor of 31 bytes", { anchors: [bytes(31)] }],
    ["an unknown member", { more: true }],
    ["no certificate member", { lastCertificate: undefined }],
  ];
  for (const [name, change] of wrong)
    it(`refuses ${name}`, () =>
      assert.equal(CosignRequest.safeDecode({ ...request, ...change } as never).success, false));

  it("an answer names a node and one signature", () => {
    assert.equal(CosignResponse.safeDecode({ signature: bytes(64), index: 31 }).success, true);
    assert.equal(CosignResponse.safeDecode({ signature: bytes(63), index: 0 }).success, false);
    assert.equal(CosignResponse.safeDecode({ signature: bytes(64), index: 32 }).success, false);
  });
});
