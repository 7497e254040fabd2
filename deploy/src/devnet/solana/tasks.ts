import { NS_PER_S, type UnixNs, unixNs } from "@chronoledger/core";
import { authorityAddress, type ChronoProgram, queueTaskInstruction, type TaskTerms } from "@chronoledger/solana";
import { type Connection, type Keypair, SystemProgram, Transaction } from "@solana/web3.js";

const WINDOW_NS = 60n * NS_PER_S;
/** The first eligible slot pays in full. */
const GRACE_NS = 2n * NS_PER_S;
const REWARD = 100_000n;
/** Moved by each task from the user's authority to the user: what a task can do that only its owner could. */
const PAYMENT = 1_000n;

/** A user who queues tasks: each pays the user back a little from what lies at the user's authority. */
export class SolanaTasks {
  readonly #connection: Connection;
  readonly #program: ChronoProgram;
  readonly #user: Keypair;
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
    const queue = await queueTaskInstruction(this.#program, {
      owner,
      payer: owner,
      id: this.#id++,
      terms,
      deposit: REWARD,
      instructions: [SystemProgram.transfer({ fromPubkey: authority, toPubkey: owner, lamports: PAYMENT })],
    });
    const transaction = new Transaction({
      feePayer: owner,
      ...(await this.#connection.getLatestBlockhash("confirmed")),
    });
    transaction.add(queue).sign(this.#user);
    await this.#connection.sendRawTransaction(transaction.serialize());
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
    await this.#connection.sendRawTransaction(transaction.serialize());
  }
}
