import { ChronoError, NS_PER_MS, NS_PER_S, type UnixNs, unixNs } from "@chronoledger/core";
import { FakeClock } from "@chronoledger/service";
import type { Task, TaskEvent } from "@chronoledger/solana";
import { PublicKey, TransactionInstruction } from "@solana/web3.js";
import type { AttestedSeen, ChainPort, TaskSeen } from "../../keeper/src/executors/solana/chain-port.ts";
import type { SlotSeen } from "../../keeper/src/executors/solana/chain-time.ts";
import type { Landed, SenderPort } from "../../keeper/src/executors/solana/sender-port.ts";
import { nextWindow } from "../../keeper/src/executors/solana/task-window.ts";

const SLOT = 400n * NS_PER_MS;
const FINAL_AFTER = 32;
const UNITS = 40_000;

type Action = { readonly keeper: string; readonly address: string; readonly kind: "run" | "expire" };
type Prepared = Action & { readonly units: number };
type Waiting = { readonly what: Prepared; readonly land: (landed: Landed) => void };
type State = { readonly tasks: Map<string, Task>; readonly attested: AttestedSeen | undefined };

/** A chain of tasks by the program's rules, whose slots come by hand. Slot and clock move together, 400 ms at a time. */
export class FakeTaskChain {
  readonly clock: FakeClock;
  slot = 1_000;
  /** Added to the clock for the chain's time. */
  skew = 0n;
  /** What tasks fail with when they are run. */
  readonly failures = new Map<string, string>();
  /** Everything that was in a slot, also what failed. */
  readonly landed: (Prepared & Landed)[] = [];
  /** Whether changes of accounts are told. */
  tells = true;
  simulations = 0;
  #tasks = new Map<string, Task>();
  #attested: AttestedSeen | undefined;
  #pending: Waiting[] = [];
  #unconfirmed: (() => void)[] = [];
  #history = new Map<number, State & { readonly unixSeconds: bigint }>();
  #events = new Map<string, TaskEvent[]>();
  readonly #actions = new WeakMap<TransactionInstruction, Action>();
  readonly #onSlot = new Set<(seen: SlotSeen) => void>();
  readonly #onTask = new Set<(seen: TaskSeen) => void>();
  readonly #onAttested = new Set<(seen: AttestedSeen) => void>();

  constructor(start: UnixNs) {
    this.clock = new FakeClock(start);
    this.#remember();
  }

  get unixSeconds(): bigint {
    return (this.clock.utcNow() + this.skew) / NS_PER_S;
  }

  task(address: string): Task | undefined {
    return this.#tasks.get(address);
  }

  put(task: Task): void {
    this.#tasks.set(task.address.toBase58(), task);
    this.#tell(task.address.toBase58());
  }

  /** As its owner closes it. */
  cancel(address: string): void {
    this.#tasks.delete(address);
    this.#book(address, "owner", { kind: "closed", reason: "cancelled" });
  }

  /** A certificate of that instant is accepted in the newest slot. */
  attest(time: UnixNs): void {
    this.#attested = { time, slot: this.slot };
    for (const listener of this.#onAttested) listener(this.#attested);
  }

  /** The next slot, with what waits for it. */
  async produce(slots = 1): Promise<void> {
    for (let i = 0; i < slots; i++) {
      this.clock.advance(SLOT);
      this.slot++;
      const confirmed = this.#unconfirmed;
      this.#unconfirmed = [];
      const due = this.#pending;
      this.#pending = [];
      for (const { what, land } of due) {
        const error = this.#refusal(what);
        const signature = `signature-${this.landed.length}`;
        if (error === null) this.#execute(what, signature);
        const landed = { signature, slot: this.slot, error, units: UNITS };
        this.landed.push({ ...what, ...landed });
        this.#unconfirmed.push(() => land(landed));
      }
      this.#remember();
      const seen = { slot: this.slot, unixSeconds: this.unixSeconds, at: this.clock.utcNow() };
      for (const listener of this.#onSlot) listener(seen);
      // A slot later, as senders wait for blocks to be confirmed.
      for (const tell of confirmed) tell();
      await settled();
    }
  }

  /** Takes the newest slots back, and produces an empty one on what is below. */
  async fork(depth: number): Promise<void> {
    const kept = this.#history.get(this.slot - depth);
    if (kept === undefined) throw new Error("nothing is known of that slot");
    for (let slot = this.slot - depth + 1; slot <= this.slot; slot++) this.#history.delete(slot);
    for (const [address, events] of this.#events)
      this.#events.set(
        address,
        events.filter(({ slot }) => slot <= this.slot - depth),
      );
    this.#tasks = new Map(kept.tasks);
    this.#attested = kept.attested;
    await this.produce();
  }

  /** @param keeper base58 */
  port(keeper: string): ChainPort {
    const listen = <Seen>(to: Set<(seen: Seen) => void>) => {
      return (listener: (seen: Seen) => void) => {
        to.add(listener);
        return async () => void to.delete(listener);
      };
    };
    return {
      tasks: async () => [...this.#tasks.keys()].map((address) => this.#seen(address)),
      read: async (addresses) => addresses.map((address) => this.#seen(address)),
      attested: async () => this.#attested,
      finalizedSlot: async () => this.slot - FINAL_AFTER,
      blockTimes: async (slot) => {
        const own = this.#history.get(slot);
        const parentSlot = [...this.#history.keys()].filter((each) => each < slot).at(-1);
        if (own === undefined || parentSlot === undefined) return undefined;
        const parentUnixSeconds = this.#history.get(parentSlot)?.unixSeconds ?? 0n;
        return { unixSeconds: own.unixSeconds, parentSlot, parentUnixSeconds };
      },
      eventsOf: async (address) => [...(this.#events.get(address) ?? [])].reverse(),
      tablesOf: async () => [],
      runInstructions: async ({ address }) => [this.#instruction({ keeper, address: address.toBase58(), kind: "run" })],
      expireInstructions: async ({ address }) => [
        this.#instruction({ keeper, address: address.toBase58(), kind: "expire" }),
      ],
      onSlot: listen(this.#onSlot),
      onTask: listen(this.#onTask),
      onAttested: listen(this.#onAttested),
    };
  }

  readonly sender: SenderPort<unknown> = {
    prepare: async ({ instructions, computeUnits }): Promise<Prepared> => {
      const action = this.#actions.get(instructions[0] as TransactionInstruction);
      if (action === undefined) throw new Error("an instruction of nobody");
      if (computeUnits !== undefined) return { ...action, units: computeUnits };
      this.simulations++;
      const error = this.#refusal(action);
      if (error !== null) throw new ChronoError("transaction/reverted", { error });
      return { ...action, units: UNITS };
    },
    fire: (prepared) => new Promise((land) => this.#pending.push({ what: prepared as Prepared, land })),
  };

  #refusal({ address, kind }: Action): string | null {
    const task = this.#tasks.get(address);
    if (task === undefined) return "AccountNotInitialized";
    const chain = this.unixSeconds * NS_PER_S;
    const time = task.clock === "chain" ? chain : (this.#attested?.time ?? 0n);
    const window = nextWindow(task, time);
    if (kind === "expire") return nextWindow(task, chain) === undefined ? null : "NotOver";
    if (window === undefined) return "TooLate";
    return time < window.notBefore ? "TooEarly" : (this.failures.get(address) ?? null);
  }

  #execute({ address, kind, keeper }: Action, transaction: string): void {
    const task = this.#tasks.get(address) as Task;
    const time = task.clock === "chain" ? this.unixSeconds * NS_PER_S : (this.#attested?.time ?? 0n);
    if (kind === "expire") {
      this.#tasks.delete(address);
      this.#book(address, transaction, { kind: "closed", reason: "expired" });
      return;
    }
    const number = nextWindow(task, time)?.number ?? 0;
    this.#book(address, transaction, { kind: "run", number, keeper, lateness: 0n, chainLateness: 0n, reward: 0n });
    if (number + 1 < task.count)
      this.#tasks.set(address, { ...task, number: number + 1, escrow: task.escrow - task.reward });
    else {
      this.#tasks.delete(address);
      this.#book(address, transaction, { kind: "closed", reason: "done" });
    }
    this.#tell(address);
  }

  #book(address: string, transaction: string, what: TaskEvent["what"]): void {
    const events = this.#events.get(address) ?? [];
    this.#events.set(address, [...events, { transaction, slot: this.slot, what }]);
  }

  #remember(): void {
    const { unixSeconds } = this;
    this.#history.set(this.slot, { tasks: new Map(this.#tasks), attested: this.#attested, unixSeconds });
  }

  #seen(address: string): TaskSeen {
    return { address, slot: this.slot, task: this.#tasks.get(address) };
  }

  /** Not of closed accounts, as with nodes. */
  #tell(address: string): void {
    if (!this.tells || !this.#tasks.has(address)) return;
    for (const listener of this.#onTask) listener(this.#seen(address));
  }

  #instruction(action: Action): TransactionInstruction {
    const instruction = new TransactionInstruction({ programId: PublicKey.default, keys: [] });
    this.#actions.set(instruction, action);
    return instruction;
  }
}

/** Everything that needs no further slot has happened. */
async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}

let made = 0;

/** A task on the chain's clock that is due at 1,800,000,010 s, for 30 s. */
export function fakeTask(fields: Partial<Task> = {}): Task {
  made++;
  const key = (fill: number) => new PublicKey(new Uint8Array(32).fill(fill));
  const bytes = new Uint8Array(32).fill(3);
  bytes.set([made >> 8, made & 255], 2);
  return {
    address: new PublicKey(bytes),
    owner: key(1),
    refund: key(2),
    id: BigInt(made),
    clock: "chain",
    notBefore: unixNs(1_800_000_010n * NS_PER_S),
    notAfter: unixNs(1_800_000_040n * NS_PER_S),
    reward: 100_000n,
    rewardFloor: 0n,
    grace: 0n,
    interval: 0n,
    escrow: 1_000_000n,
    rent: 2_000_000n,
    count: 1,
    number: 0,
    asks: false,
    lastLateness: 0n,
    worstLateness: 0n,
    accounts: [],
    ...fields,
  };
}
