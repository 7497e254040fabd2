import assert from "node:assert/strict";
import { concatBytes, isChronoError } from "@chronoledger/core";
import { edited, fourNodes, IMPRINT, newToken, newTsa, type Tsa } from "../../../test/support/rfc3161-rig.ts";
import {
  contextTag,
  type DerNode,
  derNull,
  integer,
  octetString,
  oid,
  readDer,
  sequence,
  setOf,
  TAG,
  tlv,
  utf8String,
} from "./der.ts";
import { OID } from "./object-identifiers.ts";
import { parseToken } from "./parse-token.ts";
import { verifyToken } from "./verify-token.ts";

const DATA = [1, 0];
const SIGNER = [...DATA, 4, 0];
const ATTRIBUTES = [...SIGNER, 3];
const SIGNATURE = [...SIGNER, 5];
const SIGNING_TIME = "1.2.840.113549.1.9.5";
const SHA1 = sequence(oid("1.3.14.3.2.26"));

describe("a token as it reads", () => {
  let tsa: Tsa;
  let token: Uint8Array;
  before(async () => {
    tsa = await newTsa();
    token = await newToken(fourNodes(), tsa);
  });
  const refuses = (path: readonly number[], change: (node: DerNode) => readonly Uint8Array[], reason: RegExp): void => {
    const der = edited(token, path, change);
    assert.throws(
      () => parseToken(der),
      (error) => {
        assert.ok(isChronoError(error), String(error));
        assert.equal(error.code, "proof/malformed");
        assert.match(String(error.details.reason), reason);
        return true;
      },
    );
  };
  /** The attributes changed, and signed anew with the right key. */
  const resigned = async (
    path: readonly number[],
    change: (node: DerNode) => readonly Uint8Array[],
  ): Promise<Uint8Array> => {
    const changed = edited(token, [...ATTRIBUTES, ...path], change);
    let attributes = new Uint8Array(0);
    edited(changed, ATTRIBUTES, (node) => {
      attributes = Uint8Array.from(node.raw);
      return [node.raw];
    });
    attributes[0] = TAG.set;
    const signature = await tsa.sign(attributes);
    return edited(changed, SIGNATURE, () => [octetString(signature)]);
  };
  const verify = (der: Uint8Array) =>
    verifyToken(der, { imprint: IMPRINT, trust: { tsaCertificate: tsa.certificate } });
  const twice = (node: DerNode) => [node.raw, node.raw];

  it("has no member too many, too few, or of another kind, at any place of the envelope", () => {
    refuses([0], () => [oid("1.2.840.113549.1.7.1")], /not SignedData/);
    refuses([1], twice, /ContentInfo/);
    refuses(DATA, twice, /content/);
    refuses([...DATA, 0], () => [integer(1n)], /SignedData version/);
    refuses([...DATA, 1, 0], () => [SHA1], /not SHA-256/);
    refuses([...DATA, 1, 0], twice, /digestAlgorithms/);
    refuses([...DATA, 2, 0], () => [oid("1.2.840.113549.1.7.1")], /not TSTInfo/);
    refuses([...DATA, 2, 1], () => [], /encapContentInfo/);
    refuses([...DATA, 2, 1], twice, /encapContentInfo/);
    refuses([...DATA, 2, 1, 0], () => [derNull], /eContent/);
    refuses([...DATA, 4], (node) => [tlv(contextTag(1), derNull), node.raw], /SignedData/);
    refuses([...DATA, 4], twice, /SignedData/);
    refuses([...DATA, 4, 0], twice, /signerInfos/);
    refuses([...DATA, 4, 0], () => [], /signerInfos/);
  });

  it("has one kind of signer: by issuer and serial number, ECDSA over SHA-256", () => {
    refuses([...SIGNER, 0], () => [integer(3n)], /SignerInfo version/);
    refuses([...SIGNER, 1], () => [tlv(0x80, new Uint8Array(20))], /SignerInfo/);
    refuses([...SIGNER, 1, 1], twice, /IssuerAndSerialNumber/);
    refuses([...SIGNER, 2], () => [SHA1], /not ECDSA over SHA-256/);
    refuses([...SIGNER, 4], () => [sequence(oid("1.2.840.10045.4.3.4"))], /not ECDSA over SHA-256/);
    refuses([...SIGNER, 4], () => [sequence(oid(OID.ecdsaWithSha256), derNull)], /not ECDSA over SHA-256/);
    refuses(SIGNATURE, twice, /SignerInfo/);
    refuses(SIGNATURE, () => [octetString(new Uint8Array(64))], /./);
  });

  it("has each signed attribute once, with one value", () => {
    const { children } = readDer(token, token.length);
    assert.equal(children.length, 2);
    for (const at of [0, 1, 2]) {
      refuses([...ATTRIBUTES, at], () => [], /attribute missing/);
      refuses([...ATTRIBUTES, at], twice, /twice/);
      refuses([...ATTRIBUTES, at, 1, 0], () => [], /attribute empty/);
      refuses([...ATTRIBUTES, at, 1, 0], twice, /attribute missing/);
      refuses([...ATTRIBUTES, at, 1], twice, /Attribute/);
    }
    refuses([...ATTRIBUTES, 0, 1, 0], () => [oid("1.2.840.113549.1.7.1")], /contentType/);
    refuses([...ATTRIBUTES, 1, 1, 0], () => [utf8String("no digest")], /messageDigest/);
  });

  it("names its certificate by SHA-256 alone", () => {
    const ess = [...ATTRIBUTES, 2, 1, 0, 0, 0];
    refuses([...ess, 0], () => [octetString(new Uint8Array(20))], /ESSCertIDv2 is not over SHA-256/);
    refuses([...ess, 0], (node) => [SHA1, node.raw], /ESSCertIDv2 is not over SHA-256/);
    refuses(ess, () => [], /SigningCertificateV2/);
    refuses([...ess, 1], twice, /ESSCertIDv2/);
    refuses([...ess, 1, 1], twice, /IssuerSerial/);
    refuses([...ess, 1, 0, 0], twice, /GeneralNames/);
  });

  it("verifies with what other authorities write: a signing time, the default hash, no issuer, unsigned attributes", async () => {
    const ess = [2, 1, 0, 0, 0];
    const time = sequence(oid(SIGNING_TIME), setOf(tlv(TAG.utcTime, new TextEncoder().encode("261125155400Z"))));
    verify(await resigned([1], (node) => [time, node.raw]));
    verify(await resigned([...ess, 0], (node) => [sequence(oid(OID.sha256)), node.raw]));
    verify(await resigned([...ess, 1], () => []));
    verify(edited(token, SIGNATURE, (node) => [node.raw, tlv(contextTag(1), time)]));
  });

  it("does not verify with another issuer or serial number in the signed hash, though it is signed", async () => {
    const ess = [2, 1, 0, 0, 0, 1];
    const refused = { code: "certificate/signature", message: /names in the token/ };
    const serial = await resigned([...ess, 1], () => [integer(8n)]);
    const issuer = await resigned([...ess, 0, 0, 0], () => [sequence()]);
    assert.throws(() => verify(serial), refused);
    assert.throws(() => verify(issuer), refused);
  });

  it("has a content that reads: version, imprint, serial number, time, name", () => {
    const inside = (path: readonly number[], change: (node: DerNode) => readonly Uint8Array[], reason: RegExp) =>
      refuses([...DATA, 2, 1, 0], (node) => [octetString(edited(Uint8Array.from(node.content), path, change))], reason);
    inside([0], () => [integer(2n)], /TSTInfo version/);
    inside([2, 0], () => [SHA1], /imprint is not of SHA-256/);
    inside([2, 1], () => [octetString(new Uint8Array(31))], /imprint is not of SHA-256/);
    for (const serial of [-1n, 1n << 160n]) inside([3], () => [integer(serial)], /serial number/);
    inside([4], () => [tlv(TAG.utcTime, new TextEncoder().encode("261125155400Z"))], /TSTInfo/);
    inside([4], () => [tlv(TAG.generalizedTime, new TextEncoder().encode("20261125155460Z"))], /time/);
    inside([5], twice, /TSTInfo/);
    inside([6], (node) => [tlv(contextTag(0)), node.raw], /tsa/);
    inside([6, 0, 0], () => [integer(1n)], /Extension/);
    refuses([...DATA, 2, 1, 0], (node) => [octetString(concatBytes(node.content, derNull))], /./);
  });

  it("keeps a copy: a caller that uses its buffer again changes nothing", () => {
    const buffer = Uint8Array.from(token);
    const read = parseToken(buffer);
    buffer.fill(0);
    assert.deepEqual(read, parseToken(token));
  });
});
