import assert from "node:assert/strict";
import { edited, newTsa, type Tsa } from "../../../test/support/rfc3161-rig.ts";
import { parseX509 } from "./certificate.ts";
import { bitString, contextTag, type DerNode, integer, oid, sequence, tlv } from "./der.ts";
import { OID } from "./object-identifiers.ts";

const TBS = [0];
const KEY = [0, 6];
const EXTENSIONS = [0, 7];

describe("a certificate as it reads", () => {
  let tsa: Tsa;
  before(async () => {
    tsa = await newTsa();
  });
  const refuses = (path: readonly number[], change: (node: DerNode) => readonly Uint8Array[]): void => {
    const der = edited(tsa.certificate, path, change);
    assert.throws(() => parseX509(der), { code: "input/malformed" }, `at ${path.join(".")}`);
  };
  const twice = (node: DerNode) => [node.raw, node.raw];

  it("is of version 3, with one algorithm in both places", () => {
    refuses([...TBS, 0], () => [tlv(contextTag(0), integer(1n))]);
    refuses([...TBS, 0], () => []);
    refuses([...TBS, 2], () => [sequence(oid("1.2.840.10045.4.3.4"))]);
    refuses([1], () => [sequence(oid("1.2.840.10045.4.3.4"))]);
  });

  it("has no member too many or too few", () => {
    for (const path of [
      [0],
      [1],
      [2],
      [...TBS, 1],
      [...TBS, 4, 0],
      EXTENSIONS,
      [...EXTENSIONS, 0],
      [...EXTENSIONS, 0, 0],
    ]) {
      refuses(path, twice);
      if (path.at(-2) !== 0 || path.length < 4) refuses(path, () => []);
    }
  });

  it("has a key that is an uncompressed point of the curve, or is read as having none", () => {
    const [, ...point] = [4, ...tsa.publicKey];
    refuses([...KEY, 1], () => [bitString(Uint8Array.of(2, ...point))]);
    refuses([...KEY, 1], () => [bitString(Uint8Array.of(4, ...point.slice(1), 1))]);
    refuses([...KEY, 1], () => [bitString(Uint8Array.of(2, ...point.slice(0, 32)))]);
    for (const algorithm of [
      sequence(oid(OID.ecPublicKey), oid("1.3.132.0.34")),
      sequence(oid(OID.ecPublicKey)),
      sequence(oid("1.2.840.113549.1.1.1")),
    ])
      assert.equal(parseX509(edited(tsa.certificate, [...KEY, 0], () => [algorithm])).publicKey, undefined);
  });

  it("has no usable signature of another algorithm", () => {
    const other = () => [sequence(oid("1.2.840.10045.4.3.4"))];
    const der = edited(edited(tsa.certificate, [1], other), [...TBS, 2], other);
    assert.equal(parseX509(der).signature, undefined);
    assert.ok(parseX509(tsa.certificate).signature !== undefined);
  });

  it("is refused when cut anywhere, or followed by anything", () => {
    const der = tsa.certificate;
    for (let end = 0; end < der.length; end++)
      assert.throws(() => parseX509(der.subarray(0, end)), { code: "input/malformed" });
    assert.throws(() => parseX509(Uint8Array.of(...der, 0)), { code: "input/malformed" });
  });
});
