import assert from "node:assert/strict";
import { AddressLookupTableProgram, SystemProgram } from "@solana/web3.js";
import { newAddress, SOL, START_SECONDS, TestRig } from "../test-rig.ts";

describe("methods of blocks and what was in them", () => {
  let rig: TestRig;

  beforeEach(async () => {
    rig = await TestRig.start({ historyLimit: 5 });
  });
  afterEach(() => rig.stop());

  it("tell all of a transaction, once it is confirmed", async () => {
    const to = newAddress();
    const signature = await rig.transfer(to, SOL);
    const read = () =>
      rig.connection.getTransaction(signature, { commitment: "confirmed", maxSupportedTransactionVersion: 0 });
    const slot = rig.solana.advance();
    assert.equal(await read(), null);
    rig.solana.advance();
    const found = await read();
    assert.equal(found?.slot, slot);
    assert.equal(found?.blockTime, Number(START_SECONDS));
    assert.equal(found?.version, 0);
    assert.deepEqual(found?.meta?.preBalances, [100e9, 0, 1]);
    assert.deepEqual(found?.meta?.postBalances, [99e9 - 5_000, 1e9, 1]);
    assert.equal(found?.meta?.computeUnitsConsumed, 150);
    assert.match(String(found?.meta?.logMessages), /success/);
    const parsed = await rig.connection.getParsedTransaction(signature, {
      commitment: "confirmed",
      maxSupportedTransactionVersion: 0,
    });
    assert.deepEqual(
      parsed?.transaction.message.accountKeys.map(({ signer, writable }) => [signer, writable]),
      [
        [true, true],
        [false, true],
        [false, false],
      ],
    );
    await assert.rejects(rig.call("getTransaction", signature, { commitment: "processed" }), /below `confirmed`/);
  });

  it("find what an address had part in, newest first, page by page", async () => {
    const to = newAddress();
    const sent: string[] = [];
    for (let count = 0; count < 4; count++) {
      sent.unshift(await rig.transfer(to, SOL));
      rig.solana.advance();
    }
    await rig.transfer(newAddress(), SOL);
    rig.solana.advance();
    const unknown = await rig.transfer(newAddress(), SOL);
    const page = async (options: object) =>
      (await rig.connection.getSignaturesForAddress(to, options, "confirmed")).map(({ signature }) => signature);
    assert.deepEqual(await page({}), sent);
    assert.deepEqual(await page({ limit: 2 }), sent.slice(0, 2));
    assert.deepEqual(await page({ before: sent[1] }), sent.slice(2));
    assert.deepEqual(await page({ until: sent[2] }), sent.slice(0, 2));
    assert.deepEqual(await page({ before: unknown }), []);
    assert.deepEqual(await page({ until: unknown }), sent);
    assert.deepEqual(await page({ before: sent[0], until: sent[3] }), sent.slice(1, 3));
  });

  it("forget old transactions beyond the limit, but none that could be sent again", async () => {
    const sent: string[] = [];
    for (let count = 0; count < 7; count++) {
      sent.push(await rig.transfer(newAddress(), SOL));
      rig.solana.advance();
    }
    const known = async (searchTransactionHistory: boolean) =>
      (await rig.connection.getSignatureStatuses(sent, { searchTransactionHistory })).value.map((one) => one !== null);
    assert.deepEqual(await known(false), Array(7).fill(true));
    rig.solana.advance(200);
    assert.deepEqual(await known(true), [false, false, true, true, true, true, true]);
    assert.deepEqual(await known(false), Array(7).fill(false));
  });

  it("tell of blocks", async () => {
    const signature = await rig.transfer(newAddress(), SOL);
    const slot = rig.solana.advance();
    rig.solana.advance();
    const block = await rig.connection.getBlock(slot, { commitment: "confirmed", maxSupportedTransactionVersion: 0 });
    assert.equal(block?.parentSlot, slot - 1);
    assert.deepEqual(
      block?.transactions.map(({ transaction }) => transaction.signatures[0]),
      [signature],
    );
    assert.deepEqual(await rig.connection.getBlocks(slot - 1, undefined, "confirmed"), [slot - 1, slot]);
    assert.deepEqual(await rig.connection.getBlocks(slot - 1, slot - 1, "confirmed"), [slot - 1]);
    await assert.rejects(rig.call("getBlock", slot + 1, { commitment: "confirmed" }), /not available/);
    await assert.rejects(rig.call("getBlock", slot + 2), /not available/);
    const { epoch, absoluteSlot } = await rig.connection.getEpochInfo();
    assert.deepEqual([epoch, absoluteSlot], [0, slot + 1]);
    assert.match((await rig.connection.getVersion())["solana-core"], /simulator/);
    assert.equal(await rig.connection.getTransactionCount(), 1);
    assert.match(await rig.connection.getGenesisHash(), /^\w{32,44}$/);
  });

  it("tell what priority cost of late, by the accounts written to", async () => {
    const [dear, cheap] = [newAddress(), newAddress()];
    await rig.transfer(dear, SOL, { price: 900 });
    await rig.transfer(cheap, SOL, { price: 30 });
    const slot = rig.solana.advance();
    rig.solana.advance();
    const paid = async (...lockedWritableAccounts: (typeof dear)[]) =>
      (await rig.connection.getRecentPrioritizationFees({ lockedWritableAccounts }))
        .filter((one) => one.slot >= slot)
        .map(({ prioritizationFee }) => prioritizationFee);
    assert.deepEqual(await paid(dear), [900, 0]);
    assert.deepEqual(await paid(cheap, dear), [900, 0]);
    assert.deepEqual(await paid(), [30, 0]);
    assert.deepEqual(await paid(newAddress()), [30, 0]);
  });

  it("give the calls that programs made", async () => {
    const { publicKey } = rig.payer;
    rig.solana.advance(2);
    const [create] = AddressLookupTableProgram.createLookupTable({
      authority: publicKey,
      payer: publicKey,
      recentSlot: rig.solana.slot - 1,
    });
    const transaction = await rig.transaction([rig.transferInstruction(newAddress(), SOL), create]);
    const { value } = await rig.connection.simulateTransaction(transaction, { innerInstructions: true });
    const system = SystemProgram.programId.toBase58();
    const [own] = value.innerInstructions ?? [];
    assert.equal(own?.index, 1);
    assert.equal(own?.instructions[0]?.programId.toString(), system);
    const signature = await rig.connection.sendTransaction(transaction);
    rig.solana.advance(2);
    const found = await rig.connection.getTransaction(signature, {
      commitment: "confirmed",
      maxSupportedTransactionVersion: 0,
    });
    const [stored] = found?.meta?.innerInstructions ?? [];
    assert.equal(stored?.index, 1);
    assert.equal(stored?.instructions.length, own?.instructions.length);
    const program = found?.transaction.message.staticAccountKeys[stored?.instructions[0]?.programIdIndex ?? 0];
    assert.equal(program?.toBase58(), system);
    const parsed = await rig.connection.getParsedTransaction(signature, {
      commitment: "confirmed",
      maxSupportedTransactionVersion: 0,
    });
    assert.equal(parsed?.meta?.innerInstructions?.[0]?.instructions[0]?.programId.toBase58(), system);
  });
});
