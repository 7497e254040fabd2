import assert from "node:assert/strict";
import fc from "fast-check";
import { createJsonFramer } from "./json-framer.ts";

describe("JSON values in a stream", () => {
  it("come out as they went in, wherever the stream is cut and whatever stands between", () => {
    const value = fc.oneof(fc.dictionary(fc.string(), fc.string({ unit: "binary" })), fc.array(fc.jsonValue()));
    fc.assert(
      fc.property(
        fc.array(value, { maxLength: 5 }),
        fc.constantFrom("", "\n", " \r\n"),
        fc.integer({ min: 1, max: 17 }),
        (values, between, size) => {
          const bytes = Buffer.from(values.map((one) => JSON.stringify(one) + between).join(""));
          const seen: unknown[] = [];
          const feed = createJsonFramer((text) => seen.push(JSON.parse(text)));
          for (let at = 0; at < bytes.length; at += size) feed(bytes.subarray(at, at + size));
          assert.deepEqual(
            seen.map((one) => JSON.stringify(one)),
            values.map((one) => JSON.stringify(one)),
          );
        },
      ),
    );
  });

  it("are not cut at brackets and quotes inside texts", () => {
    const seen: string[] = [];
    const feed = createJsonFramer((text) => seen.push(text));
    feed(Buffer.from('{"a":"}{\\"]["}{"b":[1,{"c":2}]}'));
    assert.deepEqual(seen, ['{"a":"}{\\"]["}', '{"b":[1,{"c":2}]}']);
  });
});
