import assert from "node:assert/strict";
import { concatBytes, type DurationNs, equalBytes, isChronoError, sha256, type UnixNs } from "@chronoledger/core";
import * as fc from "fast-check";
import { holds } from "../../../test/support/property.ts";
import { newQuorum } from "../../../test/support/quorum.ts";
import {
  fourNodes,
  GEN_TIME,
  IMPRINT,
  newKey,
  newToken,
  newTsa,
  signInfo,
  type Tsa,
  VALIDITY,
} from "../../../test/support/rfc3161-rig.ts";
import { encodeAccuracy } from "./accuracy.ts";
import { parseX509 } from "./certificate.ts";
import { boolTrue, integer, octetString, readDer, sequence } from "./der.ts";
import { PROOF_EXTENSION_OID } from "./object-identifiers.ts";
import { parseToken } from "./parse-token.ts";
import { signedData } from "./signed-data.ts";
import { encodeTstInfo, type TstInfo } from "./tst-info.ts";
import { type VerifyTokenOptions, verifyToken } from "./verify-token.ts";

const quorum = fourNodes();
const codeOf = (run: () => unknown): string | undefined => {
  try {
    run();
    return undefined;
  } catch (error) {
    assert.ok(isChronoError(error), String(error));
    return error.code;
  }
};

describe("verification of a token", () => {
  let tsa: Tsa;
  let token: Uint8Array;
  let info: TstInfo;
  let options: VerifyTokenOptions;
  before(async () => {
    tsa = await newTsa();
    token = await newToken(quorum, tsa, { nonce: 77n });
    info = parseToken(token).info;
    options = { imprint: IMPRINT, nonce: 77n, trust: { tsaCertificate: tsa.certificate }, nodeSet: quorum.set };
  });
  /** Signed with the right key, whatever it says. */
  const forged = (changes: Partial<TstInfo>): Promise<Uint8Array> => signInfo({ ...info, ...changes }, tsa);
  const refuses = (der: Uint8Array, code: string, more: Partial<VerifyTokenOptions> = {}): void =>
    assert.equal(
      codeOf(() => verifyToken(der, { ...options, ...more })),
      code,
    );

  it("gives the quorum's word beside the TSA's", () => {
    const verified = verifyToken(token, options);
    assert.equal(verified.proof?.existedBefore, GEN_TIME + 37_001_000_000n);
    assert.equal(verified.proof?.test, true);
    assert.deepEqual(verified.tsaCertificate, tsa.certificate);
  });

  it("refuses another imprint, nonce or policy", async () => {
    refuses(token, "proof/context", { imprint: sha256(Uint8Array.of(9)) });
    refuses(token, "proof/context", { nonce: 78n });
    refuses(token, "proof/context", { policy: "1.2.3" });
    refuses(await newToken(quorum, tsa), "proof/context");
  });

  it("refuses what the profile forbids, though it is signed", async () => {
    const critical = { oid: "1.2.3.4", critical: true, value: sequence() };
    refuses(await forged({ extensions: [...info.extensions, critical] }), "proof/context");
    const { accuracy: _, ...rest } = info;
    const { nodeSet: __, ...alone } = options;
    const without = await signInfo(rest, tsa);
    assert.throws(() => verifyToken(without, alone), { code: "proof/context", message: /no accuracy/ });
  });

  it("refuses ordering, and members that do not belong", async () => {
    const { content } = readDer(encodeTstInfo(info), 4_096);
    const signed = (der: Uint8Array) =>
      signedData(der, { signer: parseX509(tsa.certificate), certificates: [], sign: tsa.sign });
    const accuracy = encodeAccuracy(1_235_000n as DurationNs);
    const after = Buffer.from(content).indexOf(accuracy) + accuracy.length;
    const ordered = await signed(sequence(content.subarray(0, after), boolTrue, content.subarray(after)));
    assert.equal(parseToken(ordered).info.ordering, true);
    refuses(ordered, "proof/context");
    refuses(await signed(sequence(content, integer(1n))), "proof/malformed");
  });

  it("refuses a proof that is missing, of another network, about another imprint, or of another time or accuracy", async () => {
    refuses(await forged({ extensions: [] }), "proof/context");
    refuses(token, "statement/network", { nodeSet: { ...quorum.set, networkId: 8 } });
    refuses(token, "certificate/signature", { nodeSet: newQuorum({ n: 4 }).set });
    const imprint = sha256(Uint8Array.of(3));
    refuses(await forged({ imprint }), "proof/context", { imprint });
    refuses(await forged({ genTime: (info.genTime + 1n) as UnixNs }), "proof/context");
    refuses(await forged({ accuracy: 1_234_000n as DurationNs }), "proof/context");
    refuses(await forged({ accuracy: 1_236_000n as DurationNs }), "proof/context");
    const junk = { oid: PROOF_EXTENSION_OID, critical: false, value: octetString(Uint8Array.of(1, 2, 3)) };
    refuses(await forged({ extensions: [junk] }), "proof/malformed");
  });

  it("takes the TSA's word alone when no node set is given", async () => {
    const { nodeSet: _, ...alone } = options;
    assert.equal(verifyToken(await forged({ extensions: [] }), alone).proof, undefined);
  });

  it("refuses a time outside the certificate's validity, and an instant after it", async () => {
    const { nodeSet: _, ...alone } = options;
    for (const genTime of [VALIDITY.notBefore - 10n ** 9n, VALIDITY.notAfter + 1n]) {
      const der = await forged({ genTime: genTime as UnixNs });
      assert.equal(
        codeOf(() => verifyToken(der, alone)),
        "certificate/signature",
      );
    }
    refuses(token, "certificate/signature", { at: (VALIDITY.notAfter + 1n) as UnixNs });
    verifyToken(token, { ...options, at: GEN_TIME });
  });

  it("refuses a swapped certificate: another trusted one, another one carried, another one in the signed hash", async () => {
    const other = await newTsa();
    refuses(token, "certificate/signature", { trust: { tsaCertificate: other.certificate } });
    refuses(await signInfo(info, tsa, [other.certificate]), "certificate/signature");
    const named = await signInfo(info, { ...tsa, certificate: other.certificate }, []);
    refuses(named, "certificate/signature");
    refuses(named, "certificate/signature", { trust: { tsaCertificate: other.certificate } });
    refuses(
      await forged({ tsaName: parseX509((await newTsa({ commonName: "B" })).certificate).subject }),
      "certificate/signature",
    );
  });

  it("refuses a signature by another key", async () => {
    refuses(await signInfo(info, { ...tsa, sign: newKey().sign }), "certificate/signature");
  });

  it("does not let a time-stamping certificate vouch for another", () => {
    refuses(token, "certificate/signature", { trust: { issuerCertificate: tsa.certificate } });
  });

  it("refuses a trusted certificate that cannot be read", () => {
    const bad = Uint8Array.of(0x30, 0);
    refuses(token, "input/malformed", { trust: { issuerCertificate: bad } });
    refuses(token, "certificate/signature", { trust: { tsaCertificate: bad } });
  });

  it("refuses a token cut anywhere, or followed by anything", () => {
    for (let end = 0; end < token.length; end++) refuses(token.subarray(0, end), "proof/malformed");
    refuses(concatBytes(token, Uint8Array.of(0)), "proof/malformed");
    refuses(concatBytes(token, token), "proof/malformed");
  });

  it("refuses a token with one bit changed, in whichever byte", () => {
    const refusesFlip = (at: number, mask: number): void => {
      const changed = Uint8Array.from(token);
      changed[at] = (changed[at] ?? 0) ^ mask;
      const code = codeOf(() => verifyToken(changed, options));
      assert.notEqual(code, undefined, `byte ${at} of ${token.length}, mask ${mask}`);
    };
    for (let at = 0; at < token.length; at++) refusesFlip(at, 0x80 >> (at % 8));
    const bit = fc.integer({ min: 0, max: 7 }).map((shift) => 1 << shift);
    holds(fc.property(fc.nat(token.length - 1), bit, refusesFlip), { numRuns: 500 });
  });

  it("refuses a token in which bytes were put, taken or changed", () => {
    const place = fc.nat(token.length);
    holds(
      fc.property(place, fc.nat(8), fc.uint8Array({ maxLength: 8 }), (at, taken, put) => {
        const changed = concatBytes(token.subarray(0, at), put, token.subarray(at + taken));
        if (equalBytes(changed, token)) return;
        assert.notEqual(
          codeOf(() => verifyToken(changed, options)),
          undefined,
        );
      }),
      { numRuns: 500 },
    );
  });

  it("refuses lengths in BER: indefinite, and longer than needed", () => {
    const indefinite = concatBytes(Uint8Array.of(0x30, 0x80), token.subarray(4), Uint8Array.of(0, 0));
    refuses(indefinite, "proof/malformed");
    const longer = concatBytes(Uint8Array.of(0x30, 0x83, 0), token.subarray(2));
    refuses(longer, "proof/malformed");
    refuses(concatBytes(Uint8Array.of(0x30, 0x84, 0xff, 0xff, 0xff, 0xff), token.subarray(4)), "proof/malformed");
    refuses(octetString(new Uint8Array(70_000)), "proof/malformed");
  });
});
