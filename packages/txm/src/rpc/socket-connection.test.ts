import assert from "node:assert/strict";
import { isChronoError } from "@chronoledger/core";
import { type Anvil, startAnvil } from "../../../../test/support/anvil.ts";
import { until } from "../../../../test/support/until.ts";
import type { Head } from "../types.ts";
import { connectRpc } from "./connect.ts";
import type { RpcConnection } from "./types.ts";

describe("a connection to a node", function () {
  this.timeout(20_000);
  let anvil: Anvil;
  let connection: RpcConnection | undefined;
  beforeEach(async () => {
    anvil = await startAnvil({ args: ["--no-mining"] });
  });
  afterEach(async () => {
    connection?.close();
    await anvil.stop();
  });

  for (const kind of ["ipcPath", "wsUrl", "rpcUrl"] as const)
    it(`asks, hears heads, and passes errors on (${kind})`, async () => {
      connection = connectRpc(anvil[kind]);
      const heads: Head[] = [];
      assert.equal(await connection.request("eth_chainId", []), "0x7a69");
      connection.onHead((head) => heads.push(head));
      await until("the first head", () => heads.length === 1);
      await connection.request("anvil_mine", ["0x1"]);
      await until("the next head", () => heads.length === 2);
      assert.equal(heads[1]?.parentHash, heads[0]?.hash);
      await assert.rejects(connection.request("eth_sendRawTransaction", ["0x00"]), { name: "RpcError" });
    });

  it("comes back by itself when the node does, and tells the newest head", async () => {
    const { port } = new URL(anvil.wsUrl);
    connection = connectRpc(anvil.wsUrl);
    const heads: Head[] = [];
    connection.onHead((head) => heads.push(head));
    await until("the first head", () => heads.length === 1);
    await anvil.stop();
    await until("the loss is noticed", () => connection?.connected === false);
    await assert.rejects(
      connection.request("eth_chainId", [], 100),
      (error) => isChronoError(error) && error.code === "rpc/unavailable",
    );
    anvil = await startAnvil({ args: ["--no-mining", "--timestamp", "1900000000"], port: Number(port) });
    await until("a head of the new node", () => heads.some(({ timestamp }) => timestamp >= 1_900_000_000n));
    assert.equal(await connection.request("eth_chainId", []), "0x7a69");
  });

  it("names a node that is not there", async () => {
    connection = connectRpc("ws://127.0.0.1:1");
    await assert.rejects(
      connection.request("eth_chainId", [], 200),
      (error) => isChronoError(error) && error.code === "rpc/unavailable",
    );
    connection.close();
    connection = connectRpc("http://127.0.0.1:1");
    await assert.rejects(
      connection.request("eth_chainId", [], 200),
      (error) => isChronoError(error) && error.code === "rpc/unavailable",
    );
  });
});
