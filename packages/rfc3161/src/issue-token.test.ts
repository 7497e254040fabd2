import assert from "node:assert/strict";
import { type DurationNs, decodeProof, encodeProof, sha256, type TaiNs, type UnixNs } from "@chronoledger/core";
import * as fc from "fast-check";
import {
  fourNodes,
  GEN_TIME,
  IMPRINT,
  newTsa,
  POLICY,
  READING,
  stamped,
  type Tsa,
  tokenOptions,
} from "../../../test/support/rfc3161-rig.ts";
import { failureOf } from "./failure.ts";
import { issueToken, type StampedReading, type TokenOptions } from "./issue-token.ts";
import { PROOF_EXTENSION_OID } from "./object-identifiers.ts";
import { parseToken } from "./parse-token.ts";
import { verifyToken } from "./verify-token.ts";

const quorum = fourNodes();

describe("a token", () => {
  let tsa: Tsa;
  before(async () => {
    tsa = await newTsa();
  });
  const refused = (
    reading: StampedReading,
    more: Partial<TokenOptions>,
    code: string,
    failInfo: string,
  ): Promise<void> =>
    assert.rejects(issueToken(reading, tokenOptions(tsa, more)), (error) => {
      assert.equal((error as { code?: string }).code, code);
      assert.equal(failureOf(error), failInfo);
      return true;
    });

  it("says what the leaf says, in UTC, and repeats what was asked", async () => {
    const reading = stamped(quorum);
    const der = await issueToken(reading, tokenOptions(tsa, { nonce: -77n, nullParameters: true, namesTsa: true }));
    const { info, proof, certificates } = parseToken(der);
    assert.equal(info.genTime, GEN_TIME);
    assert.equal(info.accuracy, 1_235_000n);
    assert.equal(info.ordering, false);
    assert.equal(info.nonce, -77n);
    assert.equal(info.nullParameters, true);
    assert.equal(info.serial, 99n);
    assert.equal(info.policy, POLICY);
    assert.deepEqual(info.imprint, IMPRINT);
    assert.ok(info.tsaName !== undefined);
    assert.deepEqual(certificates, [tsa.certificate]);
    assert.deepEqual(
      info.extensions.map(({ oid, critical }) => [oid, critical]),
      [[PROOF_EXTENSION_OID, false]],
    );
    assert.ok(proof !== undefined);
    assert.deepEqual(encodeProof(proof), encodeProof(reading.proof));
    assert.deepEqual(decodeProof(encodeProof(proof)), reading.proof);
  });

  it("leaves out what was not asked", async () => {
    const { info, certificates } = parseToken(
      await issueToken(stamped(quorum), tokenOptions(tsa, { includeCertificates: false })),
    );
    assert.deepEqual(certificates, []);
    assert.equal(info.nonce, undefined);
    assert.equal(info.tsaName, undefined);
  });

  it("carries the chain in the order of DER, and verifies", async () => {
    const chain = await Promise.all([newTsa(), newTsa()]);
    const der = await issueToken(
      stamped(quorum),
      tokenOptions(tsa, { certificates: [tsa.certificate, ...chain.map((one) => one.certificate)] }),
    );
    assert.equal(parseToken(der).certificates.length, 3);
    verifyToken(der, { imprint: IMPRINT, trust: { tsaCertificate: tsa.certificate } });
  });

  it("verifies whatever the reading and its uncertainty, and never claims more than they say", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.bigInt({ min: 0n, max: 86_400_000_000_000n }),
        fc.bigInt({ min: 0n, max: 1_000_000_000n }),
        fc.option(fc.bigInt({ min: -(1n << 255n), max: 1n << 255n }), { nil: undefined }),
        fc.bigInt({ min: 1n, max: (1n << 160n) - 1n }),
        async (later, uncertainty, nonce, serial) => {
          const reading = stamped(quorum, { time: (READING + later) as TaiNs, uncertainty: uncertainty as DurationNs });
          const more = { serial, ...(nonce === undefined ? {} : { nonce }) };
          const { info, proof } = verifyToken(await issueToken(reading, tokenOptions(tsa, more)), {
            imprint: IMPRINT,
            trust: { tsaCertificate: tsa.certificate },
            nodeSet: quorum.set,
            ...(nonce === undefined ? {} : { nonce }),
          });
          assert.equal(info.genTime, GEN_TIME + later);
          assert.ok((info.accuracy ?? 0n) >= uncertainty);
          assert.equal(info.serial, serial);
          assert.equal(proof?.arrival.time, reading.time);
        },
      ),
      { numRuns: 25 },
    );
  });

  it("is not issued about another imprint than the proof's", () =>
    refused(stamped(quorum, { imprint: sha256(Uint8Array.of(1)) }), {}, "proof/context", "systemFailure"));

  it("is not issued when the reading is not that of the proof", async () => {
    const reading = stamped(quorum);
    for (const changed of [
      { ...reading, time: (reading.time + 1n) as TaiNs },
      { ...reading, uncertainty: (reading.uncertainty - 1n) as DurationNs },
      { ...reading, taiMinusUtc: 36 },
    ])
      await refused(changed, {}, "proof/context", "systemFailure");
  });

  it("is not issued beyond the stated bound of uncertainty, to the nanosecond", async () => {
    const most = stamped(quorum).uncertainty;
    const below = (most - 1n) as DurationNs;
    await refused(stamped(quorum), { maxUncertainty: below }, "clock/not-available", "timeNotAvailable");
    await issueToken(stamped(quorum), tokenOptions(tsa, { maxUncertainty: most }));
  });

  it("is not issued with a serial number outside 1 to 2^160 - 1", async () => {
    for (const serial of [0n, -1n, 1n << 160n])
      await refused(stamped(quorum), { serial }, "input/out-of-range", "systemFailure");
  });

  it("is not issued outside the certificate's validity", async () => {
    for (const validity of [
      { notAfter: (GEN_TIME - 1n) as UnixNs },
      { notBefore: (GEN_TIME + 2_000_000_000n) as UnixNs },
    ]) {
      const other = await newTsa(validity);
      await refused(stamped(quorum), { certificates: [other.certificate] }, "config/invalid", "systemFailure");
    }
  });

  it("is not issued with a policy, certificate or signature that is none, and blames the operator, not the request", async () => {
    const bad = Uint8Array.of(0x30, 0);
    await refused(stamped(quorum), { policy: "best" }, "config/invalid", "systemFailure");
    await refused(stamped(quorum), { certificates: [bad] }, "config/invalid", "systemFailure");
    for (const signature of [new Uint8Array(0), new Uint8Array(64), Uint8Array.of(0x30, 6, 2, 1, 0, 2, 1, 1)])
      await refused(stamped(quorum), { sign: async () => signature }, "config/invalid", "systemFailure");
  });

  it("lets through what the signer throws", () =>
    assert.rejects(
      issueToken(stamped(quorum), tokenOptions(tsa, { sign: () => Promise.reject(new Error("the module is locked")) })),
      /the module is locked/,
    ));
});
