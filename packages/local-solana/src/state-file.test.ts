import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Connection, Keypair } from "@solana/web3.js";
import { ServiceProcess } from "../../../test/support/service-process.ts";
import { until } from "../../../test/support/until.ts";
import { newAddress, SOL, START_SECONDS, TestRig } from "./test-rig.ts";

describe("the state file", () => {
  let folder: string;
  let stateFile: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "local-solana-"));
    stateFile = join(folder, "state");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("brings everything back", async () => {
    const rig = await TestRig.start({ stateFile });
    const [to, closed] = [newAddress(), newAddress()];
    rig.solana.fund(closed.toBase58(), SOL);
    rig.solana.advance(3);
    const { blockhash } = await rig.connection.getLatestBlockhash();
    const transaction = await rig.transaction([rig.transferInstruction(to, SOL)]);
    const signature = await rig.connection.sendTransaction(transaction);
    rig.solana.advance();
    rig.solana.setAccount(closed.toBase58(), undefined);
    rig.solana.setUnixTime(START_SECONDS + 77n);
    rig.solana.advance();
    const before = {
      slot: rig.solana.slot,
      height: rig.solana.blockHeight,
      genesis: await rig.connection.getGenesisHash(),
      payer: rig.lamports(rig.payer.publicKey),
      record: await rig.call("getTransaction", signature, {
        commitment: "confirmed",
        maxSupportedTransactionVersion: 0,
      }),
    };
    await rig.stop();

    const again = await TestRig.start({ stateFile });
    try {
      assert.equal(again.solana.unixTime, START_SECONDS + 77n);
      const view = { commitment: "confirmed", maxSupportedTransactionVersion: 0 };
      assert.deepEqual(
        {
          slot: again.solana.slot,
          height: again.solana.blockHeight,
          genesis: await again.connection.getGenesisHash(),
          payer: again.lamports(rig.payer.publicKey),
          record: await again.call("getTransaction", signature, view),
        },
        before,
      );
      assert.equal(again.lamports(to), SOL);
      assert.equal(again.solana.account(closed.toBase58()), undefined);
      await assert.rejects(again.connection.sendTransaction(transaction), /already been processed/);
      const late = newAddress();
      await again.connection.sendTransaction(
        await again.transaction([again.transferInstruction(late, SOL, rig.payer)], { payer: rig.payer, blockhash }),
      );
      again.solana.advance();
      assert.equal(again.lamports(late), SOL);
      assert.throws(() => again.solana.fork(2), /input\/out-of-range/);
    } finally {
      await again.stop();
    }
  });

  it("does not bring back what a fork took away", async () => {
    const rig = await TestRig.start({ stateFile, finalizeAfter: 9 });
    const [kept, undone] = [newAddress(), newAddress()];
    await rig.transfer(kept, SOL);
    rig.solana.advance();
    const signature = await rig.transfer(undone, SOL);
    rig.solana.advance();
    const slot = rig.solana.fork(1);
    await rig.stop();
    const again = await TestRig.start({ stateFile });
    try {
      assert.deepEqual([again.lamports(kept), again.lamports(undone)], [SOL, 0n]);
      assert.equal((await again.connection.getSignatureStatus(signature)).value, null);
      assert.equal(again.solana.slot, slot);
      await assert.rejects(again.connection.getBlockTime(slot - 1), /skipped/);
    } finally {
      await again.stop();
    }
  });

  it("passes over the line that a kill cut short, and refuses any other fault", async () => {
    const rig = await TestRig.start({ stateFile });
    rig.solana.advance(2);
    const { slot } = rig.solana;
    await rig.stop();
    const whole = readFileSync(stateFile, "utf8");
    appendFileSync(stateFile, whole.split("\n")[1]?.slice(0, 40) ?? "");
    const again = await TestRig.start({ stateFile });
    assert.equal(again.solana.slot, slot);
    again.solana.advance();
    await again.stop();
    for (const broken of [whole.replace("{", "["), `${whole}{}\n`, "{}\n", whole.replace('"accounts"', '"acc"')]) {
      writeFileSync(stateFile, broken);
      await assert.rejects(TestRig.start({ stateFile }), /journal\/corrupt/);
    }
  });

  it("does not grow for ever", async () => {
    const rig = await TestRig.start({ stateFile });
    const address = newAddress().toBase58();
    const account = { lamports: SOL, owner: newAddress().toBase58(), executable: false };
    for (let count = 0; count < 4; count++) {
      rig.solana.setAccount(address, { ...account, data: new Uint8Array(5_000_000).fill(count) });
      rig.solana.advance();
    }
    assert.ok(statSync(stateFile).size < 16_000_000);
    rig.solana.advance();
    await rig.stop();
    const again = await TestRig.start({ stateFile });
    assert.equal(again.solana.account(address)?.data.at(-1), 3);
    assert.equal(again.solana.slot, 6);
    await again.stop();
  });

  it("keeps, over a kill, whatever somebody was told of", async function () {
    this.timeout(40_000);
    const main = new ServiceProcess(join(import.meta.dirname, "main.ts"), "LOCAL_SOLANA_PORT", {
      LOCAL_SOLANA_STATE_FILE: stateFile,
      LOCAL_SOLANA_SLOT_MS: "10",
    });
    try {
      await main.start();
      let connection = new Connection(main.url, "processed");
      const to = Keypair.generate().publicKey;
      await connection.requestAirdrop(to, 1_000_000_000);
      await until("the airdrop", async () => (await connection.getBalance(to)) > 0);
      const slot = await connection.getSlot();
      await main.stop("SIGKILL");
      await main.start();
      connection = new Connection(main.url, "processed");
      assert.equal(await connection.getBalance(to), 1e9);
      assert.ok((await connection.getSlot()) >= slot);
      assert.equal(await main.stop("SIGTERM"), 0);
    } finally {
      await main.stop();
    }
  });
});
