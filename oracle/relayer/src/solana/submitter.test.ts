import assert from "node:assert/strict";
import { NS_PER_MS, NS_PER_S } from "@chronoledger/core";
import { CertificateWatch, createLogger, createSystemClock, type VerifiedCertificate } from "@chronoledger/service";
import { certificateAddress, createSolanaSender, openConnection } from "@chronoledger/solana";
import type { Keypair } from "@solana/web3.js";
import { type SolanaChain, startSolanaChain } from "../../../../test/support/solana-chain.ts";
import { until } from "../../../../test/support/until.ts";
import { clockAccount } from "./clock-account.ts";
import { SolanaRelayer } from "./solana-relayer.ts";
import { createSubmitter, type Submitter } from "./submitter.ts";

const SLOT_MS = 20;
const log = createLogger("test", { write: () => undefined });
const clock = createSystemClock();

/** A relayer in this process on a chain whose slots come by a timer. */
class RelayedSolana {
  readonly chain: SolanaChain;
  readonly account: Keypair;
  readonly submitter: Submitter;
  readonly relayer: SolanaRelayer;
  demands: bigint[] = [];
  newest: VerifiedCertificate | undefined;
  readonly #watch: CertificateWatch;
  readonly #tick: NodeJS.Timeout;

  constructor(chain: SolanaChain) {
    const { program, set } = chain;
    const connection = openConnection(chain.url);
    this.chain = chain;
    this.account = chain.account();
    this.#watch = new CertificateWatch({ set, log, keepEvidence: () => undefined });
    const fees = { min: 10, max: 1_000 };
    const sender = createSolanaSender({ connection, signer: this.account, clock, fees, slotMs: SLOT_MS });
    this.submitter = createSubmitter({ sender, program, connection, set, clock, log });
    this.relayer = new SolanaRelayer({
      account: clockAccount(connection, program),
      submitter: this.submitter,
      newest: () => this.newest,
      demands: { open: () => this.demands },
      clock,
      log,
      heartbeat: 3_600n * NS_PER_S,
      slotMs: SLOT_MS,
      fail: (error) => {
        throw error;
      },
    });
    this.#tick = setInterval(() => void this.relayer.consider(true), SLOT_MS);
  }

  certify(): bigint {
    this.newest = this.#watch.examine(this.chain.certificate(this.chain.now)).certificate;
    return this.newest.fields.sequence;
  }
  /** Somebody waits for the newest certificate. */
  demandNewest(): bigint {
    const sequence = this.certify();
    this.demands = [this.newest?.fields.time ?? 0n];
    return sequence;
  }
  untilStored(sequence: bigint): Promise<unknown> {
    return until(`certificate ${sequence} on chain`, () => this.chain.stored().sequence === sequence);
  }
  async stop(): Promise<void> {
    clearInterval(this.#tick);
    this.relayer.stop();
    await this.chain.stop();
  }
}

describe("the Solana relayer on a chain with the real program", () => {
  let relayed: RelayedSolana;
  let chain: SolanaChain;
  before(async () => {
    chain = await startSolanaChain({ n: 4, slotMs: SLOT_MS, unixTime: 1_800_000_000n });
    relayed = new RelayedSolana(chain);
  });
  after(() => relayed?.stop());

  /** Certified times have to rise, and the chain's clock has whole seconds. */
  const submitNewest = async (): Promise<bigint> => {
    const before = chain.local.unixTime;
    chain.local.setUnixTime(before + 1n);
    await until("the chain's next second", () => chain.local.unixTime > before);
    return relayed.demandNewest();
  };

  it("puts a certificate on chain", async () => {
    await relayed.untilStored(await submitNewest());
    await until("the count to follow", () => relayed.relayer.submitted === 1);
    assert.equal(relayed.relayer.trouble, undefined);
  });

  it("sends again what was dropped", async () => {
    chain.local.dropNext(3);
    const before = relayed.relayer.submitted;
    await relayed.untilStored(await submitNewest());
    await until("the count to follow", () => relayed.relayer.submitted === before + 1);
    assert.equal(relayed.relayer.failed, 0);
  });

  it("submits again what a fork took", async () => {
    const sequence = await submitNewest();
    await relayed.untilStored(sequence);
    await until("nothing under way", () => relayed.relayer.stored?.sequence === sequence);
    chain.local.pauseSlots();
    chain.local.fork(8);
    assert.ok(chain.stored().sequence < sequence, "the fork took it");
    await until("the relayer to see it", () => (relayed.relayer.stored?.sequence ?? 0n) < sequence);
    chain.local.resumeSlots();
    await relayed.untilStored(sequence);
  });

  it("loses nothing when somebody else is faster", async () => {
    const sequence = await submitNewest();
    const { newest } = relayed;
    await relayed.untilStored(sequence);
    const signal = new AbortController().signal;
    await assert.rejects(relayed.submitter.submit(newest?.bytes ?? new Uint8Array(), { urgency: 1, signal }), {
      code: "transaction/reverted",
      details: { error: "SequenceNotNewer" },
    });
    assert.equal(relayed.relayer.failed, 0);
  });

  it("names what is wrong with a certificate before it pays", async () => {
    const money = chain.lamports(relayed.account.publicKey);
    const signal = new AbortController().signal;
    const future = chain.certificate((chain.now + 60n * NS_PER_S) as never);
    await assert.rejects(relayed.submitter.submit(future, { urgency: 1, signal }), {
      details: { error: "FromTheFuture" },
    });
    const few = chain.certificate((chain.now + 900n * NS_PER_MS) as never, {}, [0, 1]);
    await assert.rejects(relayed.submitter.submit(few, { urgency: 1, signal }), { details: { error: "QuorumShort" } });
    assert.equal(chain.lamports(relayed.account.publicKey), money);
  });
});

describe("a certificate of more signers than one transaction holds", () => {
  let relayed: RelayedSolana;
  before(async () => {
    relayed = new RelayedSolana(await startSolanaChain({ n: 13, slotMs: SLOT_MS, unixTime: 1_800_000_000n }));
  });
  after(() => relayed?.stop());

  it("is certified in parts and submitted, and its account's rent comes back", async () => {
    const before = relayed.chain.lamports(relayed.account.publicKey);
    await relayed.untilStored(relayed.demandNewest());
    const address = certificateAddress(relayed.chain.program.programId, relayed.newest?.digest ?? new Uint8Array());
    assert.equal(relayed.chain.local.account(address.toBase58()), undefined);
    assert.ok(before - relayed.chain.lamports(relayed.account.publicKey) < 100_000n, "no more than fees");
  });
});
