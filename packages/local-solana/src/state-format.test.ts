import assert from "node:assert/strict";
import { parseSnapshot, writeSnapshot } from "./state-format.ts";

const HEADER = { slot: 1, parent: 0, height: 1, hash: "11111111111111111111111111111111", unixSeconds: 5n };

describe("the state file's lines", () => {
  it("keep bytes whatever holds them, a Buffer as well", () => {
    for (const data of [Uint8Array.of(1, 2, 255), Buffer.from([1, 2, 255])]) {
      const account = { lamports: 7n, data, owner: "11111111111111111111111111111111", executable: false };
      const line = writeSnapshot({ genesisHash: "x", blocks: [HEADER], accounts: [["a", account]], records: [] });
      assert.deepEqual([...(parseSnapshot(line).accounts[0]?.[1]?.data ?? [])], [1, 2, 255]);
    }
  });
});
