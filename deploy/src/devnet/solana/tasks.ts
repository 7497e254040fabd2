import { NS_PER_S, type UnixNs, unixNs } from "@chronoledger/core";
import {
  authorityAddress,
  type ChronoProgram,
  queueTaskInstruction,
  type TaskTerms,
  taskAddress,
} from "@chronoledger/solana";
import { type Connection, type Keypair, PublicKey, SystemProgram, Transaction } from "@solana/web3.js";
import { pollUntil } from "../poll.ts";

const WINDOW_NS = 60n * NS_PER_S;
/** The first eligible slot pays in full. */
const GRACE_NS = 2n * NS_PER_S;
const REWARD = 100_000n;
/** Moved by each task from the user's authority to the user: what a task can do that only its owner could. */
const PAYMENT = 1_000n;
const LOOK_MS = 200;

/** A user who queues tasks: each pays the user back a little from what lies at the user's authority. */
export class SolanaTasks {
  readonly #connection: Connection;
  readonly #program: ChronoProgram;
  readonly #user: Keypair;
  readonly #known = new Set<string>();
  readonly #queued = new Set<string>();
  #provided = 0n;
  #id: bigint;

  /** @param firstId of tasks, above all of earlier starts. */
  constructor(connection: Connection, program: ChronoProgram, user: Keypair, firstId: bigint) {
    this.#connection = connection;
    this.#program = program;
    this.#user = user;
    this.#id = firstId;
  }

  /** Queues one. @throws what the node says */
  async queue(notBefore: UnixNs, clock: TaskTerms["clock"]): Promise<void> {
    const owner = this.#user.publicKey;
    const authority = authorityAddress(this.#program.programId, owner);
    const terms: TaskTerms = {
      clock,
      notBefore,
      notAfter: unixNs(notBefore + WINDOW_NS),
      reward: REWARD,
      grace: GRACE_NS,
      rewardFloor: REWARD / 10n,
      recurrence: { kind: "once" },
    };
    const id = this.#id++;
    const address = taskAddress(this.#program.programId, owner, id).toBase58();
    const queue = await queueTaskInstruction(this.#program, {
      owner,
      payer: owner,
      id,
      terms,
      deposit: REWARD,
      instructions: [SystemProgram.transfer({ fromPubkey: authority, toPubkey: owner, lamports: PAYMENT })],
    });
    const transaction = new Transaction({
      feePayer: owner,
      ...(await this.#connection.getLatestBlockhash("confirmed")),
    });
    transaction.add(queue).sign(this.#user);
    this.#known.add(address);
    await this.#connection.sendRawTransaction(transaction.serialize());
  }

  /** Queues many, evenly over so many seconds, every fourth by attested time, and waits until the chain has them. */
  async queueMany(count: number, seconds: number, from: UnixNs, signal: AbortSignal): Promise<void> {
    const step = (BigInt(seconds) * NS_PER_S) / BigInt(count);
    for (let i = 0; i < count; i++)
      await this.queue(unixNs(from + BigInt(i) * step + 1n), i % 4 === 3 ? "attested" : "chain");
    while (!signal.aborted && this.#queued.size < count) await this.#look();
  }

  /** What the chain says: tasks that were queued and are gone, and how often one has paid. */
  async outcome(): Promise<{ readonly queued: number; readonly gone: number; readonly paid: number }> {
    const present = await this.#look();
    const authority = authorityAddress(this.#program.programId, this.#user.publicKey);
    const left = BigInt(await this.#connection.getBalance(authority, "confirmed"));
    const queued = this.#queued.size;
    return { queued, gone: queued - present, paid: Number((this.#provided - left) / PAYMENT) };
  }

  /** @returns how many tasks are there */
  async #look(): Promise<number> {
    const addresses = [...this.#known];
    const accounts = await this.#connection.getMultipleAccountsInfo(
      addresses.map((each) => new PublicKey(each)),
      "confirmed",
    );
    const present = addresses.filter((_, i) => accounts[i] !== null);
    for (const each of present) this.#queued.add(each);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    return present.length;
  }

  /** Puts lamports at the user's authority, for the tasks to spend. */
  async provide(lamports: bigint): Promise<void> {
    const { publicKey } = this.#user;
    const authority = authorityAddress(this.#program.programId, publicKey);
    const transaction = new Transaction({
      feePayer: publicKey,
      ...(await this.#connection.getLatestBlockhash("confirmed")),
    });
    transaction.add(SystemProgram.transfer({ fromPubkey: publicKey, toPubkey: authority, lamports })).sign(this.#user);
    const before = BigInt(await this.#connection.getBalance(authority, "confirmed"));
    await this.#connection.sendRawTransaction(transaction.serialize());
    await pollUntil(
      "lamports at the user's authority",
      async () => BigInt(await this.#connection.getBalance(authority, "confirmed")) >= before + lamports,
      { everyMs: LOOK_MS, timeoutMs: 20_000 },
    );
    this.#provided = before + lamports;
  }
}
