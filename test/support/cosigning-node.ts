import assert from "node:assert/strict";
import { join } from "node:path";
import {
  anchorDigest,
  durationNs,
  encodeStatement,
  FLAG,
  KIND,
  NS_PER_MS,
  NS_PER_S,
  type Statement,
  type TaiNs,
  unixNs,
  ZERO_HASH,
} from "@chronoledger/core";
import { createLogger, FakeClock } from "@chronoledger/service";
import { CertificateMemory } from "../../oracle/node/src/certificate-memory.ts";
import { CosignJournal } from "../../oracle/node/src/cosign-journal.ts";
import { Cosigner } from "../../oracle/node/src/cosigner.ts";
import { Discipline } from "../../oracle/node/src/discipline.ts";
import { BUILT_IN_LEAP_TABLE } from "../../oracle/node/src/leap-seconds.ts";
import { fixedSource } from "../../oracle/node/src/sources/fixed.ts";
import { LossyDisk } from "./lossy-journal-file.ts";
import { newQuorum } from "./quorum.ts";

const START = unixNs(1_795_000_000n * NS_PER_S);
export const TAI_START = START + 37n * NS_PER_S;
export const quorum = newQuorum({ n: 4 });
const { set } = quorum;
const anchors = set.keys.map(() => ZERO_HASH);
const silent = createLogger("test", { write: () => undefined });

/** One node whose time is moved by hand, whose disk loses power when told, and whose every signature is kept. */
export class CosigningNode {
  readonly clock = new FakeClock(START);
  readonly disk = new LossyDisk();
  readonly signed: Uint8Array[] = [];
  readonly evidence: unknown[] = [];
  readonly #folder: string;
  #waiting: { remaining: () => bigint; resolve: () => void; reject: (error: unknown) => void }[] = [];
  #life = 0;
  #journal: CosignJournal | undefined;
  cosigner!: Cosigner;
  memory!: CertificateMemory;
  discipline!: Discipline;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** What the former life waited for never goes on. */
  async start(): Promise<void> {
    this.close();
    const life = ++this.#life;
    this.#waiting = [];
    const { clock } = this;
    this.discipline = new Discipline({
      clock,
      sources: [fixedSource(clock, { offset: 0n, bound: durationNs(NS_PER_MS) })],
      policy: set.policy,
      leapTable: BUILT_IN_LEAP_TABLE,
      assumedUncertainty: durationNs(1n),
      hardwareKey: false,
    });
    await this.discipline.refresh();
    this.memory = new CertificateMemory({
      path: join(this.#folder, "newest.certificate"),
      set,
      log: silent,
      keepEvidence: (record) => this.evidence.push(record),
    });
    this.#journal = CosignJournal.open(join(this.#folder, "cosign.journal"), set.networkId, this.disk.open);
    this.cosigner = new Cosigner({
      set,
      index: 0,
      signer: {
        publicKey: set.keys[0] as Uint8Array,
        hardware: false,
        sign: async (message) => {
          assert.equal(life, this.#life, "a dead process signs nothing");
          this.signed.push(message);
          return new Uint8Array(64);
        },
      },
      discipline: this.discipline,
      journal: this.#journal,
      memory: this.memory,
      waitUntil: (remaining) => new Promise((resolve, reject) => this.#waiting.push({ remaining, resolve, reject })),
      signal: new AbortController().signal,
    });
    await this.pass(0n);
  }

  close(): void {
    if (this.#journal === undefined) return;
    this.#journal.close();
    this.memory.close();
  }

  async pass(ns: bigint): Promise<void> {
    this.clock.advance(ns);
    await this.discipline.refresh();
    await settled();
    this.poll();
    await settled();
  }

  /** What each timer of a waiting request does. */
  poll(): void {
    for (const waiting of [...this.#waiting])
      try {
        if (waiting.remaining() > 0n) continue;
        this.#waiting = this.#waiting.filter((other) => other !== waiting);
        waiting.resolve();
      } catch (error) {
        waiting.reject(error);
      }
  }

  get waits(): number {
    return this.#waiting.length;
  }

  askAround({ ahead, time, overlap }: { ahead: number; time: number; overlap: number }): Promise<Uint8Array> {
    const { sequence, time: bound } = this.cosigner.standing();
    const now = this.clock.utcNow() + 37n * NS_PER_S;
    const previous = (bound > TAI_START ? bound : TAI_START) + BigInt(overlap);
    return this.ask({
      sequence: sequence + BigInt(ahead),
      time: (now + BigInt(time) * NS_PER_MS) as TaiNs,
      previousTime: previous as TaiNs,
    });
  }

  ask(change: Partial<Statement>, certificate: Uint8Array | null = null): Promise<Uint8Array> {
    return this.cosigner.cosign({ statement: statement(change), lastCertificate: certificate, anchors });
  }
}

/** Lets everything that is ready go on. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export const statement = (change: Partial<Statement>): Uint8Array =>
  encodeStatement({
    kind: KIND.quorum,
    flags: FLAG.test,
    taiMinusUtc: 37,
    networkId: set.networkId,
    epoch: set.epoch,
    policyId: set.policy.policyId,
    time: (TAI_START + 10n * NS_PER_MS) as TaiNs,
    uncertainty: durationNs(5n * NS_PER_MS),
    sequence: 1n,
    previousTime: TAI_START as TaiNs,
    imprint: ZERO_HASH,
    link: ZERO_HASH,
    anchor: anchorDigest(anchors),
    ...change,
  });
