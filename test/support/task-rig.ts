import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Idl, Program } from "@anchor-lang/core";
import { NS_PER_MS, NS_PER_S, type UnixNs, unixNs } from "@chronoledger/core";
import { createLogger, FakeClock } from "@chronoledger/service";
import {
  authorityAddress,
  createSolanaSender,
  queueTaskInstruction,
  type TaskTerms,
  taskAddress,
} from "@chronoledger/solana";
import {
  type AddressLookupTableAccount,
  Connection,
  type Keypair,
  PublicKey,
  type TransactionInstruction,
} from "@solana/web3.js";
import { connectChain } from "../../keeper/src/executors/solana/connection-port.ts";
import {
  type SolanaKeeper,
  type SolanaKeeperOptions,
  startSolanaKeeper,
} from "../../keeper/src/executors/solana/solana-keeper.ts";
import { type SolanaChain, type SolanaChainOptions, startSolanaChain } from "./solana-chain.ts";
import { until } from "./until.ts";

const IDL = join(import.meta.dirname, "..", "..", "programs", "built", "mock_target.json");
const mockTarget = new Program(JSON.parse(readFileSync(IDL, "utf8")) as Idl, {
  connection: undefined as unknown as Connection,
});
const SLOT = 400n * NS_PER_MS;
/** Real milliseconds between a sender's looks; slots of the rig take as long as the test lets them. */
const SLOT_MS = 40;
const START = unixNs(1_800_000_000n * NS_PER_S + 50n * NS_PER_MS);
const log = createLogger("test", { write: () => undefined });

export type RunningKeeper = SolanaKeeper & { readonly account: PublicKey };

/** A local Solana with the real program, a counter that tasks count up, and keepers; slot and clock move together, by hand. */
export class TaskRig {
  readonly chain: SolanaChain;
  readonly clock: FakeClock;
  readonly owner: Keypair;
  readonly counter: PublicKey;
  readonly authority: PublicKey;
  #id = 0n;
  readonly #keepers = new Set<RunningKeeper>();

  private constructor(chain: SolanaChain, clock: FakeClock, owner: Keypair) {
    this.chain = chain;
    this.clock = clock;
    this.owner = owner;
    this.authority = authorityAddress(chain.program.programId, owner.publicKey);
    this.counter = PublicKey.findProgramAddressSync(
      [Buffer.from("counter"), owner.publicKey.toBytes()],
      mockTarget.programId,
    )[0];
  }

  static async start(options: SolanaChainOptions = {}): Promise<TaskRig> {
    const clock = new FakeClock(START);
    const chain = await startSolanaChain({
      ...options,
      clock,
      programs: [{ address: mockTarget.programId.toBase58(), name: "mock_target" }],
    });
    const rig = new TaskRig(chain, clock, chain.account());
    await chain.run(
      [
        (await mockTarget.methods
          .open?.(rig.authority)
          .accountsPartial({ payer: rig.owner.publicKey, counter: rig.counter })
          .instruction()) as TransactionInstruction,
      ],
      [rig.owner],
    );
    return rig;
  }

  async stop(): Promise<void> {
    for (const keeper of this.#keepers) await keeper.stop();
    await this.chain.stop();
  }

  /** How often tasks have counted. */
  get count(): bigint {
    const { data } = this.chain.local.account(this.counter.toBase58()) ?? {};
    return BigInt(mockTarget.coder.accounts.decode("counter", Buffer.from(data ?? [])).count.toString());
  }

  /** So many seconds after the chain's present one. */
  in(seconds: bigint): UnixNs {
    return unixNs(this.chain.now + seconds * NS_PER_S);
  }

  /** Queues a task that counts, or does what is given. Its window is 10 s unless told. @returns its address, base58 */
  async queue(
    terms: Partial<TaskTerms> & Pick<TaskTerms, "notBefore">,
    instructions?: readonly TransactionInstruction[],
    tables: readonly AddressLookupTableAccount[] = [],
  ): Promise<string> {
    const { chain, owner } = this;
    const id = this.#id++;
    const recurrence = terms.recurrence ?? { kind: "once" };
    const all: TaskTerms = {
      clock: "chain",
      notAfter: unixNs(terms.notBefore + 10n * NS_PER_S),
      reward: 100_000n,
      grace: 0n,
      rewardFloor: 50_000n,
      ...{ ...terms, recurrence },
    };
    const runs = recurrence.kind === "once" ? 1n : BigInt(recurrence.count);
    const order = { owner: owner.publicKey, payer: owner.publicKey, id, terms: all, deposit: all.reward * runs };
    await chain.run(
      [
        await queueTaskInstruction(chain.program, {
          ...order,
          instructions: instructions ?? [await this.target("increment")],
        }),
      ],
      [owner],
      tables,
    );
    return taskAddress(chain.program.programId, owner.publicKey, id).toBase58();
  }

  /** An instruction of the mock target. */
  async target(name: "increment" | "fail"): Promise<TransactionInstruction> {
    const method = mockTarget.methods[name]?.();
    const accounts = name === "fail" ? { any: null } : { counter: this.counter, caller: this.authority };
    return (await method?.accountsPartial(accounts as never).instruction()) as TransactionInstruction;
  }

  /** A keeper with an account of its own, money in it, and its own connection. */
  async keeper(options: Partial<SolanaKeeperOptions> = {}, signer = this.chain.account()): Promise<RunningKeeper> {
    const { clock, chain } = this;
    const { program, local } = chain;
    const connection = new Connection(local.url, { commitment: "processed", wsEndpoint: local.webSocketUrl });
    const port = { connection, program, keeper: signer.publicKey, clock, slotMs: SLOT_MS, log };
    const keeper = await startSolanaKeeper({
      chain: connectChain(port),
      sender: createSolanaSender({ connection, signer, clock, fees: { min: 0, max: 1_000 }, slotMs: SLOT_MS }),
      clock,
      log,
      account: signer.publicKey.toBase58(),
      roster: { index: 0, count: 1, staggerMs: 2_000 },
      policy: { leadMs: 2_000, minReward: 1n, minFee: 0n, expires: true },
      slotMs: 400,
      guardMs: 30,
      reconcileMs: 60_000,
      demand: undefined,
      ...options,
    });
    const stop = async (): Promise<void> => {
      this.#keepers.delete(running);
      await keeper.stop();
      // It would close by itself half a second later, and connect for ever to a server that is gone by then.
      (connection as unknown as { _rpcWebSocket: { close(): void } })._rpcWebSocket.close();
    };
    const running = { ...keeper, account: signer.publicKey, stop };
    this.#keepers.add(running);
    await until("the keeper sees the chain", () => keeper.time.newest?.slot === chain.local.slot);
    return running;
  }

  /**
   * One slot, which every keeper given has seen when this resolves. A transaction of theirs that is to be in the next is waited for:
   * `pending` says whether there is to be one.
   */
  async produce(keepers: readonly SolanaKeeper[], pending: () => boolean = () => false): Promise<void> {
    const { local } = this.chain;
    this.clock.advance(SLOT);
    local.advance(1);
    await until("the keepers see the slot", () => keepers.every(({ time }) => time.newest?.slot === local.slot));
    if (pending()) await until("a transaction waits", () => local.pendingCount > 0);
  }

  /** Slots until it is so. */
  async produceUntil(
    what: string,
    keepers: readonly SolanaKeeper[],
    done: () => boolean,
    pending: () => boolean = () => false,
  ): Promise<void> {
    for (let slots = 0; !done(); slots++) {
      if (slots > 200) throw new Error(`not in 200 slots: ${what}`);
      await this.produce(keepers, pending);
    }
  }
}
