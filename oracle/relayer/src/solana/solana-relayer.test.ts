import assert from "node:assert/strict";
import { ChronoError, NS_PER_MS, NS_PER_S, type TaiNs, unixNs } from "@chronoledger/core";
import { createLogger, FakeClock, type VerifiedCertificate } from "@chronoledger/service";
import type { LandedTransaction } from "@chronoledger/solana";
import type { StoredTime } from "../stored-time.ts";
import { SolanaRelayer } from "./solana-relayer.ts";

const START = unixNs(1_795_000_000n * NS_PER_S);
const SLOT_MS = 400;
const SLOT = BigInt(SLOT_MS) * NS_PER_MS;
const silent = createLogger("test", { write: () => undefined });

type Submission = {
  readonly sequence: bigint;
  readonly urgency: number;
  readonly signal: AbortSignal;
  readonly resolve: (landed: LandedTransaction) => void;
  readonly reject: (error: unknown) => void;
};

/** A chain on which submissions end as they are told to. */
class FakeChain {
  readonly clock = new FakeClock(START);
  stored: StoredTime = { sequence: 0n, time: 0n };
  newest: VerifiedCertificate | undefined;
  demands: bigint[] = [];
  unreachable = false;
  readonly sent: Submission[] = [];

  readonly relayer = new SolanaRelayer({
    account: {
      stored: async () => {
        if (this.unreachable) throw new ChronoError("rpc/unavailable");
        return this.stored;
      },
    },
    submitter: {
      submit: (_, { urgency, signal }) =>
        new Promise((resolve, reject) => {
          const sequence = this.newest?.fields.sequence ?? 0n;
          signal.addEventListener("abort", () => reject(new ChronoError("transaction/expired")));
          this.sent.push({ sequence, urgency, signal, resolve, reject });
        }),
    },
    newest: () => this.newest,
    demands: { open: () => this.demands },
    clock: this.clock,
    log: silent,
    heartbeat: 12n * NS_PER_S,
    slotMs: SLOT_MS,
    fail: (error) => {
      throw error;
    },
  });

  certify(sequence: bigint): void {
    const time = (this.clock.utcNow() + 37n * NS_PER_S) as TaiNs;
    const bytes = new Uint8Array([Number(sequence)]);
    this.newest = { bytes, statement: bytes, digest: bytes, fields: { sequence, time, taiMinusUtc: 37 } as never };
  }

  get last(): Submission {
    const last = this.sent.at(-1);
    assert.ok(last !== undefined, "nothing was submitted");
    return last;
  }

  /** The submission under way gets in. */
  async include(error: string | null = null): Promise<void> {
    const { fields } = this.newest ?? {};
    if (error === null && fields !== undefined) this.stored = { sequence: this.last.sequence, time: fields.time };
    this.last.resolve({ signature: "1", slot: 1, error, units: null });
    await this.#settled();
  }
  async refuse(error: ChronoError): Promise<void> {
    this.last.reject(error);
    await this.#settled();
  }
  async consider(): Promise<void> {
    await this.relayer.consider(true);
    await this.#settled();
  }
  #settled(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }
}

const reverted = (error: string): ChronoError => new ChronoError("transaction/reverted", { error });

describe("the Solana relayer", () => {
  let chain: FakeChain;
  beforeEach(() => {
    chain = new FakeChain();
  });

  it("submits at start, then at the heartbeat", async () => {
    chain.certify(1n);
    await chain.consider();
    await chain.include();
    chain.certify(2n);
    await chain.consider();
    assert.equal(chain.sent.length, 1, "too early");
    chain.clock.advance(12n * NS_PER_S);
    chain.certify(3n);
    await chain.consider();
    assert.deepEqual(
      chain.sent.map(({ sequence }) => sequence),
      [1n, 3n],
    );
    assert.deepEqual([chain.relayer.submitted, chain.relayer.failed], [1, 0]);
  });

  it("submits at once and with urgency what somebody waits for", async () => {
    chain.certify(1n);
    await chain.consider();
    await chain.include();
    chain.demands = [chain.clock.utcNow() + 37n * NS_PER_S + 5n];
    chain.clock.advance(NS_PER_S);
    await chain.consider();
    assert.equal(chain.sent.length, 1, "the newest is before that instant");
    chain.certify(2n);
    await chain.consider();
    assert.equal(chain.sent.length, 2);
    assert.ok(chain.last.urgency > (chain.sent[0]?.urgency ?? 1));
  });

  it("has one submission under way; the newest supersedes what came meanwhile", async () => {
    chain.certify(1n);
    await chain.consider();
    chain.demands = [chain.clock.utcNow() + 37n * NS_PER_S + 5n];
    chain.clock.advance(SLOT);
    chain.certify(2n);
    await chain.consider();
    assert.equal(chain.sent.length, 1);
    chain.certify(3n);
    chain.stored = { sequence: 1n, time: START + 37n * NS_PER_S };
    await chain.include("SequenceNotNewer");
    chain.clock.advance(NS_PER_S);
    await chain.consider();
    assert.deepEqual(
      chain.sent.map(({ sequence }) => sequence),
      [1n, 3n],
    );
  });

  it("gives up a submission that gets in nowhere as soon as there is a newer certificate, not before", async () => {
    chain.certify(1n);
    await chain.consider();
    chain.clock.advance(7n * SLOT);
    chain.certify(2n);
    await chain.consider();
    assert.equal(chain.sent[0]?.signal.aborted, false, "too soon");
    chain.clock.advance(SLOT);
    await chain.consider();
    assert.equal(chain.sent[0]?.signal.aborted, true);
    assert.equal(chain.last.sequence, 2n);
    assert.equal(chain.relayer.failed, 0);
  });

  it("stays with a slow submission while there is nothing newer", async () => {
    chain.certify(1n);
    await chain.consider();
    chain.clock.advance(100n * SLOT);
    await chain.consider();
    assert.equal(chain.sent[0]?.signal.aborted, false);
  });

  it("takes it as done when somebody else submitted it", async () => {
    chain.certify(1n);
    await chain.consider();
    for (const name of ["SequenceNotNewer", "TimeNotNewer"]) {
      chain.clock.advance(12n * NS_PER_S);
      await chain.consider();
      await chain.refuse(reverted(name));
      assert.deepEqual([chain.relayer.failed, chain.relayer.trouble], [0, undefined]);
    }
  });

  it("tries again after a pause, without waiting for the heartbeat, while the clock is paused", async () => {
    chain.certify(1n);
    await chain.consider();
    await chain.refuse(reverted("Paused"));
    await chain.consider();
    assert.equal(chain.sent.length, 1, "it waits before it asks again");
    assert.match(chain.relayer.trouble ?? "", /Paused/);
    chain.clock.advance(NS_PER_S);
    await chain.consider();
    assert.equal(chain.sent.length, 2);
    await chain.include();
    assert.deepEqual([chain.relayer.submitted, chain.relayer.failed, chain.relayer.trouble], [1, 1, undefined]);
  });

  it("tries a certificate from the chain's future again in the next slot", async () => {
    chain.certify(1n);
    await chain.consider();
    await chain.refuse(reverted("FromTheFuture"));
    await chain.consider();
    assert.equal(chain.sent.length, 1);
    chain.clock.advance(SLOT);
    await chain.consider();
    assert.equal(chain.sent.length, 2);
  });

  it("names why the program refuses", async () => {
    chain.certify(1n);
    await chain.consider();
    await chain.refuse(reverted("QuorumShort"));
    assert.match(chain.relayer.trouble ?? "", /certificate\/quorum-short.*QuorumShort/);
    assert.equal(chain.relayer.failed, 1);
  });

  it("says that it has no money, and goes on when it has", async () => {
    chain.certify(1n);
    await chain.consider();
    await chain.refuse(new ChronoError("transaction/insufficient-funds"));
    assert.match(chain.relayer.trouble ?? "", /insufficient-funds/);
    chain.clock.advance(NS_PER_S);
    await chain.consider();
    await chain.include();
    assert.equal(chain.relayer.trouble, undefined);
  });

  it("submits again at once when a fork took what the chain had", async () => {
    chain.certify(5n);
    await chain.consider();
    await chain.include();
    chain.clock.advance(SLOT);
    chain.stored = { sequence: 2n, time: 2n };
    await chain.consider();
    assert.deepEqual(
      chain.sent.map(({ sequence }) => sequence),
      [5n, 5n],
    );
  });

  it("says that the chain is gone, and goes on when it is back", async () => {
    chain.unreachable = true;
    chain.certify(1n);
    await chain.consider();
    assert.match(chain.relayer.trouble ?? "", /rpc\/unavailable/);
    chain.unreachable = false;
    await chain.consider();
    assert.equal(chain.relayer.trouble, undefined);
    assert.equal(chain.sent.length, 1);
  });

  it("counts a submission that failed in a block", async () => {
    chain.certify(1n);
    await chain.consider();
    await chain.include("Paused");
    assert.deepEqual([chain.relayer.submitted, chain.relayer.failed], [0, 1]);
  });

  it("leaves nothing under way when it stops", async () => {
    chain.certify(1n);
    await chain.consider();
    chain.relayer.stop();
    assert.equal(chain.last.signal.aborted, true);
    chain.certify(2n);
    chain.clock.advance(60n * NS_PER_S);
    await chain.consider();
    assert.equal(chain.sent.length, 1);
  });
});
