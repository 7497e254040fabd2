import assert from "node:assert/strict";
import { ChronoError, hexToBytes } from "@chronoledger/core";
import * as fc from "fast-check";
import { holds } from "../../../test/support/property.ts";
import { derNull, integer, octetString, sequence, TAG, tlv, utf8String } from "./der.ts";
import { FAILURE_BITS, failureOf, type PkiFailure } from "./failure.ts";
import { parseResponse, tokenResponse } from "./response.ts";

const malformed = { code: "input/malformed" };
const token = sequence(integer(1n));

describe("a time-stamp response", () => {
  it("carries the token as it is, when granted", () => {
    assert.deepEqual(parseResponse(tokenResponse({ status: "granted", token })), { status: "granted", token });
  });

  it("says why it is a rejection, for every reason, and in words", () => {
    for (const failInfo of Object.keys(FAILURE_BITS) as PkiFailure[])
      assert.deepEqual(
        parseResponse(tokenResponse({ status: "rejection", failInfo, statusString: "for people, ns → µs" })),
        { status: "rejection", failInfo: [failInfo], statusString: "for people, ns → µs" },
      );
  });

  it("sets the bits that RFC 3161 numbers, and no zero bits after them", () => {
    const bits = (failInfo: PkiFailure) => tokenResponse({ status: "rejection", failInfo }).subarray(7);
    assert.deepEqual(bits("badAlg"), hexToBytes("03020780"));
    assert.deepEqual(bits("badDataFormat"), hexToBytes("03020204"));
    assert.deepEqual(bits("timeNotAvailable"), hexToBytes("0303010002"));
    assert.deepEqual(bits("systemFailure"), hexToBytes("03050600000040"));
  });

  it("is refused when granted without a token, or with one that was not granted", () => {
    for (const der of [
      sequence(sequence(integer(0n))),
      sequence(sequence(integer(2n)), token),
      sequence(sequence(integer(0n), hexToBytes("03020780")), token),
    ])
      assert.throws(() => parseResponse(der), malformed);
  });

  it("is refused for a status that does not exist, bits not in DER, or text of another type", () => {
    for (const info of [
      sequence(integer(6n)),
      sequence(integer(-1n)),
      sequence(integer(2n), hexToBytes("03020700")),
      sequence(integer(2n), hexToBytes("03020080")),
      sequence(integer(2n), hexToBytes("030100")),
      sequence(integer(2n), hexToBytes("03020880")),
      sequence(integer(2n), sequence(octetString(Uint8Array.of(65)))),
      sequence(integer(2n), derNull),
    ])
      assert.throws(() => parseResponse(sequence(info)), malformed);
  });

  it("reads several reasons and several texts, and waiting", () => {
    const both = tlv(TAG.bitString, Uint8Array.of(5, 0b1010_0000));
    const info = sequence(integer(3n), sequence(utf8String("one"), utf8String("two")), both);
    assert.deepEqual(parseResponse(sequence(info)), {
      status: "waiting",
      failInfo: ["badAlg", "badRequest"],
      statusString: "one\ntwo",
    });
  });

  it("is refused when cut anywhere, or followed by anything, and never fails otherwise", () => {
    const der = tokenResponse({ status: "rejection", failInfo: "badAlg", statusString: "x" });
    for (let end = 0; end < der.length; end++) assert.throws(() => parseResponse(der.subarray(0, end)), malformed);
    assert.throws(() => parseResponse(Uint8Array.of(...der, 0)), malformed);
    holds(
      fc.property(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const changed = Uint8Array.from(der);
        changed[at] = (changed[at] ?? 0) ^ mask;
        try {
          parseResponse(changed);
        } catch (error) {
          assert.equal((error as { code?: string }).code, "input/malformed");
        }
      }),
    );
  });
});

describe("the reason for a rejection", () => {
  it("is what the error names, and else follows from its code", () => {
    for (const [error, expected] of [
      [new ChronoError("input/malformed", { failInfo: "badAlg" }), "badAlg"],
      [new ChronoError("input/malformed", { failInfo: "toString" }), "badDataFormat"],
      [new ChronoError("input/too-large"), "badDataFormat"],
      [new ChronoError("clock/not-available"), "timeNotAvailable"],
      [new ChronoError("round/failed"), "timeNotAvailable"],
      [new ChronoError("database/unavailable"), "systemFailure"],
      [new Error("anything"), "systemFailure"],
      ["no error at all", "systemFailure"],
    ] as const)
      assert.equal(failureOf(error), expected);
  });
});
