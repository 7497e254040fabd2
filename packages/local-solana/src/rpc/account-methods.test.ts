import assert from "node:assert/strict";
import { zstdDecompressSync } from "node:zlib";
import { newAddress, SOL, TestRig } from "../test-rig.ts";

describe("methods of accounts", () => {
  let rig: TestRig;
  const owner = newAddress();
  const [short, long] = [newAddress(), newAddress()];

  before(async () => {
    rig = await TestRig.start();
    const account = { lamports: 7n * SOL, owner: owner.toBase58(), executable: false };
    rig.solana.setAccount(short.toBase58(), { ...account, data: Uint8Array.from([1, 2, 3, 4]) });
    rig.solana.setAccount(long.toBase58(), { ...account, data: new Uint8Array(200).fill(9, 0, 3) });
  });
  after(() => rig.stop());

  const info = async (address: string, view: object) =>
    ((await rig.call("getAccountInfo", address, { commitment: "processed", ...view })) as { value: { data: unknown } })
      .value;

  it("gives an account in each encoding", async () => {
    const data = async (view: object) => (await info(short.toBase58(), view)).data;
    assert.equal(await data({}), "2VfUX");
    assert.deepEqual(await data({ encoding: "base58" }), ["2VfUX", "base58"]);
    assert.deepEqual(await data({ encoding: "base64" }), ["AQIDBA==", "base64"]);
    assert.deepEqual(await data({ encoding: "jsonParsed" }), ["AQIDBA==", "base64"]);
    const [packed] = (await data({ encoding: "base64+zstd" })) as [string];
    assert.deepEqual([...zstdDecompressSync(Buffer.from(packed, "base64"))], [1, 2, 3, 4]);
    assert.deepEqual(await data({ encoding: "base64", dataSlice: { offset: 1, length: 2 } }), ["AgM=", "base64"]);
    assert.deepEqual(await data({ encoding: "base64", dataSlice: { offset: 9, length: 2 } }), ["", "base64"]);
    await assert.rejects(info(long.toBase58(), { encoding: "base58" }), /less than 128 bytes/);
  });

  it("writes 64-bit numbers whole", async () => {
    const response = await fetch(rig.solana.url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "getAccountInfo", params: [short.toBase58()] }),
    });
    assert.match(await response.text(), /"rentEpoch":18446744073709551615,"space":4/);
  });

  it("gives null for what is not there, and many at once in their order", async () => {
    const missing = newAddress();
    assert.equal(await rig.connection.getAccountInfo(missing), null);
    assert.equal(await rig.connection.getBalance(missing), 0);
    const several = await rig.connection.getMultipleAccountsInfo([long, missing, short]);
    assert.deepEqual(
      several.map((account) => account?.data.length),
      [200, undefined, 4],
    );
  });

  it("finds a program's accounts, and those that match", async () => {
    const found = async (...filters: object[]) =>
      (await rig.connection.getProgramAccounts(owner, { filters: filters as never }))
        .map(({ pubkey }) => pubkey.toBase58())
        .sort();
    const [s, l] = [short.toBase58(), long.toBase58()];
    assert.deepEqual(await found(), [s, l].sort());
    assert.deepEqual(await found({ dataSize: 4 }), [s]);
    assert.deepEqual(await found({ memcmp: { offset: 0, bytes: "q" } }), []);
    assert.deepEqual(await found({ memcmp: { offset: 1, bytes: "AgM=", encoding: "base64" } }), [s]);
    assert.deepEqual(await found({ memcmp: { offset: 2, bytes: [9, 0] } }), [l]);
    assert.deepEqual(await found({ dataSize: 4 }, { memcmp: { offset: 2, bytes: [9, 0] } }), []);
    assert.deepEqual(await found({ memcmp: { offset: 3, bytes: [4, 0] } }), []);
  });

  it("finds a program's accounts as they were at the commitment", async () => {
    const [mine, other] = [newAddress(), newAddress()];
    const address = newAddress().toBase58();
    const account = { lamports: SOL, owner: mine.toBase58(), executable: false, data: new Uint8Array(1) };
    rig.solana.advance(4);
    rig.solana.setAccount(address, account);
    rig.solana.advance();
    rig.solana.setAccount(address, { ...account, owner: other.toBase58() });
    const count = async (program: typeof mine, level: "processed" | "confirmed" | "finalized") =>
      (await rig.connection.getProgramAccounts(program, level)).length;
    assert.deepEqual(
      [await count(mine, "processed"), await count(mine, "confirmed"), await count(mine, "finalized")],
      [0, 1, 0],
    );
    assert.deepEqual([await count(other, "processed"), await count(other, "confirmed")], [1, 0]);
  });

  it("knows the rent", async () => {
    assert.equal(await rig.connection.getMinimumBalanceForRentExemption(0), 890_880);
    assert.equal(await rig.connection.getMinimumBalanceForRentExemption(165), 2_039_280);
  });

  it("refuses malformed parameters and names the one at fault", async () => {
    const address = short.toBase58();
    const many = Array.from({ length: 101 }, () => address);
    for (const [method, params, reason] of [
      ["getAccountInfo", [], /-32602.*parameter 1/s],
      ["getAccountInfo", ["0OIl"], /parameter 1: .*not an address/s],
      ["getAccountInfo", [`${address}1`], /parameter 1/],
      ["getAccountInfo", [address, { commitment: "sure" }], /parameter 2/],
      ["getAccountInfo", [address, { encoding: "hex" }], /parameter 2/],
      ["getAccountInfo", [address, {}, 1], /at most 2/],
      ["getMultipleAccounts", [many], /parameter 1/],
      ["getProgramAccounts", [address, { filters: [1, 2, 3, 4, 5].map((dataSize) => ({ dataSize })) }], /parameter 2/],
      ["getProgramAccounts", [address, { filters: [{ memcmp: { offset: 0, bytes: "0" } }] }], /parameter 2/],
      ["getMinimumBalanceForRentExemption", [-1], /parameter 1/],
      ["requestAirdrop", [address, 1.5], /parameter 1|parameter 2/],
      ["getTokenSupply", [address], /-32601/],
    ] as const)
      await assert.rejects(rig.call(method, ...params), reason, `${method} ${JSON.stringify(params)}`);
  });

  it("takes commitments by their old names", async () => {
    rig.solana.advance(6);
    assert.equal(await rig.call("getSlot", { commitment: "recent" }), rig.solana.slot);
    assert.equal(await rig.call("getSlot", { commitment: "single" }), rig.solana.slot - 1);
    assert.equal(await rig.call("getSlot", null), rig.solana.slot - 3);
  });
});
