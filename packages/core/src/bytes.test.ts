import assert from "node:assert/strict";
import * as fc from "fast-check";
import { holds } from "../../../test/support/property.ts";
import { verdictOf } from "../../../test/vectors/load.ts";
import { bytesToHex, concatBytes, copyBytes, equalBytes, fromBase64Url, isZero, sha256, toBase64Url } from "./bytes.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

describe("bytes", () => {
  it("base64url is that of Node.js, and comes back, for any bytes", () => {
    holds(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const text = toBase64Url(bytes);
        assert.equal(text, Buffer.from(bytes).toString("base64url"));
        assert.deepEqual(fromBase64Url(text), bytes);
      }),
    );
  });

  it("the examples of RFC 4648 section 10, without padding", () => {
    const examples = [
      ["", ""],
      ["f", "Zg"],
      ["fo", "Zm8"],
      ["foo", "Zm9v"],
      ["foob", "Zm9vYg"],
      ["fooba", "Zm9vYmE"],
      ["foobar", "Zm9vYmFy"],
    ] as const;
    for (const [plain, text] of examples) {
      assert.equal(toBase64Url(Buffer.from(plain)), text);
      assert.equal(Buffer.from(fromBase64Url(text)).toString(), plain);
    }
  });

  it("no other spelling of the same bytes is accepted", () => {
    const texts = [
      "Zg==",
      "Zg=",
      "Zm9v\n",
      " Zm9v",
      "Zm9v ",
      "Zm 9v",
      "+/+/",
      "Zh",
      "Zm9",
      "_",
      "A",
      "AAAAA",
      "Zm9vé",
      "\u0000AAA",
    ];
    for (const text of texts)
      assert.equal(
        verdictOf(() => fromBase64Url(text)),
        "input/malformed",
        JSON.stringify(text),
      );
  });

  it("of all endings of two and three characters, exactly those without unused bits are accepted", () => {
    let accepted = 0;
    for (const a of ALPHABET) {
      if (verdictOf(() => fromBase64Url(`A${a}`)) === "accepted") accepted++;
      if (verdictOf(() => fromBase64Url(`AA${a}`)) === "accepted") accepted++;
    }
    assert.equal(accepted, 4 + 16);
  });

  it("equality looks at length and every byte", () => {
    const a = Uint8Array.of(1, 2, 3);
    assert.ok(equalBytes(a, Uint8Array.of(1, 2, 3)));
    assert.ok(equalBytes(new Uint8Array(0), new Uint8Array(0)));
    for (const other of [
      [1, 2],
      [1, 2, 3, 0],
      [0, 2, 3],
      [1, 0, 3],
      [1, 2, 0],
    ]) {
      assert.equal(equalBytes(a, Uint8Array.from(other)), false);
      assert.equal(equalBytes(Uint8Array.from(other), a), false);
    }
  });

  it("zero means every byte", () => {
    assert.ok(isZero(new Uint8Array(32)));
    for (let at = 0; at < 32; at++)
      assert.equal(isZero(Uint8Array.from({ length: 32 }, (_, i) => (i === at ? 1 : 0))), false);
  });

  it("a copied part of a Buffer is a plain Uint8Array that keeps its values", () => {
    const buffer = Buffer.from([0, 1, 2, 3, 4]);
    const copy = copyBytes(buffer, 1, 4);
    buffer.fill(9);
    assert.deepEqual(copy, Uint8Array.of(1, 2, 3));
    assert.equal(copy.constructor, Uint8Array);
    assert.deepEqual(copyBytes(Uint8Array.of(7, 8)), Uint8Array.of(7, 8));
  });

  it("SHA-256 of FIPS 180-4's examples", () => {
    const digest = (text: string) => bytesToHex(sha256(Buffer.from(text)));
    assert.equal(digest("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert.equal(digest(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert.deepEqual(concatBytes(Uint8Array.of(1), Uint8Array.of(2, 3)), Uint8Array.of(1, 2, 3));
  });
});
