import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { type ErrorCode, isChronoError, type UnixNs, unixNs } from "@chronoledger/core";
import { type Anvil, startAnvil } from "../../../test/support/anvil.ts";
import { type OpenDatabase, openTestDatabase } from "../../../test/support/database.ts";
import { until } from "../../../test/support/until.ts";
import { type ChainClient, createChainClient } from "./chain-client.ts";
import { createTransactionManager } from "./manager.ts";
import { txmMigrations } from "./schema.ts";
import { addressOf, signTransaction } from "./sign.ts";
import type { ChainPort, Hex, TransactionManager, TransactionManagerOptions, TransactionRequest } from "./types.ts";

const CHAIN_ID = 31_337;
const FAR = unixNs(4_000_000_000_000_000_000n);
const GWEI = 1_000_000_000n;
const quiet = { info: () => undefined, warn: () => undefined };

describe("the transaction manager on a real chain", function () {
  this.timeout(30_000);
  let anvil: Anvil;
  let opened: OpenDatabase;
  let chain: ChainClient;
  let key: Uint8Array;
  let managers: TransactionManager[];
  let now: UnixNs;

  before(async () => {
    [anvil, opened] = await Promise.all([startAnvil({ args: ["--no-mining"] }), openTestDatabase(txmMigrations)]);
    chain = await createChainClient({ url: anvil.ipcPath, chainId: CHAIN_ID });
  });
  after(async () => {
    chain.close();
    await Promise.all([anvil.stop(), opened.close()]);
  });
  beforeEach(async () => {
    managers = [];
    now = unixNs(1_800_000_000_000_000_000n);
    key = randomBytes(32);
    await chain.rpc.request("anvil_setBalance", [addressOf(key), "0xde0b6b3a7640000"]);
    await chain.rpc.request("anvil_setNextBlockBaseFeePerGas", [`0x${GWEI.toString(16)}`]);
    await chain.rpc.request("anvil_mine", ["0x1"]);
  });
  afterEach(async () => {
    await Promise.all(managers.map((manager) => manager.close()));
  });

  const start = async (options: Partial<TransactionManagerOptions> = {}): Promise<TransactionManager> => {
    const manager = await createTransactionManager({
      chain,
      db: opened.db,
      clock: { utcNow: () => now },
      log: quiet,
      privateKey: key,
      ...options,
    });
    managers.push(manager);
    await manager.recover();
    return manager;
  };
  const mine = (blocks = 1) => chain.rpc.request("anvil_mine", [`0x${blocks.toString(16)}`]);
  const request = (name: string, more: Partial<TransactionRequest> = {}): TransactionRequest => ({
    key: name,
    to: addressOf(key),
    data: "0x",
    gas: 21_000n,
    notAfter: FAR,
    ...more,
  });
  const submit = async (manager: TransactionManager, name: string, more: Partial<TransactionRequest> = {}) => {
    const prepared = await manager.prepare(request(name, more));
    await manager.send(prepared.id);
    return prepared;
  };
  const minedUntil = async (what: string, done: () => boolean) => {
    for (let i = 0; i < 20 && !done(); i++) {
      await mine();
      await until(what, done, 200).catch(() => undefined);
    }
    assert.ok(done(), what);
  };
  const codeOf = async (work: Promise<unknown>): Promise<ErrorCode | undefined> =>
    work.then(
      () => undefined,
      (error: unknown) => (isChronoError(error) ? error.code : undefined),
    );
  /** The same chain with some calls replaced. */
  const withFaults = (faults: Partial<ChainPort>): ChainPort => ({ ...chain, ...faults });

  it("follows a transaction from its signature to finality", async () => {
    const manager = await start();
    const states: string[] = [];
    manager.onChange(({ state }) => states.push(state));
    const { id, nonce } = await submit(manager, "one");
    assert.equal(nonce, 0);
    await mine();
    await manager.inclusion(id);
    await mine(3);
    const end = await manager.outcome(id);
    assert.equal(end.inclusion?.success, true);
    assert.deepEqual(states, ["sent", "included", "final"]);
  });

  it("prepares a key once, however often it is asked and across restarts", async () => {
    const manager = await start();
    const [first, again] = await Promise.all([manager.prepare(request("same")), manager.prepare(request("same"))]);
    assert.deepEqual(first, again);
    await manager.send(first.id);
    await mine();
    await manager.inclusion(first.id);
    await mine(3);
    await manager.outcome(first.id);
    await manager.close();
    const next = await start();
    assert.equal((await next.prepare(request("same"))).hash, first.hash);
    assert.equal((await next.prepare(request("other"))).nonce, 1);
  });

  it("hands out nonces in the order of the calls, many at once", async () => {
    const manager = await start();
    const names = Array.from({ length: 50 }, (_, i) => `burst-${i}`);
    const prepared = (
      await Promise.all([
        manager.prepareAll(names.slice(0, 25).map((name) => request(name))),
        manager.prepareAll(names.slice(25).map((name) => request(name))),
      ])
    ).flat();
    assert.deepEqual(
      prepared.map(({ nonce }) => nonce),
      names.map((_, i) => i),
    );
    await Promise.all(prepared.map(({ id }) => manager.send(id)));
    await mine();
    const included = await Promise.all(prepared.map(({ id }) => manager.inclusion(id)));
    assert.ok(included.every(({ inclusion }) => inclusion?.success === true));
  });

  it("records a call that reverts as included without success", async () => {
    const manager = await start();
    const reverter = "0x00000000000000000000000000000000000000fd" as Hex;
    await chain.rpc.request("anvil_setCode", [reverter, "0x60006000fd"]);
    const { id } = await submit(manager, "revert", { to: reverter, gas: 60_000n });
    await mine();
    assert.equal((await manager.inclusion(id)).inclusion?.success, false);
  });

  it("sends a transaction again that a reorganisation threw out", async () => {
    const manager = await start();
    const { id } = await submit(manager, "reorg");
    await mine();
    const first = await manager.inclusion(id);
    await chain.rpc.request("anvil_reorg", [1, []]);
    await minedUntil("included again", () => {
      const at = manager.get(id);
      return at?.state === "included" && at.inclusion?.blockHash !== first.inclusion?.blockHash;
    });
    await mine(3);
    assert.equal((await manager.outcome(id)).state, "final");
  });

  it("does not send again after a reorganisation while the next block could be too early", async () => {
    const manager = await start();
    const head = await chain.head();
    const { id } = await submit(manager, "early", { earliestBlockTimestamp: head.timestamp + 1_000n });
    await chain.rpc.request("anvil_dropTransaction", [manager.get(id)?.attempts[0]?.hash]);
    await chain.rpc.request("evm_setNextBlockTimestamp", [Number(head.timestamp) + 10]);
    await mine();
    await mine();
    await mine();
    assert.equal(await chain.latestNonce(addressOf(key)), 0);
    assert.equal(await chain.knows(manager.get(id)?.attempts[0]?.hash as Hex), false);
    await chain.rpc.request("evm_setNextBlockTimestamp", [Number(head.timestamp) + 1_000]);
    await minedUntil("included", () => manager.get(id)?.state === "included");
  });

  it("sends a dropped transaction again", async () => {
    const manager = await start();
    const { id, hash } = await submit(manager, "dropped");
    await chain.rpc.request("anvil_dropTransaction", [hash]);
    assert.equal(await chain.knows(hash), false);
    await minedUntil("included", () => manager.get(id)?.state === "included");
  });

  it("raises the fee of a transaction that does not get in, and follows every hash", async () => {
    const manager = await start();
    const { id, hash } = await submit(manager, "slow", { notAfter: unixNs(now + 5_000_000_000n) });
    await chain.rpc.request("anvil_setNextBlockBaseFeePerGas", [`0x${(400n * GWEI).toString(16)}`]);
    await minedUntil("replaced by a better offer", () => (manager.get(id)?.attempts.length ?? 0) > 1);
    await minedUntil("included", () => manager.get(id)?.state === "included");
    const done = manager.get(id);
    assert.notEqual(done?.inclusion?.hash, hash);
    assert.equal(done?.inclusion?.hash, done?.attempts.at(-1)?.hash);
  });

  it("takes the nonce by an empty transaction once notAfter has passed", async () => {
    const manager = await start();
    const { id, hash } = await submit(manager, "late", { notAfter: unixNs(now + 1n), maxFeePerGas: 3n * GWEI });
    await chain.rpc.request("anvil_dropTransaction", [hash]);
    now = unixNs(now + 10n);
    await minedUntil("cancelled", () => manager.get(id)?.state === "cancelled");
    await mine(3);
    const end = await manager.outcome(id);
    assert.equal(end.state, "cancelled");
    assert.equal(end.failure?.code, "transaction/expired");
    assert.equal((await manager.prepare(request("next"))).nonce, 1);
  });

  it("gives the nonce back after a definite refusal", async () => {
    const manager = await start();
    const { id, nonce } = await manager.prepare(request("too much gas", { gas: 2_000_000_000n }));
    assert.equal(await codeOf(manager.send(id)), "rpc/rejected");
    assert.equal((await manager.outcome(id)).state, "rejected");
    assert.equal((await manager.prepare(request("fine"))).nonce, nonce);
    assert.equal(
      (await manager.prepare(request("too much gas"))).nonce,
      nonce + 1,
      "a rejected key may be prepared again",
    );
  });

  it("fills the gap that a refusal leaves below later nonces", async () => {
    const manager = await start();
    const bad = await manager.prepare(request("bad", { gas: 2_000_000_000n }));
    const good = await submit(manager, "good");
    assert.equal(good.nonce, bad.nonce + 1);
    assert.equal(await codeOf(manager.send(bad.id)), "rpc/rejected");
    await minedUntil("included", () => manager.get(good.id)?.state === "included");
  });

  it("names missing funds", async () => {
    const manager = await start();
    await chain.rpc.request("anvil_setBalance", [addressOf(key), "0x1"]);
    const { id } = await manager.prepare(request("poor"));
    assert.equal(await codeOf(manager.send(id)), "transaction/insufficient-funds");
    assert.equal((await manager.outcome(id)).failure?.code, "transaction/insufficient-funds");
  });

  it("notices that somebody else used the nonce", async () => {
    const manager = await start();
    const { id, nonce } = await manager.prepare(request("ours"));
    const foreign = signTransaction(
      {
        chainId: CHAIN_ID,
        nonce,
        to: addressOf(key),
        data: "0x",
        value: 1n,
        gas: 21_000n,
        maxFeePerGas: 100n * GWEI,
        maxPriorityFeePerGas: 2n * GWEI,
      },
      key,
    );
    await chain.broadcast(foreign.raw);
    await mine();
    assert.equal(await codeOf(manager.send(id)), "transaction/nonce-too-low");
    await minedUntil("replaced", () => manager.get(id)?.state === "replaced");
    await mine(4);
    assert.equal((await manager.outcome(id)).state, "replaced");
  });

  it("does not believe a refusal that nobody recorded", async () => {
    const manager = await start({
      chain: withFaults({ broadcast: () => Promise.reject(new Error("strange things happened")) }),
    });
    const { id } = await manager.prepare(request("strange"));
    assert.equal(await codeOf(manager.send(id)), "rpc/unavailable");
    assert.equal(manager.get(id)?.state, "in-doubt");
    assert.equal((await manager.prepare(request("next"))).nonce, 1);
  });

  it("goes on after a crash between signing and sending", async () => {
    const first = await start();
    const { id, hash } = await first.prepare(request("crash-before"));
    await first.close();
    const second = await start();
    assert.equal(second.get(id)?.state, "sent");
    await mine();
    assert.equal((await second.inclusion(id)).inclusion?.hash, hash);
  });

  it("goes on after a crash between sending and the acknowledgement", async () => {
    const deaf = withFaults({
      broadcast: async (raw) => {
        await chain.broadcast(raw);
        return new Promise(() => undefined);
      },
    });
    const first = await start({ chain: deaf });
    const { id, hash } = await first.prepare(request("crash-after"));
    void first.send(id);
    await until("the node has it", () => chain.knows(hash));
    await first.close();
    const second = await start({ onRecover: () => assert.fail("the node has it: nothing to decide") });
    assert.equal(second.get(id)?.state, "sent");
    await mine();
    assert.equal((await second.inclusion(id)).inclusion?.hash, hash);
  });

  it("finds what was included while it was not running", async () => {
    const first = await start();
    const { id } = await submit(first, "away");
    await first.close();
    await mine(5);
    const second = await start();
    assert.equal((await second.outcome(id)).state, "final");
  });

  it("holds a signed transaction at start when the caller wants to send it itself", async () => {
    const first = await start();
    const { id, hash } = await first.prepare(request("held"));
    await first.close();
    const second = await start({ onRecover: () => "hold" });
    await mine(3);
    assert.equal(second.get(id)?.state, "signed");
    assert.equal(await chain.knows(hash), false);
    await second.release(id);
    assert.equal((await second.outcome(id)).state, "rejected");
  });

  it("fills gaps that it finds at start", async () => {
    const first = await start();
    const [lost, kept] = await first.prepareAll([request("lost"), request("kept")]);
    await first.send(kept?.id as string);
    await first.close();
    await opened.db.execute(`delete from txm_transactions where id = '${lost?.id}'`);
    const second = await start();
    await minedUntil("included", () => second.get(kept?.id as string)?.state === "included");
  });

  it("is told by the ledger when a second process uses the account", async () => {
    const [first, second] = [await start(), await start()];
    await first.prepare(request("mine"));
    assert.equal(await codeOf(second.prepare(request("yours"))), "database/unavailable");
  });

  it("ends waiting when it is closed", async () => {
    const manager = await start();
    const { id } = await manager.prepare(request("never"));
    const waiting = codeOf(manager.outcome(id));
    await manager.close();
    assert.equal(await waiting, "process/failed");
  });
});
