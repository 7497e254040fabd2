import assert from "node:assert/strict";
import { Connection, SystemProgram } from "@solana/web3.js";
import { until } from "../../../test/support/until.ts";
import { newAddress, SOL, TestRig } from "./test-rig.ts";

describe("pub-sub", () => {
  let rig: TestRig;
  let sockets: WebSocket[];

  beforeEach(async () => {
    rig = await TestRig.start();
    sockets = [];
  });
  afterEach(async () => {
    for (const socket of sockets) socket.close();
    await rig.stop();
  });

  /** A client without a library. */
  async function client() {
    const socket = new WebSocket(rig.solana.webSocketUrl);
    sockets.push(socket);
    const received: {
      id?: unknown;
      result?: unknown;
      error?: { code: number };
      method?: string;
      params?: { result: unknown };
    }[] = [];
    socket.onmessage = ({ data }) => received.push(JSON.parse(String(data)));
    await new Promise((resolve) => {
      socket.onopen = resolve;
    });
    let count = 0;
    const call = (method: string, ...params: readonly unknown[]) => {
      const id = ++count;
      socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
      return until(`an answer to ${method}`, () => received.find((message) => message.id === id));
    };
    return {
      received,
      socket,
      call,
      notices: () => received.filter(({ method }) => method !== undefined),
      /** Everything sent before has arrived once this returns. */
      settle: () => call("ping"),
    };
  }

  it("tells of a signature at the commitment that was asked for, once", async () => {
    const { call, notices, settle } = await client();
    const signature = await rig.transfer(newAddress(), SOL);
    const ids = [];
    for (const commitment of ["processed", "confirmed", "finalized"])
      ids.push((await call("signatureSubscribe", signature, { commitment })).result);
    const told = [];
    for (let blocks = 0; blocks < 6; blocks++) {
      rig.solana.advance();
      await settle();
      told.push(notices().length);
    }
    assert.deepEqual(told, [1, 2, 2, 3, 3, 3]);
    assert.deepEqual(notices()[2]?.params?.result, {
      context: { slot: rig.solana.slot - 5 },
      value: { err: null },
    });
    for (const id of ids) assert.equal((await call("signatureUnsubscribe", id)).error?.code, -32602);
  });

  it("tells at once of a signature that is there already", async () => {
    const { call, received, notices, settle } = await client();
    const signature = await rig.transfer(newAddress(), SOL);
    rig.solana.advance();
    const { result } = await call("signatureSubscribe", signature, { commitment: "processed" });
    await until("a notice", () => received.length === 2);
    assert.equal(typeof result, "number");
    assert.equal(received[1]?.method, "signatureNotification");
    await call("signatureSubscribe", signature, { commitment: "confirmed" });
    await settle();
    assert.equal(notices().length, 1);
    rig.solana.advance();
    await settle();
    assert.equal(notices().length, 2);
  });

  it("tells of an account as it was at the commitment", async () => {
    const { call, notices, settle } = await client();
    const to = newAddress();
    await call("accountSubscribe", to.toBase58(), { commitment: "confirmed", encoding: "base64" });
    await rig.transfer(to, SOL);
    rig.solana.advance();
    await rig.transfer(to, SOL);
    rig.solana.advance();
    await settle();
    const results = notices().map(({ params }) => params?.result as { value: { lamports: number } } | undefined);
    assert.deepEqual(
      results.map((result) => result?.value.lamports),
      [1e9],
    );
  });

  it("tells of a program's accounts that match, of logs that mention, of slots and of roots", async () => {
    const { call, notices, settle } = await client();
    const to = newAddress();
    const system = SystemProgram.programId.toBase58();
    const commitment = "processed";
    await call("programSubscribe", system, { commitment, encoding: "base64", filters: [{ dataSize: 0 }] });
    await call("programSubscribe", system, { commitment, encoding: "base64", filters: [{ dataSize: 1 }] });
    await call("logsSubscribe", { mentions: [to.toBase58()] }, { commitment });
    await call("logsSubscribe", { mentions: [newAddress().toBase58()] }, { commitment });
    await call("logsSubscribe", "all", { commitment });
    await call("slotSubscribe");
    await call("rootSubscribe");
    await rig.transfer(to, SOL);
    rig.solana.advance(4);
    await settle();
    const counts: Record<string, number> = {};
    for (const { method = "" } of notices()) counts[method] = (counts[method] ?? 0) + 1;
    assert.deepEqual(counts, { programNotification: 2, logsNotification: 2, slotNotification: 4, rootNotification: 1 });
    const slot = notices().findLast(({ method }) => method === "slotNotification");
    assert.deepEqual(slot?.params?.result, { slot: 5, parent: 4, root: 2 });
  });

  it("stops telling when asked, and only the one who asked", async () => {
    const [one, other] = [await client(), await client()];
    const { result } = await one.call("slotSubscribe");
    await other.call("slotSubscribe");
    assert.equal((await other.call("slotUnsubscribe", result)).error?.code, -32602);
    assert.equal((await one.call("slotUnsubscribe", result)).result, true);
    assert.equal((await one.call("slotUnsubscribe", result)).error?.code, -32602);
    rig.solana.advance();
    await one.settle();
    await other.settle();
    assert.deepEqual([one.notices().length, other.notices().length], [0, 1]);
  });

  it("tells again of heights that a fork filled anew", async () => {
    const { call, notices, settle } = await client();
    const to = newAddress();
    rig.solana.advance(3);
    const transaction = await rig.transaction([rig.transferInstruction(to, SOL)]);
    await call("accountSubscribe", to.toBase58(), { commitment: "confirmed", encoding: "base64" });
    await rig.connection.sendTransaction(transaction);
    rig.solana.advance(2);
    rig.solana.fork(2);
    await rig.connection.sendTransaction(transaction);
    rig.solana.advance(2);
    await settle();
    assert.equal(notices().length, 2);
  });

  it("refuses what it does not know, and too much", async () => {
    const { call, socket, received } = await client();
    assert.equal((await call("voteSubscribe")).error?.code, -32601);
    assert.equal((await call("accountSubscribe", "x")).error?.code, -32602);
    assert.equal((await call("logsSubscribe", { mentions: [] })).error?.code, -32602);
    assert.equal((await call("getSlot")).error?.code, -32601);
    assert.equal((await call("constructorSubscribe")).error?.code, -32601);
    for (let count = 0; count < 1_000; count++)
      socket.send(JSON.stringify({ jsonrpc: "2.0", id: `s${count}`, method: "slotSubscribe" }));
    assert.equal((await call("slotSubscribe")).error?.code, -32600);
    socket.send("{");
    await until("an error", () => received.at(-1)?.error?.code === -32600 && received.at(-1)?.id === null);
    const closed = new Promise((resolve) => {
      socket.onclose = resolve;
    });
    socket.send("x".repeat(70_000));
    await closed;
  });

  it("serves the ordinary client", async () => {
    const connection = new Connection(rig.solana.url, "processed");
    const to = newAddress();
    const told: number[] = [];
    const id = connection.onAccountChange(to, ({ lamports }) => told.push(lamports));
    await until("the client's subscription", async () => {
      await rig.transfer(to, SOL, { price: told.length });
      rig.solana.advance();
      return told.length > 0;
    });
    await connection.removeAccountChangeListener(id);
    assert.ok((told[0] ?? 0) >= 1e9);
  });
});
