import assert from "node:assert/strict";
import { chronoOracleAbi } from "@chronoledger/bindings";
import { ChronoError, NS_PER_S, type TaiNs, unixNs } from "@chronoledger/core";
import { createLogger, FakeClock, type VerifiedCertificate } from "@chronoledger/service";
import { RpcError, type Transaction, type TransactionManager, type TransactionRequest } from "@chronoledger/txm";
import { encodeErrorResult } from "viem";
import { certificateBytes } from "../../../test/support/certificate-bytes.ts";
import { newQuorum } from "../../../test/support/quorum.ts";
import { Relayer } from "./relayer.ts";
import type { StoredTime } from "./stored-time.ts";

const START = unixNs(1_795_000_000n * NS_PER_S);
const quorum = newQuorum({ n: 4 });
const silent = createLogger("test", { write: () => undefined });

type ChangeListener = (transaction: Transaction, before: Transaction["state"]) => void;

/** A chain that includes what it is told to. */
class FakeChain {
  readonly clock = new FakeClock(START);
  stored: StoredTime = { sequence: 0n, time: 0n };
  newest: VerifiedCertificate | undefined;
  demands: bigint[] = [];
  refusal: unknown;
  unreachable = false;
  readonly sent: TransactionRequest[] = [];
  #pending: Transaction[] = [];
  #listener: ChangeListener = () => undefined;
  duringEstimate: () => void = () => undefined;

  readonly relayer = new Relayer({
    oracle: {
      stored: async () => {
        if (this.unreachable) throw new ChronoError("rpc/unavailable");
        return this.stored;
      },
      gasFor: async () => {
        if (this.refusal !== undefined) throw this.refusal;
        this.duringEstimate();
        return 70_000n;
      },
    },
    fail: (error) => assert.fail(String(error)),
    oracleAddress: `0x${"11".repeat(20)}`,
    txm: {
      onChange: (listener: ChangeListener) => {
        this.#listener = listener;
      },
      pending: () => this.#pending,
      prepare: async (request: TransactionRequest) => {
        this.sent.push(request);
        this.#pending.push({
          id: request.key,
          key: request.key,
          nonce: 0,
          state: "signed",
          request,
          attempts: [],
          settled: false,
        });
        return { id: request.key, key: request.key, nonce: 0, hash: "0x", raw: "0x" };
      },
      send: async () => undefined,
    } as unknown as TransactionManager,
    newest: () => this.newest,
    demands: { open: () => this.demands } as never,
    clock: this.clock,
    log: silent,
    heartbeat: 12n * NS_PER_S,
    blockInterval: () => NS_PER_S,
  });

  certify(sequence: bigint): void {
    const time = (this.clock.utcNow() + 37n * NS_PER_S) as TaiNs;
    const bytes = certificateBytes(quorum.certify({ time, sequence }));
    this.newest = {
      bytes,
      statement: bytes.subarray(0, 160),
      digest: new Uint8Array(32),
      fields: { sequence, time, taiMinusUtc: 37 } as never,
    };
  }

  /** The pending transaction ends so. */
  async end(state: Transaction["state"], success = true): Promise<void> {
    const transaction = this.#pending.shift();
    assert.ok(transaction !== undefined, "nothing is under way");
    if (success && this.newest !== undefined) this.stored = this.newest.fields;
    const inclusion = {
      hash: "0x01",
      blockNumber: 1,
      blockHash: "0x02",
      blockTimestamp: 1n,
      success,
      gasUsed: 1n,
    } as const;
    this.#listener({ ...transaction, state, ...(state === "included" ? { inclusion } : {}) }, transaction.state);
    await this.relayer.consider(true);
  }
}

const reverted = (errorName: "OracleSequenceNotNewer" | "OracleSignatureInvalid"): RpcError =>
  new RpcError(
    3,
    "execution reverted",
    encodeErrorResult({
      abi: chronoOracleAbi,
      errorName,
      args: errorName === "OracleSequenceNotNewer" ? [1n, 2n] : [1n],
    } as never),
  );

describe("the relayer", () => {
  let chain: FakeChain;
  beforeEach(() => {
    chain = new FakeChain();
  });

  it("submits at start, then at the heartbeat", async () => {
    chain.certify(1n);
    await chain.relayer.consider(true);
    assert.equal(chain.sent.length, 1);
    await chain.end("included");
    chain.certify(2n);
    await chain.relayer.consider(true);
    assert.equal(chain.sent.length, 1, "too early");
    chain.clock.advance(12n * NS_PER_S);
    chain.certify(3n);
    await chain.relayer.consider(true);
    assert.equal(chain.sent.length, 2);
    assert.equal(chain.relayer.submitted, 1);
  });

  it("has one submission under way; the newest supersedes what came meanwhile", async () => {
    chain.certify(1n);
    await chain.relayer.consider(true);
    chain.demands = [chain.clock.utcNow() + 38n * NS_PER_S];
    chain.clock.advance(NS_PER_S);
    chain.certify(2n);
    await chain.relayer.consider(true);
    chain.certify(3n);
    await chain.relayer.consider(true);
    assert.equal(chain.sent.length, 1);
    chain.stored = { sequence: 1n, time: 1n };
    await chain.end("included", false);
    assert.equal(chain.sent.length, 2);
    assert.match(chain.sent[1]?.key ?? "", /^submit-3-/);
  });

  it("sends the certificate that is newest when the gas is known", async () => {
    chain.certify(1n);
    chain.duringEstimate = () => chain.certify(2n);
    await chain.relayer.consider(true);
    assert.match(chain.sent[0]?.key ?? "", /^submit-2-/);
  });

  it("pays nothing for a certificate that the oracle would refuse, and names why", async () => {
    chain.certify(1n);
    chain.refusal = reverted("OracleSignatureInvalid");
    await chain.relayer.consider(true);
    assert.equal(chain.sent.length, 0);
    assert.equal(chain.relayer.failed, 1);
    assert.match(chain.relayer.trouble ?? "", /certificate\/signature.*OracleSignatureInvalid/);
    await chain.relayer.consider(true);
    assert.equal(chain.relayer.failed, 1, "it waits before it asks again");
    chain.clock.advance(NS_PER_S);
    chain.refusal = undefined;
    await chain.relayer.consider(true);
    assert.equal(chain.sent.length, 1);
    assert.equal(chain.relayer.trouble, undefined);
  });

  it("takes it as done when somebody else submitted it", async () => {
    chain.certify(1n);
    chain.refusal = reverted("OracleSequenceNotNewer");
    await chain.relayer.consider(true);
    assert.deepEqual([chain.relayer.failed, chain.relayer.trouble], [0, undefined]);
  });

  it("says that the chain is gone, and goes on when it is back", async () => {
    chain.unreachable = true;
    chain.certify(1n);
    await chain.relayer.consider(true);
    assert.match(chain.relayer.trouble ?? "", /rpc\/unavailable/);
    chain.unreachable = false;
    await chain.relayer.consider(true);
    assert.equal(chain.relayer.trouble, undefined);
    assert.equal(chain.sent.length, 1);
  });

  it("submits again at once when the chain lost what it had", async () => {
    chain.certify(5n);
    await chain.relayer.consider(true);
    await chain.end("included");
    chain.clock.advance(NS_PER_S);
    chain.certify(6n);
    chain.stored = { sequence: 2n, time: 2n };
    await chain.relayer.consider(true);
    assert.equal(chain.sent.length, 2);
  });

  it("counts a submission that came to nothing", async () => {
    chain.certify(1n);
    await chain.relayer.consider(true);
    await chain.end("cancelled", false);
    assert.deepEqual([chain.relayer.submitted, chain.relayer.failed], [0, 1]);
  });

  it("loses no wake-up that comes while it is busy", async () => {
    chain.certify(1n);
    const first = chain.relayer.consider(true);
    chain.stored = { sequence: 0n, time: 0n };
    await Promise.all([first, chain.relayer.consider(true)]);
    assert.equal(chain.sent.length, 1);
  });
});
