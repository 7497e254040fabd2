import assert from "node:assert/strict";
import { until } from "../../../test/support/until.ts";
import { startLocalSolana } from "./local-solana.ts";
import { newAddress, post, SOL, START_SECONDS, TestRig } from "./test-rig.ts";

describe("what can be made to go wrong", () => {
  let rig: TestRig;
  const status = async (signature: string) => (await rig.connection.getSignatureStatus(signature)).value;

  beforeEach(async () => {
    rig = await TestRig.start({ finalizeAfter: 5, faultMethods: true });
    rig.solana.advance(6);
  });
  afterEach(() => rig.stop());

  it("transactions are accepted and lost", async () => {
    rig.solana.dropNext(1);
    const [lost, landed] = [await rig.transfer(newAddress(), SOL), await rig.transfer(newAddress(), 2n * SOL)];
    rig.solana.advance();
    assert.equal(await status(lost), null);
    assert.notEqual(await status(landed), null);
  });

  it("transactions wait", async () => {
    rig.solana.delay(2);
    const late = await rig.transfer(newAddress(), SOL);
    rig.solana.delay(0);
    const prompt = await rig.transfer(newAddress(), 2n * SOL);
    rig.solana.advance();
    assert.notEqual(await status(prompt), null);
    rig.solana.advance();
    assert.equal(await status(late), null);
    assert.equal(rig.solana.advance(), (await status(late))?.slot);
  });

  it("transactions wait no longer when they are sent again", async () => {
    const transaction = await rig.transaction([rig.transferInstruction(newAddress(), SOL)]);
    rig.solana.delay(1);
    const signature = await rig.connection.sendTransaction(transaction);
    rig.solana.advance();
    await rig.connection.sendTransaction(transaction);
    assert.equal(rig.solana.pendingCount, 1);
    const slot = rig.solana.advance();
    assert.equal((await status(signature))?.slot, slot);
  });

  describe("blocks are abandoned", () => {
    it("with their transactions, which may be sent again", async () => {
      const [kept, undone] = [newAddress(), newAddress()];
      await rig.transfer(kept, SOL);
      rig.solana.advance();
      const payerBefore = rig.lamports(rig.payer.publicKey);
      const transaction = await rig.transaction([rig.transferInstruction(undone, SOL)]);
      const signature = await rig.connection.sendTransaction(transaction);
      rig.solana.advance();
      await rig.transfer(kept, SOL);
      const tip = rig.solana.advance();
      const height = rig.solana.blockHeight;
      assert.equal(rig.solana.fork(2), tip + 1);
      assert.equal(rig.solana.blockHeight, height - 1);
      assert.equal(await status(signature), null);
      assert.deepEqual([rig.lamports(kept), rig.lamports(undone)], [SOL, 0n]);
      assert.equal(rig.solana.account(undone.toBase58()), undefined);
      assert.equal(rig.lamports(rig.payer.publicKey), payerBefore);
      await rig.connection.sendTransaction(transaction);
      rig.solana.advance();
      assert.equal(rig.lamports(undone), SOL);
    });

    it("to the state before the first of several transactions that changed an account", async () => {
      const to = newAddress();
      const before = rig.lamports(rig.payer.publicKey);
      await rig.transfer(to, SOL);
      await rig.transfer(to, 2n * SOL);
      rig.solana.advance();
      assert.equal(rig.lamports(to), 3n * SOL);
      rig.solana.fork(1);
      assert.equal(rig.solana.account(to.toBase58()), undefined);
      assert.equal(rig.lamports(rig.payer.publicKey), before);
    });

    it("whose slots are skipped and whose hashes are not known any more", async () => {
      const { blockhash } = await rig.connection.getLatestBlockhash();
      const slot = rig.solana.slot;
      rig.solana.fork(1);
      assert.equal((await rig.connection.isBlockhashValid(blockhash)).value, false);
      const signature = await rig.transfer(newAddress(), SOL, { blockhash, skipPreflight: true });
      rig.solana.advance();
      assert.equal(await status(signature), null);
      await assert.rejects(rig.connection.getBlockTime(slot), /-32009|skipped/);
      assert.deepEqual(await rig.connection.getBlocks(slot - 1, slot + 1, "confirmed"), [slot - 1, slot + 1]);
    });

    it("that were confirmed, but none that is final", async () => {
      const to = newAddress();
      const signature = await rig.transfer(to, SOL);
      rig.solana.advance(5);
      assert.equal((await status(signature))?.confirmationStatus, "confirmed");
      assert.equal(await rig.connection.getBalance(to, "confirmed"), 1e9);
      rig.solana.fork(5);
      assert.equal(await rig.connection.getBalance(to, "confirmed"), 0);
      assert.throws(() => rig.solana.fork(2), /input\/out-of-range/);
      assert.throws(() => rig.solana.fork(0), /input\/out-of-range/);
      const final = await rig.connection.getSlot("finalized");
      rig.solana.advance();
      assert.equal(await rig.connection.getSlot("finalized"), final);
      rig.solana.advance(4);
      assert.ok((await rig.connection.getSlot("finalized")) > final);
    });

    it("with the time they had, and what was put into them by hand", async () => {
      rig.solana.setUnixTime(START_SECONDS + 9n);
      rig.solana.advance();
      const address = newAddress();
      rig.solana.fund(address.toBase58(), SOL);
      rig.solana.setUnixTime(START_SECONDS + 3n);
      rig.solana.fork(1);
      assert.equal(rig.solana.unixTime, START_SECONDS + 3n);
      assert.equal(rig.lamports(address), 0n);
    });
  });

  it("nobody answers", async () => {
    const ended = new Promise((resolve) => {
      const socket = new WebSocket(rig.solana.webSocketUrl);
      socket.onopen = () => rig.solana.stopAnswering();
      socket.onclose = resolve;
    });
    await ended;
    const response = await fetch(rig.solana.url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    assert.equal(response.status, 503);
    assert.equal((await fetch(`${rig.solana.url}/health`)).status, 503);
    assert.equal((await fetch(`${rig.solana.url}/readyz`)).status, 503);
    await new Promise((resolve) => {
      new WebSocket(rig.solana.webSocketUrl).onerror = resolve;
    });
    await rig.call("local_resumeAnswering");
    assert.equal(await rig.connection.getSlot(), rig.solana.slot);
    await new Promise((resolve) => {
      const socket = new WebSocket(rig.solana.webSocketUrl);
      socket.onopen = () => socket.close();
      socket.onclose = resolve;
    });
  });

  it("all of it over JSON-RPC", async () => {
    const slot = rig.solana.slot;
    assert.equal(await rig.call("local_advance"), slot + 1);
    assert.equal(await rig.call("local_advance", 3), slot + 4);
    assert.equal(await rig.call("local_fork", 2), slot + 5);
    await rig.call("local_setUnixTime", 99);
    rig.solana.advance();
    assert.equal(rig.solana.unixTime, 99n);
    await rig.call("local_dropNext", 1);
    await rig.transfer(newAddress(), SOL);
    assert.equal(rig.solana.pendingCount, 0);
    await rig.call("local_delay", 1);
    await rig.transfer(newAddress(), SOL);
    rig.solana.advance();
    assert.equal(rig.solana.pendingCount, 1);
    await rig.call("local_stopAnswering");
    await assert.rejects(rig.call("getSlot"), /-32005/);
    await rig.call("local_resumeAnswering");
    await assert.rejects(rig.call("local_fork", 99), /-32602.*range/);
    await assert.rejects(rig.call("local_advance", 1_001), /-32602/);
  });

  it("held slots, over JSON-RPC", async () => {
    const solana = await startLocalSolana({ slotMs: 5, faultMethods: true });
    const call = (method: string) => post(solana.url, JSON.stringify({ jsonrpc: "2.0", id: 1, method }));
    try {
      await call("local_pauseSlots");
      const held = solana.slot;
      assert.deepEqual(await call("getHealth"), { jsonrpc: "2.0", result: "ok", id: 1 });
      assert.equal(solana.slot, held);
      await call("local_resumeSlots");
      await until("slots come again", () => solana.slot > held);
    } finally {
      await solana.stop();
    }
  });

  it("but only for those who asked for it", async () => {
    const plain = await TestRig.start();
    try {
      await assert.rejects(plain.call("local_advance"), /-32601/);
    } finally {
      await plain.stop();
    }
  });
});
