import assert from "node:assert/strict";
import { NS_PER_S } from "@chronoledger/core";
import { encodeTerms, type Task, type TaskTerms } from "@chronoledger/solana";
import type { PublicKey } from "@solana/web3.js";
import { SvmNetwork } from "./support/network.ts";
import { TaskBench, TERMS, utc } from "./support/tasks.ts";
import { bn, program, type Sent } from "./support/vm.ts";

/** Set ROUNDS for more; the bar is 10,000 instructions. */
const ROUNDS = Number(process.env.ROUNDS ?? 10_000);
const FEE = 5_000n;
const OPEN_TASKS = 12;

/** xorshift32: the same sequence everywhere, from a seed that a failure names. */
function randomOf(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** What a model of ours says of the money, held against the chain's after each instruction. */
class Books {
  readonly bench: TaskBench;
  readonly #pick: (below: number) => number;
  readonly #tasks = new Map<string, PublicKey>();
  readonly counts = new Map<string, number>();
  #owner: bigint;
  #keeper: bigint;

  constructor(bench: TaskBench, pick: (below: number) => number) {
    this.bench = bench;
    this.#pick = pick;
    this.#owner = bench.vm.balance(bench.owner.publicKey);
    this.#keeper = bench.vm.balance(bench.keeper.publicKey);
  }

  async step(): Promise<void> {
    const { bench } = this;
    const pick = this.#pick;
    const addresses = [...this.#tasks.values()];
    const address = addresses[pick(Math.max(1, addresses.length))];
    const kind = pick(100);
    if (kind < 12) bench.vm.setTime(bench.vm.time + pick(15));
    if (address === undefined || (kind < 40 && addresses.length < OPEN_TASKS)) return this.queue();
    const task = bench.task(address);
    if (kind < 80) return this.run(task);
    if (kind < 86) return this.fund(task);
    if (kind < 91) return this.update(task);
    if (kind < 96) return this.end(task, "cancel");
    return this.end(task, "expire");
  }

  async queue(): Promise<void> {
    const { bench } = this;
    const terms = this.#terms();
    const runs = terms.recurrence.kind === "once" ? 1n : BigInt(terms.recurrence.count);
    const deposit = terms.reward * BigInt(1 + this.#pick(Number(runs) + 1)) + BigInt(this.#pick(2));
    const failing = this.#pick(8) === 0;
    const target = failing ? await bench.target("fail") : await bench.increment();
    const { address, sent } = await bench.queue(terms, [target], deposit);
    this.#owner -= FEE;
    this.#note("queue", sent);
    if (sent.error !== undefined) return;
    const { rent, escrow } = bench.task(address);
    assert.equal(escrow, deposit);
    this.#owner -= rent + escrow;
    this.#tasks.set(address.toBase58(), address);
  }

  async run(task: Task): Promise<void> {
    const sent = await this.bench.runAs(task);
    this.#keeper -= FEE;
    this.#note("run", sent);
    if (sent.error !== undefined) return;
    const now = utc(this.bench.vm.time);
    const passed = task.interval === 0n ? 0n : (now - task.notBefore) / task.interval;
    const number = BigInt(Math.max(task.number, Math.min(Number(passed), task.count - 1)));
    const lateness = now - task.notBefore - number * task.interval;
    const falls = task.notAfter - task.notBefore - task.grace;
    const cut = lateness <= task.grace ? 0n : ((task.reward - task.rewardFloor) * (lateness - task.grace)) / falls;
    this.#keeper += task.reward - cut;
    const left = task.escrow - (task.reward - cut);
    if (Number(number) + 1 < task.count && !task.asks) assert.equal(this.bench.task(task.address).escrow, left);
    else this.#gone(task, left);
  }

  async fund(task: Task): Promise<void> {
    const { bench } = this;
    const lamports = BigInt(this.#pick(200_000));
    const accounts = { payer: bench.keeper.publicKey, task: task.address };
    const instruction = await program.methods.fundTaskV0(bn(lamports)).accountsPartial(accounts).instruction();
    const sent = bench.vm.send([instruction], [bench.keeper]);
    this.#keeper -= FEE + (sent.error === undefined ? lamports : 0n);
    this.#note("fund", sent);
    assert.equal(bench.task(task.address).escrow, task.escrow + (sent.error === undefined ? lamports : 0n));
  }

  async update(task: Task): Promise<void> {
    const { bench } = this;
    const accounts = { owner: bench.owner.publicKey, task: task.address };
    const instruction = await program.methods
      .updateTaskV0(encodeTerms(this.#terms()))
      .accountsPartial(accounts)
      .instruction();
    this.#owner -= FEE;
    this.#note("update", bench.vm.send([instruction], [bench.owner]));
    assert.equal(bench.task(task.address).escrow, task.escrow);
  }

  async end(task: Task, by: "cancel" | "expire"): Promise<void> {
    const sent = await this.bench[by](task.address);
    if (by === "cancel") this.#owner -= FEE;
    else this.#keeper -= FEE;
    this.#note(by, sent);
    if (sent.error === undefined) this.#gone(task, task.escrow);
  }

  /** To the lamport, whatever has happened. */
  check(): void {
    const { vm, owner, keeper } = this.bench;
    assert.equal(vm.balance(owner.publicKey), this.#owner);
    assert.equal(vm.balance(keeper.publicKey), this.#keeper);
    for (const address of this.#tasks.values()) {
      const task = this.bench.task(address);
      assert.equal(vm.balance(address), task.rent + task.escrow);
      assert.ok(task.number < task.count && task.notAfter > task.notBefore && task.rewardFloor <= task.reward);
      assert.ok(task.lastLateness <= task.worstLateness);
    }
  }

  #gone({ address, rent }: Task, escrow: bigint): void {
    assert.equal(this.bench.vm.exists(address), false);
    this.#owner += rent + escrow;
    this.#tasks.delete(address.toBase58());
  }

  #note(what: string, { error }: Sent): void {
    const name = `${what}: ${error === undefined ? "done" : "refused"}`;
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }

  /** Mostly fit to be taken. */
  #terms(): TaskTerms {
    const pick = this.#pick;
    const notBefore = utc(this.bench.vm.time + pick(20) - 4, BigInt(pick(3)));
    const window = BigInt(1 + pick(20)) * NS_PER_S;
    const reward = BigInt(pick(100_000));
    const interval = BigInt(1 + pick(40)) * NS_PER_S;
    const recurrences = [
      { kind: "once" },
      { kind: "every", interval, count: 1 + pick(4) },
      { kind: "asked", count: 1 + pick(3) },
    ] as const;
    return {
      ...TERMS,
      notBefore,
      notAfter: (notBefore + window) as never,
      grace: (window * BigInt(pick(11))) / 10n,
      reward,
      rewardFloor: BigInt(pick(Number(reward) + 1)),
      recurrence: recurrences[pick(3)] as (typeof recurrences)[number],
    };
  }
}

describe("the money of tasks", () => {
  it(`balances to the lamport after each of ${ROUNDS} random instructions`, async function () {
    this.timeout(600_000);
    const bench = await TaskBench.create(await SvmNetwork.create());
    const seed = Number(process.env.SEED ?? 20_261_125);
    const books = new Books(bench, randomOf(seed));
    try {
      for (let i = 0; i < ROUNDS; i++) {
        await books.step();
        books.check();
      }
    } catch (error) {
      throw new Error(`with SEED=${seed}`, { cause: error });
    }
    // Each way was taken, and each was refused.
    for (const what of ["queue", "run", "fund", "update", "cancel", "expire"])
      assert.ok(
        (books.counts.get(`${what}: done`) ?? 0) > ROUNDS / 500,
        `${what}: ${JSON.stringify([...books.counts])}`,
      );
    for (const what of ["queue", "run", "fund", "update", "expire"])
      assert.ok((books.counts.get(`${what}: refused`) ?? 0) > 0, what);
  });
});
