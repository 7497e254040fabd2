import { NS_PER_S, unixNs } from "@chronoledger/core";
import {
  authorityAddress,
  decodeTask,
  queueTaskInstruction,
  runTaskInstruction,
  type Task,
  type TaskTerms,
  taskAddress,
} from "@chronoledger/solana";
import { Keypair, PublicKey, type Signer, SystemProgram, type TransactionInstruction } from "@solana/web3.js";
import { START, type SvmNetwork } from "./network.ts";
import { mockTarget, program, type Sent, type Vm } from "./vm.ts";

export const REWARD = 100_000n;

/** UTC nanoseconds of a time in seconds. */
export const utc = (unixTimestamp: number, ns = 0n) => unixNs(BigInt(unixTimestamp) * NS_PER_S + ns);

/** From 10 to 20 seconds after the start, by the chain's clock, once. */
export const TERMS: TaskTerms = {
  clock: "chain",
  notBefore: utc(START + 10),
  notAfter: utc(START + 20),
  reward: REWARD,
  grace: 2n * NS_PER_S,
  rewardFloor: 10_000n,
  recurrence: { kind: "once" },
};

/** An owner and a keeper, and a counter that counts for the owner's tasks alone. */
export class TaskBench {
  readonly vm: Vm;
  readonly owner = Keypair.fromSeed(new Uint8Array(32).fill(21));
  readonly keeper = Keypair.fromSeed(new Uint8Array(32).fill(22));
  readonly authority: PublicKey;
  readonly counter: PublicKey;
  #id = 0n;

  private constructor(vm: Vm, counter: PublicKey) {
    this.vm = vm;
    this.counter = counter;
    this.authority = authorityAddress(program.programId, this.owner.publicKey);
    for (const { publicKey } of [this.owner, this.keeper]) vm.airdrop(publicKey, 100_000_000_000n);
  }

  static async create({ vm }: Pick<SvmNetwork, "vm">): Promise<TaskBench> {
    const seeds = [Buffer.from("counter"), vm.payer.publicKey.toBytes()];
    const [counter] = PublicKey.findProgramAddressSync(seeds, mockTarget.programId);
    const bench = new TaskBench(vm, counter);
    vm.ok([
      await mockTarget.methods
        .open?.(bench.authority)
        .accountsPartial({ payer: vm.payer.publicKey, counter })
        .instruction(),
    ] as TransactionInstruction[]);
    return bench;
  }

  get count(): bigint {
    return BigInt(mockTarget.coder.accounts.decode("counter", this.vm.data(this.counter)).count);
  }

  /** An instruction of the mock target, by name. */
  target(
    name: string,
    args: readonly unknown[] = [],
    accounts: readonly PublicKey[] = [],
  ): Promise<TransactionInstruction> {
    const method = mockTarget.methods[name];
    if (method === undefined) throw new Error(`the mock target has no ${name}`);
    return method(...args)
      .accountsPartial({ any: null as never })
      .remainingAccounts(accounts.map((pubkey) => ({ pubkey, isSigner: false, isWritable: true })))
      .instruction();
  }

  increment(): Promise<TransactionInstruction> {
    return (mockTarget.methods.increment as () => ReturnType<NonNullable<typeof mockTarget.methods.increment>>)()
      .accountsPartial({ counter: this.counter, caller: this.authority })
      .instruction();
  }

  /** @returns why it failed, or the task's address */
  async queue(
    terms: Partial<TaskTerms> = {},
    instructions?: readonly TransactionInstruction[],
    deposit?: bigint,
  ): Promise<{ address: PublicKey; sent: Sent }> {
    const id = this.#id++;
    const all = { ...TERMS, ...terms };
    const runs = all.recurrence.kind === "once" ? 1n : BigInt(all.recurrence.count);
    const instruction = await queueTaskInstruction(program, {
      owner: this.owner.publicKey,
      payer: this.owner.publicKey,
      id,
      terms: all,
      deposit: deposit ?? all.reward * runs,
      instructions: instructions ?? [await this.increment()],
    });
    const address = taskAddress(program.programId, this.owner.publicKey, id);
    return { address, sent: this.vm.send([instruction], [this.owner]) };
  }

  /** @throws when it fails */
  async queued(...args: Parameters<TaskBench["queue"]>): Promise<PublicKey> {
    const { address, sent } = await this.queue(...args);
    if (sent.error !== undefined) throw new Error(`${sent.error}\n${sent.logs.join("\n")}`);
    return address;
  }

  task(address: PublicKey): Task {
    return decodeTask(program, address, this.vm.data(address));
  }

  run(address: PublicKey, keeper: Signer = this.keeper): Promise<Sent> {
    return this.runAs(this.task(address), keeper);
  }

  async runAs(task: Parameters<typeof runTaskInstruction>[1], keeper: Signer = this.keeper): Promise<Sent> {
    return this.vm.send([await runTaskInstruction(program, task, keeper.publicKey)], [keeper]);
  }

  async cancel(address: PublicKey, refund = this.owner.publicKey, owner: Signer = this.owner): Promise<Sent> {
    const accounts = { owner: owner.publicKey, task: address, refund };
    return this.vm.send([await program.methods.cancelTaskV0().accountsPartial(accounts).instruction()], [owner]);
  }

  async expire(address: PublicKey, refund = this.owner.publicKey): Promise<Sent> {
    const accounts = { task: address, refund };
    return this.vm.send([await program.methods.expireTaskV0().accountsPartial(accounts).instruction()], [this.keeper]);
  }
}

export const transferFrom = (from: PublicKey, to: PublicKey, lamports: bigint): TransactionInstruction =>
  SystemProgram.transfer({ fromPubkey: from, toPubkey: to, lamports });
