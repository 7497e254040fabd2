import assert from "node:assert/strict";
import { unixNs } from "@chronoledger/core";
import { FakeClock } from "@chronoledger/service";
import { Connection, Keypair, SYSVAR_CLOCK_PUBKEY, sendAndConfirmTransaction, Transaction } from "@solana/web3.js";
import { until } from "../../../test/support/until.ts";
import { startLocalSolana } from "./local-solana.ts";
import { newAddress, SOL, START_SECONDS, TestRig } from "./test-rig.ts";

describe("local Solana", () => {
  let rig: TestRig;
  const status = async (signature: string) => (await rig.connection.getSignatureStatus(signature)).value;

  beforeEach(async () => {
    rig = await TestRig.start();
  });
  afterEach(() => rig.stop());

  describe("executes", () => {
    it("what was sent when the next slot begins, and not before", async () => {
      const to = newAddress();
      const signature = await rig.transfer(to, SOL);
      assert.equal(rig.lamports(to), 0n);
      assert.equal(await status(signature), null);
      assert.equal(rig.solana.pendingCount, 1);
      const slot = rig.solana.advance();
      assert.equal(rig.lamports(to), SOL);
      assert.equal((await status(signature))?.slot, slot);
      assert.equal(rig.solana.pendingCount, 0);
    });

    it("the dearest compute unit first, and among equals the first that came", async () => {
      const to = newAddress();
      const sent = [];
      for (const [lamports, price] of [
        [1n, 0],
        [2n, 7],
        [3n, 9],
        [4n, 7],
      ] as const)
        sent.push(await rig.transfer(to, SOL + lamports, { price }));
      const slot = rig.solana.advance();
      rig.solana.advance();
      const { signatures } = await rig.connection.getBlockSignatures(slot, "confirmed");
      assert.deepEqual(signatures, [sent[2], sent[1], sent[3], sent[0]]);
    });

    it("a signature once, however often it is sent", async () => {
      const to = newAddress();
      const transaction = await rig.transaction([rig.transferInstruction(to, SOL)]);
      const raw = transaction.serialize();
      await rig.connection.sendRawTransaction(raw);
      await rig.connection.sendRawTransaction(raw);
      rig.solana.advance();
      await rig.connection.sendRawTransaction(raw, { skipPreflight: true });
      rig.solana.advance();
      assert.equal(rig.lamports(to), SOL);
      await assert.rejects(rig.connection.sendRawTransaction(raw), /already been processed/);
    });

    it("a failing transaction that skipped preflight, and takes its fee", async () => {
      const before = rig.lamports(rig.payer.publicKey);
      const signature = await rig.transfer(newAddress(), 1_000n * SOL, { skipPreflight: true });
      rig.solana.advance();
      assert.deepEqual((await status(signature))?.err, { InstructionError: [0, { Custom: 1 }] });
      assert.equal(rig.lamports(rig.payer.publicKey), before - 5_000n);
    });

    it("until an account is empty, and then there is none", async () => {
      const payer = Keypair.generate();
      rig.solana.fund(payer.publicKey.toBase58(), SOL);
      await rig.transfer(newAddress(), SOL - 5_000n, { payer });
      rig.solana.advance();
      assert.equal(rig.solana.account(payer.publicKey.toBase58()), undefined);
      assert.equal(await rig.connection.getAccountInfo(payer.publicKey), null);
    });

    it("airdrops as transactions, equal ones too", async () => {
      const to = newAddress();
      const signatures = [
        await rig.connection.requestAirdrop(to, 1_000_000_000),
        await rig.connection.requestAirdrop(to, 1_000_000_000),
      ];
      assert.equal(rig.lamports(to), 0n);
      rig.solana.advance();
      assert.equal(rig.lamports(to), 2n * SOL);
      for (const signature of signatures) assert.equal((await status(signature))?.err, null);
    });
  });

  describe("drops without a trace", () => {
    it("a transaction whose payer has nothing", async () => {
      const payer = Keypair.generate();
      const signature = await rig.transfer(newAddress(), 1n, { payer, skipPreflight: true });
      rig.solana.advance();
      assert.equal(await status(signature), null);
      await assert.rejects(rig.transfer(newAddress(), 1n, { payer }), /found no record of a prior credit/);
    });

    it("a transaction with a wrong signature", async () => {
      const transaction = await rig.transaction([rig.transferInstruction(newAddress(), SOL)]);
      transaction.signatures[0]?.fill(1);
      await assert.rejects(rig.connection.sendTransaction(transaction), /signature verification failure/);
      await rig.connection.simulateTransaction(transaction, { sigVerify: false });
      const signature = await rig.connection.sendTransaction(transaction, { skipPreflight: true });
      rig.solana.advance();
      assert.equal(await status(signature), null);
    });

    it("a transaction whose blockhash is 150 blocks old and more", async () => {
      const { blockhash, lastValidBlockHeight } = await rig.connection.getLatestBlockhash();
      assert.equal(lastValidBlockHeight, rig.solana.blockHeight + 150);
      rig.solana.advance(149);
      const [last, late] = [newAddress(), newAddress()];
      await rig.transfer(last, SOL, { blockhash });
      rig.solana.advance();
      assert.equal(rig.solana.blockHeight, lastValidBlockHeight);
      assert.equal(rig.lamports(last), SOL);
      assert.equal((await rig.connection.isBlockhashValid(blockhash)).value, true);
      await assert.rejects(rig.transfer(late, SOL, { blockhash }), /Blockhash not found/);
      const signature = await rig.transfer(late, SOL, { blockhash, skipPreflight: true });
      rig.solana.advance();
      assert.equal(await status(signature), null);
      assert.equal(rig.lamports(late), 0n);
      assert.equal((await rig.connection.isBlockhashValid(blockhash)).value, false);
    });

    it("a transaction whose blockhash was never one", async () => {
      const blockhash = newAddress().toBase58();
      await assert.rejects(rig.transfer(newAddress(), SOL, { blockhash }), /Blockhash not found/);
    });
  });

  describe("tells commitments apart", () => {
    it("in the status of a transaction", async () => {
      const signature = await rig.transfer(newAddress(), SOL);
      const seen = [];
      for (let blocks = 0; blocks < 4; blocks++) {
        rig.solana.advance();
        const { confirmationStatus, confirmations } = (await status(signature)) ?? {};
        seen.push([confirmationStatus, confirmations]);
      }
      assert.deepEqual(seen, [
        ["processed", 0],
        ["confirmed", 1],
        ["confirmed", 2],
        ["finalized", null],
      ]);
    });

    it("in what an account holds", async () => {
      rig.solana.advance(4);
      const to = newAddress();
      const balances = async () =>
        Promise.all(
          (["processed", "confirmed", "finalized"] as const).map((level) => rig.connection.getBalance(to, level)),
        );
      await rig.transfer(to, SOL);
      rig.solana.advance();
      assert.deepEqual(await balances(), [1e9, 0, 0]);
      await rig.transfer(to, SOL);
      rig.solana.advance();
      assert.deepEqual(await balances(), [2e9, 1e9, 0]);
      rig.solana.advance(2);
      assert.deepEqual(await balances(), [2e9, 2e9, 1e9]);
      rig.solana.advance();
      assert.deepEqual(await balances(), [2e9, 2e9, 2e9]);
    });

    it("in slots, heights, blockhashes and the clock", async () => {
      rig.solana.advance(9);
      const { connection } = rig;
      assert.deepEqual(
        await Promise.all(
          (["processed", "confirmed", "finalized"] as const).map(async (level) => [
            await connection.getSlot(level),
            await connection.getBlockHeight(level),
            (await connection.getLatestBlockhash(level)).lastValidBlockHeight,
            Number((await connection.getAccountInfo(SYSVAR_CLOCK_PUBKEY, level))?.data.readBigUInt64LE(0)),
          ]),
        ),
        [
          [10, 10, 160, 10],
          [9, 9, 159, 9],
          [7, 7, 157, 7],
        ],
      );
    });

    it("and refuses what it has not reached", async () => {
      rig.solana.advance(2);
      const minContextSlot = rig.solana.slot;
      await rig.connection.getBalance(rig.payer.publicKey, { commitment: "processed", minContextSlot });
      await assert.rejects(
        rig.connection.getBalance(rig.payer.publicKey, { commitment: "confirmed", minContextSlot }),
        /-32016|Minimum context slot/,
      );
    });
  });

  describe("keeps time", () => {
    it("by hand, from the next slot on", async () => {
      const unixTimestamp = async () =>
        (await rig.connection.getAccountInfo(SYSVAR_CLOCK_PUBKEY))?.data.readBigInt64LE(32);
      assert.equal(await unixTimestamp(), START_SECONDS);
      rig.solana.setUnixTime(START_SECONDS + 5n);
      assert.equal(await unixTimestamp(), START_SECONDS);
      const slot = rig.solana.advance();
      assert.equal(await unixTimestamp(), START_SECONDS + 5n);
      assert.equal(await rig.connection.getBlockTime(slot), Number(START_SECONDS + 5n));
    });

    it("by a clock, in whole seconds that never fall", async () => {
      const clock = new FakeClock(unixNs(100_999_999_999n));
      const solana = await startLocalSolana({ clock });
      try {
        assert.equal(solana.unixTime, 100n);
        clock.advance(1n);
        solana.advance();
        assert.equal(solana.unixTime, 101n);
        clock.step(-50_000_000_000n);
        solana.advance();
        assert.equal(solana.unixTime, 101n);
      } finally {
        await solana.stop();
      }
    });
  });

  it("makes slots by itself in real time, and confirms to an ordinary client", async () => {
    const solana = await startLocalSolana({ slotMs: 20, finalizeAfter: 4 });
    const connection = new Connection(solana.url, "confirmed");
    try {
      const payer = Keypair.generate();
      const airdrop = await connection.requestAirdrop(payer.publicKey, 1_000_000_000);
      await connection.confirmTransaction({ signature: airdrop, ...(await connection.getLatestBlockhash()) });
      const to = newAddress();
      const transaction = new Transaction().add(rig.transferInstruction(to, 1_000_000n, payer));
      await sendAndConfirmTransaction(connection, transaction, [payer], { commitment: "finalized" });
      assert.equal(await connection.getBalance(to, "finalized"), 1_000_000);
    } finally {
      await solana.stop();
    }
    const stopped = solana.slot;
    await assert.rejects(connection.getSlot());
    assert.equal(solana.slot, stopped);
  });

  it("stands still while its slots are held", async () => {
    const solana = await startLocalSolana({ slotMs: 5 });
    try {
      await until("slots come", () => solana.slot > 2);
      solana.pauseSlots();
      const held = solana.slot;
      solana.advance();
      assert.equal(solana.slot, held + 1);
      solana.resumeSlots();
      await until("slots come again", () => solana.slot > held + 2);
    } finally {
      await solana.stop();
    }
  });

  it("takes a pair of ports, and gives it back", async () => {
    const { port } = rig.solana;
    await assert.rejects(startLocalSolana({ port }), /process\/port-in-use/);
    await assert.rejects(startLocalSolana({ port: port - 1 }), /process\/port-in-use/);
    await rig.stop();
    await rig.stop();
    const again = await startLocalSolana({ port });
    await again.stop();
  });

  it("parts from its listeners in a way that does not make them try again", async () => {
    const socket = new WebSocket(rig.solana.webSocketUrl);
    const closed = new Promise<number>((resolve) => {
      socket.onclose = ({ code }) => resolve(code);
    });
    await new Promise((resolve) => {
      socket.onopen = resolve;
    });
    await rig.stop();
    assert.equal(await closed, 1_000);
  });

  it("refuses commitments that make no sense", async () => {
    await assert.rejects(startLocalSolana({ confirmAfter: 4, finalizeAfter: 3 }), /config\/invalid/);
    await assert.rejects(startLocalSolana({ finalizeAfter: 401 }), /config\/invalid/);
  });
});
