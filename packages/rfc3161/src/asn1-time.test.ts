import assert from "node:assert/strict";
import { MAX_U64, type UnixNs } from "@chronoledger/core";
import * as fc from "fast-check";
import { holds } from "../../../test/support/property.ts";
import { certificateTime, generalizedTime, readCertificateTime, readGeneralizedTime } from "./asn1-time.ts";
import { readDer, TAG, tlv } from "./der.ts";

const node = (text: string, tag: number = TAG.generalizedTime) =>
  readDer(tlv(tag, new TextEncoder().encode(text)), 100);
const textOf = (der: Uint8Array): string => new TextDecoder().decode(der.subarray(2));

describe("ASN.1 time", () => {
  it("has up to nine fraction digits and no trailing zero", () => {
    const at = (ns: bigint) => textOf(generalizedTime((1_795_622_040_000_000_000n + ns) as UnixNs));
    assert.equal(at(0n), "20261125155400Z");
    assert.equal(at(1n), "20261125155400.000000001Z");
    assert.equal(at(120_000_000n), "20261125155400.12Z");
    assert.equal(at(100n), "20261125155400.0000001Z");
    assert.equal(at(10_000_000_000n), "20261125155410Z");
    assert.equal(textOf(generalizedTime(0n as UnixNs)), "19700101000000Z");
  });

  it("reads back to the nanosecond, from 1970 to 2554", () => {
    holds(
      fc.property(fc.bigInt({ min: 0n, max: MAX_U64 }), (ns) => {
        assert.equal(readGeneralizedTime(readDer(generalizedTime(ns as UnixNs), 100)), ns);
      }),
    );
  });

  for (const text of [
    "20261125155400.10Z",
    "20261125155400.Z",
    "20261125155400,1Z",
    "20261125155400.1234567891Z",
    "20261125155460Z",
    "20261125245400Z",
    "20261131155400Z",
    "20260229155400Z",
    "20261325155400Z",
    "202611251554Z",
    "20261125155400",
    "20261125155400+0100",
    "20261125155400Z ",
    "00991125155400Z",
    "25551125155400Z",
    "19691231235959Z",
  ])
    it(`refuses ${text}`, () => {
      assert.throws(() => readGeneralizedTime(node(text)), { code: "input/malformed" });
    });

  it("is written in a certificate as UTCTime before 2050, and as GeneralizedTime from then on", () => {
    const end = 2_524_607_999_999_999_999n as UnixNs;
    assert.equal(textOf(certificateTime(end)), "491231235959Z");
    assert.equal(textOf(certificateTime((end + 1n) as UnixNs)), "20500101000000Z");
    for (const time of [0n, 2_524_607_999_000_000_000n, 2_524_608_000_000_000_000n])
      assert.equal(readCertificateTime(readDer(certificateTime(time as UnixNs), 100)), time);
  });

  it("reads the certificate's year 9999 as the last instant there is, and years before 1970 as the first", () => {
    assert.equal(readCertificateTime(node("99991231235959Z")), MAX_U64);
    assert.equal(readCertificateTime(node("600101000000Z", TAG.utcTime)), 0n);
    assert.throws(() => readCertificateTime(node("20261125155400.5Z")), { code: "input/malformed" });
    assert.throws(() => readCertificateTime(node("2611251554Z", TAG.utcTime)), { code: "input/malformed" });
  });
});
