import assert from "node:assert/strict";
import { NS_PER_S, type UnixNs, unixNs } from "@chronoledger/core";
import {
  ComputeBudgetInstruction,
  ComputeBudgetProgram,
  Keypair,
  PublicKey,
  SystemProgram,
  TransactionMessage,
  VersionedTransaction,
} from "@solana/web3.js";
import { CHRONOLEDGER_PROGRAM } from "../addresses.ts";
import type { SenderConnection, TransactionFailure } from "./connection-port.ts";
import { createSolanaSender, type SolanaRequest } from "./solana-sender.ts";

const START = unixNs(1_795_000_000n * NS_PER_S);
const VALID_BLOCKS = 150;
const signer = Keypair.fromSeed(new Uint8Array(32).fill(3));
const target = Keypair.fromSeed(new Uint8Array(32).fill(4)).publicKey;
const instructions = [SystemProgram.transfer({ fromPubkey: signer.publicKey, toPubkey: target, lamports: 1 })];
const log = `Program ${CHRONOLEDGER_PROGRAM.toBase58()} failed: custom program error: 0x17a0`;

type Included = { slot: number; err: TransactionFailure | null; confirmed: boolean };

/** A cluster whose blocks come when a look is taken at it. */
class FakeCluster {
  now: bigint = START;
  height = 1_000;
  /** Blocks on top until a block is confirmed. */
  lag = 2;
  simulated: { err: TransactionFailure | null; logs: string[] | null; unitsConsumed: number } = {
    err: null,
    logs: [],
    unitsConsumed: 10_000,
  };
  simulations = 0;
  recent: number[] = [];
  /** Ends a wait: what happens at each look. */
  onLook: (look: number) => void = () => undefined;
  looks = 0;
  down = false;
  knows: { logs: string[]; units: number } | null = null;
  readonly sent: string[] = [];
  readonly included = new Map<string, Included>();

  readonly connection: SenderConnection = {
    simulateTransaction: async () => {
      this.simulations++;
      return { context: { slot: this.height }, value: this.simulated };
    },
    getRecentPrioritizationFees: async () => this.recent.map((prioritizationFee) => ({ prioritizationFee })),
    getLatestBlockhashAndContext: async () => ({
      context: { slot: this.height - this.lag },
      value: {
        blockhash: new PublicKey(this.height - this.lag).toBase58(),
        lastValidBlockHeight: this.height - this.lag + VALID_BLOCKS,
      },
    }),
    sendRawTransaction: async (raw) => {
      if (this.down) throw new TypeError("fetch failed");
      const { signatures } = VersionedTransaction.deserialize(raw);
      const signature = Buffer.from(signatures[0] as Uint8Array).toString("hex");
      this.sent.push(signature);
      return signature;
    },
    getSignatureStatuses: async () => {
      this.onLook(++this.looks);
      if (this.down) throw new TypeError("fetch failed");
      const found = this.included.get(this.sent.at(-1) ?? "");
      const status = found && {
        slot: found.slot,
        err: found.err,
        confirmationStatus: found.confirmed ? ("confirmed" as const) : ("processed" as const),
      };
      return { context: { slot: this.height }, value: [status ?? null] };
    },
    getEpochInfo: async () => ({ absoluteSlot: this.height - this.lag, blockHeight: this.height - this.lag }),
    getTransaction: async () =>
      this.knows && { meta: { logMessages: this.knows.logs, computeUnitsConsumed: this.knows.units } },
  };
  readonly sender = createSolanaSender({
    connection: this.connection,
    signer,
    clock: { utcNow: () => unixNs(this.now) },
    fees: { min: 100, max: 5_000 },
    slotMs: 1,
  });

  request(change: Partial<SolanaRequest> = {}): SolanaRequest {
    return { instructions, notAfter: unixNs(START + 60n * NS_PER_S), urgency: 0, ...change };
  }
  include(err: TransactionFailure | null = null, confirmed = true): void {
    this.included.set(this.sent.at(-1) ?? "", { slot: this.height, err, confirmed });
  }
  /** Distinct transactions that were sent, in order. */
  get transactions(): string[] {
    return [...new Set(this.sent)];
  }
}

/** Unit limit and price in a transaction. */
function budgetOf(raw: Uint8Array): { units: number; price: bigint | number | undefined } {
  const { instructions: all } = TransactionMessage.decompile(VersionedTransaction.deserialize(raw).message);
  const ours = all.filter(({ programId }) => programId.equals(ComputeBudgetProgram.programId));
  const [limit, price] = [2, 3].map((kind) => ours.find(({ data }) => data[0] === kind));
  assert.ok(limit !== undefined);
  return {
    units: ComputeBudgetInstruction.decodeSetComputeUnitLimit(limit).units,
    price: price && ComputeBudgetInstruction.decodeSetComputeUnitPrice(price).microLamports,
  };
}

describe("the sender of Solana transactions", () => {
  let cluster: FakeCluster;
  beforeEach(() => {
    cluster = new FakeCluster();
  });

  describe("when it prepares", () => {
    it("limits units to a fifth more than the simulation used", async () => {
      const prepared = await cluster.sender.prepare(cluster.request());
      assert.deepEqual(budgetOf(prepared.raw), { units: 12_000, price: 100n });
    });

    it("simulates nothing when the units are given", async () => {
      cluster.simulated = { err: { InstructionError: [0, { Custom: 6048 }] }, logs: [], unitsConsumed: 0 };
      const prepared = await cluster.sender.prepare(cluster.request({ computeUnits: 70_000 }));
      assert.deepEqual([budgetOf(prepared.raw).units, cluster.simulations], [70_000, 0]);
    });

    it("names why the simulation refuses, by the program's own names", async () => {
      cluster.simulated = { err: { InstructionError: [0, { Custom: 6048 }] }, logs: [log], unitsConsumed: 0 };
      await assert.rejects(cluster.sender.prepare(cluster.request()), {
        code: "transaction/reverted",
        details: { error: "TooEarly" },
      });
    });

    it("says that the account cannot pay", async () => {
      for (const err of [
        "AccountNotFound",
        "InsufficientFundsForFee",
        { InsufficientFundsForRent: { account_index: 0 } },
      ]) {
        cluster.simulated = { err, logs: null, unitsConsumed: 0 };
        await assert.rejects(cluster.sender.prepare(cluster.request()), { code: "transaction/insufficient-funds" });
      }
    });

    it("offers by urgency between the median and the highest of what is paid, within its bounds", async () => {
      const priceFor = async (urgency: number) =>
        budgetOf((await cluster.sender.prepare(cluster.request({ urgency }))).raw).price;
      cluster.recent = [300, 100, 200, 500, 400];
      assert.deepEqual([await priceFor(0), await priceFor(0.5), await priceFor(1)], [300n, 400n, 500n]);
      cluster.recent = [1, 2, 3];
      assert.equal(await priceFor(1), 100n, "the least");
      cluster.recent = [1, 10_000];
      assert.equal(await priceFor(1), 5_000n, "the most");
    });

    it("never makes two transactions that pass for one another", async () => {
      const request = cluster.request({ computeUnits: 10_000 });
      const [first, second] = [await cluster.sender.prepare(request), await cluster.sender.prepare(request)];
      assert.notEqual(first.signature, second.signature);
      assert.deepEqual([budgetOf(first.raw).units, budgetOf(second.raw).units], [10_000, 10_001]);
    });

    it("says that the node is gone", async () => {
      cluster.connection.getLatestBlockhashAndContext = () => Promise.reject(new TypeError("fetch failed"));
      await assert.rejects(cluster.sender.prepare(cluster.request()), { code: "rpc/unavailable" });
    });

    it("refuses what is too large for the wire", async () => {
      const data = Buffer.alloc(1_300);
      const [transfer] = instructions as [(typeof instructions)[0]];
      await assert.rejects(
        cluster.sender.prepare(cluster.request({ instructions: [{ ...transfer, data } as never], computeUnits: 1 })),
        { code: "input/too-large" },
      );
    });
  });

  describe("when it fires", () => {
    const fire = async (change: Partial<SolanaRequest> = {}, options = {}) =>
      cluster.sender.fire(await cluster.sender.prepare(cluster.request(change)), options);

    it("sends at once, before it asks for anything", async () => {
      const prepared = await cluster.sender.prepare(cluster.request());
      cluster.onLook = () => cluster.include();
      const landing = cluster.sender.fire(prepared);
      assert.equal(cluster.sent.length, 1);
      await landing;
    });

    it("tells slot and units of what is confirmed", async () => {
      cluster.knows = { logs: [], units: 9_876 };
      cluster.onLook = (look) => cluster.include(null, look >= 3);
      const landed = await fire();
      assert.deepEqual({ ...landed, signature: "" }, { signature: "", slot: 1_000, error: null, units: 9_876 });
      assert.equal(cluster.looks, 3, "processed is not enough");
    });

    it("takes processed for landed where that is wanted", async () => {
      cluster.onLook = () => cluster.include(null, false);
      assert.equal((await fire({}, { commitment: "processed" })).units, null);
      assert.equal(cluster.looks, 1);
    });

    it("names the error of what failed in a block, with and without its log", async () => {
      cluster.onLook = () => cluster.include({ InstructionError: [0, { Custom: 6048 }] });
      assert.equal((await fire()).error, "TooEarly");
      cluster.knows = { logs: [`Program ${target.toBase58()} failed: custom program error: 0x17a0`], units: 5 };
      assert.equal((await fire()).error, `Custom(6048) of ${target.toBase58()}`, "another program's");
      cluster.onLook = () => cluster.include({ InstructionError: [0, "ComputationalBudgetExceeded"] });
      assert.equal((await fire()).error, "ComputationalBudgetExceeded");
    });

    it("sends what was dropped again, the same transaction, until it is in", async () => {
      cluster.onLook = (look) => {
        if (look === 9) cluster.include();
      };
      await fire();
      assert.ok(cluster.sent.length >= 4, `sent ${cluster.sent.length} times`);
      assert.equal(cluster.transactions.length, 1);
    });

    it("sends again what a fork took from the chain", async () => {
      cluster.onLook = (look) => {
        if (look === 2) cluster.include(null, false);
        if (look === 4) cluster.included.clear();
        if (look === 8) cluster.include();
      };
      await fire();
      assert.equal(cluster.transactions.length, 1);
    });

    it("signs afresh, dearer, once the confirmed chain is past the old one's last block, and not before", async () => {
      const expiry = cluster.height - cluster.lag + VALID_BLOCKS;
      let early = 0;
      cluster.onLook = (look) => {
        if (look === 3) cluster.height = expiry + cluster.lag;
        if (look === 20) early = cluster.transactions.length;
        if (look === 20) cluster.height++;
        if (cluster.transactions.length === 2) cluster.include();
      };
      const prepared = await cluster.sender.prepare(cluster.request());
      const landed = await cluster.sender.fire(prepared);
      assert.equal(early, 1, "at its last block it may still be in");
      assert.equal(cluster.transactions.length, 2);
      assert.notEqual(landed.signature, prepared.signature);
    });

    it("does not sign afresh when the old one turns up at the last moment", async () => {
      cluster.onLook = (look) => {
        if (look === 3) cluster.height += 2 * VALID_BLOCKS;
        // Unseen at the first look, then found by the thorough one.
        if (look === 4) cluster.include();
      };
      await fire();
      assert.equal(cluster.transactions.length, 1);
    });

    it("does not believe a node that is behind", async () => {
      let confirmed = cluster.height;
      cluster.connection.getEpochInfo = async () => ({ absoluteSlot: confirmed, blockHeight: confirmed });
      cluster.onLook = (look) => {
        if (look === 3) {
          cluster.height += VALID_BLOCKS + 1;
          confirmed = cluster.height + 100;
        }
        if (look === 20) cluster.include();
      };
      await fire();
      assert.equal(cluster.transactions.length, 1);
    });

    it("offers half as much again after a transaction that got in nowhere, and never above its bound", async () => {
      const prices: (bigint | number | undefined)[] = [];
      const { sendRawTransaction } = cluster.connection;
      cluster.connection.sendRawTransaction = (raw, options) => {
        prices.push(budgetOf(raw as Uint8Array).price);
        return sendRawTransaction(raw, options);
      };
      cluster.recent = [3_000];
      cluster.onLook = () => {
        cluster.height += VALID_BLOCKS;
        if (cluster.transactions.length === 4) cluster.include();
      };
      await fire();
      assert.deepEqual([...new Set(prices)], [3_000n, 4_500n, 5_000n]);
    });

    it("signs afresh before the first sending what waited too long", async () => {
      const prepared = await cluster.sender.prepare(cluster.request());
      cluster.now += 125_000_000n;
      cluster.height += 140;
      cluster.onLook = () => cluster.include();
      const landed = await cluster.sender.fire(prepared);
      assert.notEqual(landed.signature, prepared.signature);
      assert.equal(cluster.transactions.length, 1);
    });

    it("stops sending at its time, and is expired when it can get in no more", async () => {
      let sentByThen = 0;
      cluster.onLook = (look) => {
        if (look === 3) cluster.now += 61n * NS_PER_S;
        if (look === 3) sentByThen = cluster.sent.length;
        if (look === 20) cluster.height += 2 * VALID_BLOCKS;
      };
      await assert.rejects(fire(), { code: "transaction/expired" });
      assert.equal(cluster.sent.length, sentByThen);
      assert.ok(cluster.looks >= 20);
    });

    it("tells of a late landing rather than of an expiry", async () => {
      cluster.onLook = (look) => {
        if (look === 3) cluster.now += 61n * NS_PER_S;
        if (look === 10) cluster.include();
      };
      assert.equal((await fire()).error, null);
    });

    it("sends nothing after its time", async () => {
      const prepared = await cluster.sender.prepare(cluster.request({ notAfter: START as UnixNs }));
      await assert.rejects(cluster.sender.fire(prepared), { code: "transaction/expired" });
      assert.equal(cluster.sent.length, 0);
    });

    it("outlives a node that is gone for a while, and says so when it stays away", async () => {
      cluster.onLook = (look) => {
        cluster.down = look >= 2 && look < 6;
        if (look === 8) cluster.include();
      };
      await fire();
      cluster.looks = 0;
      cluster.onLook = (look) => {
        cluster.down = true;
        if (look === 5) cluster.now += 61n * NS_PER_S;
      };
      await assert.rejects(fire(), { code: "rpc/unavailable" });
    });

    it("ends when it is told to", async () => {
      const abort = new AbortController();
      cluster.onLook = (look) => {
        if (look === 3) abort.abort();
      };
      await assert.rejects(fire({}, { signal: abort.signal }), { code: "transaction/expired" });
    });

    it("ends at once when no node takes it", async () => {
      cluster.connection.sendRawTransaction = () =>
        Promise.reject(Object.assign(new Error("invalid params"), { code: -32602 }));
      await assert.rejects(fire(), { code: "rpc/rejected" });
    });

    it("is done once only with what was prepared", async () => {
      const prepared = await cluster.sender.prepare(cluster.request());
      cluster.onLook = () => cluster.include();
      await cluster.sender.fire(prepared);
      await assert.rejects(cluster.sender.fire(prepared), { code: "input/malformed" });
    });
  });
});
