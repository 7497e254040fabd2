import assert from "node:assert/strict";
import type { UnixNs } from "@chronoledger/core";
import {
  certify,
  extension,
  fourNodes,
  GEN_TIME,
  IMPRINT,
  newToken,
  newTsa,
  OpensslRig,
  SIGNING,
  signInfo,
  stamped,
  TIME_STAMPING,
  type Tsa,
  tokenOptions,
} from "../../../test/support/rfc3161-rig.ts";
import { parseX509 } from "./certificate.ts";
import { refusalAsTsa } from "./certificate-profile.ts";
import { bitString, boolTrue, derNull, integer, oid, sequence } from "./der.ts";
import type { Extension } from "./extension.ts";
import { issueToken } from "./issue-token.ts";
import { OID } from "./object-identifiers.ts";
import { parseToken } from "./parse-token.ts";
import type { TstInfo } from "./tst-info.ts";
import { verifyToken } from "./verify-token.ts";

const CODE_SIGNING = "1.3.6.1.5.5.7.3.3";
const purposes = (names: readonly string[], critical = true) =>
  extension(OID.extendedKeyUsage, sequence(...names.map(oid)), critical);
const usage = (bits: number, unused: number) => extension(OID.keyUsage, bitString(Uint8Array.of(bits), unused));
const AUTHORITY = extension(OID.basicConstraints, sequence(boolTrue));
const quorum = fourNodes();

describe("a certificate for stamping", () => {
  let info: TstInfo;
  before(async () => {
    info = parseToken(await newToken(quorum, await newTsa())).info;
  });

  for (const [what, extensions, reason] of [
    ["without extended key usage", [SIGNING], /no extended key usage/],
    ["whose extended key usage is not critical", [SIGNING, purposes([OID.timeStamping], false)], /not critical/],
    ["with a second purpose", [SIGNING, purposes([OID.timeStamping, CODE_SIGNING])], /time-stamping alone/],
    ["with the purpose twice", [SIGNING, purposes([OID.timeStamping, OID.timeStamping])], /time-stamping alone/],
    ["with another purpose", [SIGNING, purposes([CODE_SIGNING])], /time-stamping alone/],
    ["that may also sign certificates", [usage(0x84, 2), TIME_STAMPING], /signing alone/],
    ["that may only agree on keys", [usage(0x08, 3), TIME_STAMPING], /signing alone/],
    ["that may be used for nothing", [usage(0, 0), TIME_STAMPING], /signing alone/],
    ["with an unknown critical extension", [SIGNING, TIME_STAMPING, extension("1.2.3.4", derNull)], /1\.2\.3\.4/],
  ] as readonly (readonly [string, readonly Extension[], RegExp])[])
    it(`is refused ${what}, by the issuer and by the verifier`, async () => {
      const tsa = await certify({ extensions });
      const trust = { tsaCertificate: tsa.certificate };
      const token = await signInfo(info, tsa);
      assert.throws(() => verifyToken(token, { imprint: IMPRINT, trust }), {
        code: "certificate/signature",
        message: reason,
      });
      await assert.rejects(issueToken(stamped(quorum), tokenOptions(tsa)), { code: "config/invalid", message: reason });
    });

  it("is accepted with the purpose alone, whatever else is not critical", async () => {
    const tsa = await certify({ extensions: [TIME_STAMPING, extension("1.2.3.4", derNull, false)] });
    verifyToken(await signInfo(info, tsa), { imprint: IMPRINT, trust: { tsaCertificate: tsa.certificate } });
  });

  it("is refused with a key of another curve or kind", () => {
    const openssl = new OpensslRig();
    try {
      for (const key of [
        ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
        ["-newkey", "rsa:2048"],
      ]) {
        const made = openssl.run(
          ...["req", "-x509", ...key, "-nodes", "-keyout", "key", "-subj", "/CN=Another key"],
          ...["-addext", "extendedKeyUsage=critical,timeStamping", "-outform", "DER", "-out", "certificate"],
        );
        assert.equal(made.status, 0, made.output);
        assert.match(refusalAsTsa(parseX509(openssl.read("certificate"))) ?? "", /not of P-256/);
      }
    } finally {
      openssl.close();
    }
  });

  describe("issued by an authority", () => {
    let root: Tsa;
    const issue = (issuer: { name: string; sign: Tsa["sign"] }) =>
      certify({ name: "TSA", extensions: [SIGNING, TIME_STAMPING], issuer });
    const verify = async (tsa: Tsa, issuer: Tsa) =>
      verifyToken(await signInfo(info, tsa), {
        imprint: IMPRINT,
        trust: { issuerCertificate: issuer.certificate },
      });
    before(async () => {
      root = await certify({ name: "Root", extensions: [AUTHORITY, usage(0x04, 2)] });
    });

    it("is accepted under it, when the token carries it", async () => {
      const tsa = await issue({ name: "Root", sign: root.sign });
      await verify(tsa, root);
      const bare = await signInfo(info, tsa, []);
      const trust = { issuerCertificate: root.certificate };
      assert.throws(() => verifyToken(bare, { imprint: IMPRINT, trust }), { message: /does not carry/ });
    });

    it("is refused when its issuer is another, no authority, over, or did not sign it", async () => {
      const rejects = (tsa: Tsa, issuer: Tsa, message: RegExp) =>
        assert.rejects(verify(tsa, issuer), { code: "certificate/signature", message });
      await rejects(await issue({ name: "Another", sign: root.sign }), root, /another issuer/);
      await rejects(await issue({ name: "Root", sign: (await newTsa()).sign }), root, /signature does not verify/);
      for (const [extensions, reason] of [
        [[extension(OID.basicConstraints, sequence())], /no authority/],
        [[SIGNING], /no authority/],
        [[AUTHORITY, SIGNING], /may not sign certificates/],
        [[AUTHORITY, extension("1.2.3.4", derNull)], /1\.2\.3\.4/],
      ] as const) {
        const authority = await certify({ name: "Root", extensions });
        await rejects(await issue({ name: "Root", sign: authority.sign }), authority, reason);
      }
      const notAfter = (GEN_TIME - 1n) as UnixNs;
      const over = await certify({ name: "Root", extensions: [AUTHORITY], notAfter });
      await rejects(await issue({ name: "Root", sign: over.sign }), over, /not valid at that time/);
    });

    it("may limit the length of its paths", async () => {
      const limits = extension(OID.basicConstraints, sequence(boolTrue, integer(0n)));
      const authority = await certify({ name: "Root", extensions: [limits] });
      await verify(await issue({ name: "Root", sign: authority.sign }), authority);
    });
  });
});
