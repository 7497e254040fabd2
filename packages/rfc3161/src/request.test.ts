import assert from "node:assert/strict";
import { sha256 } from "@chronoledger/core";
import * as fc from "fast-check";
import { holds } from "../../../test/support/property.ts";
import { IMPRINT, POLICY } from "../../../test/support/rfc3161-rig.ts";
import { sha256Algorithm } from "./algorithm.ts";
import { boolTrue, contextTag, derNull, integer, octetString, oid, sequence, tlv } from "./der.ts";
import { encodeExtension } from "./extension.ts";
import { failureOf, type PkiFailure } from "./failure.ts";
import { messageImprint } from "./message-imprint.ts";
import { MAX_REQUEST_BYTES, parseRequest, requestFor } from "./request.ts";

const EXTENSION = "1.3.6.1.4.1.99999.9";
const extensions = (critical: boolean, name = EXTENSION) =>
  tlv(contextTag(0), encodeExtension({ oid: name, critical, value: derNull }));
const refused = (der: Uint8Array, expected: PkiFailure, options = {}): void => {
  assert.throws(
    () => parseRequest(der, options),
    (error) => {
      assert.equal((error as { code?: string }).code, "input/malformed");
      assert.equal(failureOf(error), expected);
      return true;
    },
  );
};

describe("a time-stamp request", () => {
  it("reads back as it was made", () => {
    holds(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.option(fc.bigInt({ min: 0n, max: (1n << 256n) - 1n }), { nil: undefined }),
        fc.boolean(),
        fc.boolean(),
        (imprint, nonce, hasPolicy, certReq) => {
          const given = {
            ...(nonce === undefined ? {} : { nonce }),
            ...(hasPolicy ? { policy: POLICY } : {}),
            certReq,
          };
          const read = parseRequest(requestFor(imprint, given));
          assert.deepEqual(read, {
            imprint: Uint8Array.from(imprint),
            nullParameters: false,
            extensions: [],
            ...given,
          });
        },
      ),
    );
  });

  it("asks for the certificate unless told otherwise", () => {
    assert.equal(parseRequest(requestFor(IMPRINT)).certReq, true);
  });

  it("is not made of an imprint or nonce of another size", () => {
    const code = { code: "input/out-of-range" };
    assert.throws(() => requestFor(new Uint8Array(20)), code);
    assert.throws(() => requestFor(IMPRINT, { nonce: -1n }), code);
    assert.throws(() => requestFor(IMPRINT, { nonce: 1n << 256n }), code);
  });

  it("keeps a negative nonce, which clients write by accident, and refuses one of more than 256 bits", () => {
    const withNonce = (nonce: bigint) => sequence(integer(1n), messageImprint(IMPRINT), integer(nonce));
    assert.equal(parseRequest(withNonce(-5n)).nonce, -5n);
    for (const nonce of [1n << 256n, -(1n << 256n), 1n << 300n]) refused(withNonce(nonce), "badDataFormat");
  });

  it("is rejected for another version, and this before its other faults", () => {
    refused(sequence(integer(2n), messageImprint(IMPRINT)), "badRequest");
    refused(sequence(integer(0n), messageImprint(new Uint8Array(3))), "badRequest");
  });

  it("is rejected for another hash than SHA-256, or parameters to it", () => {
    const over = (algorithm: Uint8Array) => sequence(integer(1n), sequence(algorithm, octetString(IMPRINT)));
    refused(over(sequence(oid("2.16.840.1.101.3.4.2.3"), derNull)), "badAlg");
    refused(over(sequence(oid("1.3.14.3.2.26"))), "badAlg");
    refused(over(sequence(oid("2.16.840.1.101.3.4.2.1"), integer(1n))), "badAlg");
    assert.equal(parseRequest(over(sha256Algorithm(true))).nullParameters, true);
    refused(over(sequence(oid("2.16.840.1.101.3.4.2.1"), derNull, derNull)), "badDataFormat");
  });

  it("is rejected for an imprint of another length", () => {
    for (const length of [0, 20, 31, 33, 64])
      refused(sequence(integer(1n), messageImprint(new Uint8Array(length))), "badDataFormat");
  });

  it("is rejected for a policy that is not among the accepted ones", () => {
    const der = requestFor(IMPRINT, { policy: POLICY });
    refused(der, "unacceptedPolicy", { policies: ["1.2.3"] });
    assert.equal(parseRequest(der, { policies: ["1.2.3", POLICY] }).policy, POLICY);
    assert.equal(parseRequest(requestFor(IMPRINT), { policies: ["1.2.3"] }).policy, undefined);
  });

  it("is rejected for an extension that is not known, critical or not", () => {
    for (const critical of [true, false]) {
      const der = sequence(integer(1n), messageImprint(IMPRINT), extensions(critical));
      refused(der, "unacceptedExtension");
      assert.deepEqual(parseRequest(der, { extensions: [EXTENSION] }).extensions, [
        { oid: EXTENSION, critical, value: derNull },
      ]);
    }
  });

  it("is rejected when cut anywhere, or followed by anything", () => {
    const der = sequence(integer(1n), messageImprint(IMPRINT), oid(POLICY), integer(77n), boolTrue, extensions(true));
    const options = { extensions: [EXTENSION] };
    parseRequest(der, options);
    for (let end = 0; end < der.length; end++) refused(der.subarray(0, end), "badDataFormat", options);
    refused(Uint8Array.of(...der, 0), "badDataFormat", options);
  });

  it("is rejected for members out of order, twice, unknown, or a FALSE that DER leaves out", () => {
    const start = [integer(1n), messageImprint(IMPRINT)];
    for (const rest of [
      [integer(1n), oid(POLICY)],
      [integer(1n), integer(2n)],
      [boolTrue, integer(1n)],
      [Uint8Array.of(1, 1, 0)],
      [Uint8Array.of(1, 1, 1)],
      [tlv(contextTag(0))],
      [tlv(contextTag(1), derNull)],
      [octetString(IMPRINT)],
      [tlv(contextTag(0), ...[0, 0].map(() => encodeExtension({ oid: EXTENSION, critical: false, value: derNull })))],
    ])
      refused(sequence(...start, ...rest), "badDataFormat", { extensions: [EXTENSION] });
  });

  it("is rejected above its limit of bytes", () => {
    const long = sequence(
      integer(1n),
      messageImprint(IMPRINT),
      tlv(
        contextTag(0),
        encodeExtension({ oid: EXTENSION, critical: false, value: new Uint8Array(MAX_REQUEST_BYTES) }),
      ),
    );
    refused(long, "badDataFormat", { extensions: [EXTENSION] });
  });

  it("is rejected as the protocol says, whatever the bytes", () => {
    const good = requestFor(sha256(Uint8Array.of(1)), { nonce: 1n << 63n, policy: POLICY });
    holds(
      fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const der = Uint8Array.from(good);
        der[at] = (der[at] ?? 0) ^ mask;
        try {
          parseRequest(der);
        } catch (error) {
          assert.notEqual(failureOf(error), "systemFailure");
        }
      }),
    );
  });
});
