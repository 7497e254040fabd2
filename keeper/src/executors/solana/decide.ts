import { NS_PER_MS, NS_PER_S, type UnixNs, unixNs } from "@chronoledger/core";
import type { Task } from "@chronoledger/solana";
import { nextWindow, rewardAt, type TaskWindow } from "./task-window.ts";

/** So far a certified instant may lie behind the chain's clock where the program still takes it: MAX_ATTESTED_AGE_NS. */
const ATTESTED_AGE_MOST = 60n * NS_PER_S;

/** What is known of time. All UTC nanoseconds. */
export type Moment = {
  /** By this machine. */
  readonly own: UnixNs;
  /** By the chain's clock, as it is estimated for now, between its whole seconds. */
  readonly estimate: UnixNs;
  /** As the newest slot showed it. */
  readonly seen: UnixNs;
  /** As the next slot is expected to show it, or the newest shows it. */
  readonly next: UnixNs;
  /** The newest certified instant on chain; undefined before the first. */
  readonly attested: UnixNs | undefined;
};

export type TaskPolicy = {
  /** 0: this keeper is first; 1, 2, ...: it stands in after so many staggers. */
  readonly rank: number;
  readonly staggerMs: number;
  /** A run is made ready so long before its moment. */
  readonly leadMs: number;
  /** Lamports; 0 runs everything. Else the reward must reach it, and the fee. */
  readonly minReward: bigint;
  /** Lamports that a run is estimated to cost. */
  readonly fee: bigint;
  readonly expires: boolean;
};

export type Decision =
  /** Nothing to do before `until`, by this machine's clock. */
  | { readonly do: "wait"; readonly window: TaskWindow; readonly until: UnixNs }
  /** Make it ready; it cannot run yet. */
  | { readonly do: "prepare"; readonly window: TaskWindow }
  /** The next slot can run it. */
  | { readonly do: "fire"; readonly window: TaskWindow }
  /** This run is not worth it, or not paid for, unless its account changes. */
  | { readonly do: "skip"; readonly window: TaskWindow; readonly reason: string; readonly until: UnixNs }
  | { readonly do: "expire" }
  /** Every window is over and somebody else is to say so, or not yet. */
  | { readonly do: "leave" };

/** What to do with a task now. Pure. */
export function decide(task: Task, now: Moment, policy: TaskPolicy): Decision {
  const window = nextWindow(task, timeOf(task, now));
  if (window === undefined) {
    const last = task.interval * BigInt(task.count - 1) + task.notAfter;
    return policy.expires && policy.rank === 0 && now.seen > last ? { do: "expire" } : { do: "leave" };
  }
  const refusal = refusalOf(task, window, now, policy);
  const skew = task.clock === "chain" ? now.estimate - now.own : 0n;
  const ownTime = (time: bigint): UnixNs => clamp(time - skew);
  if (refusal !== undefined) return { do: "skip", window, reason: refusal, until: ownTime(window.notAfter + 1n) };
  const turn = window.notBefore + BigInt(policy.rank * policy.staggerMs) * NS_PER_MS;
  const ready = ownTime(policy.rank > 0 ? turn : turn - BigInt(policy.leadMs) * NS_PER_MS);
  if (now.own < ready) return { do: "wait", window, until: ready };
  const reached = task.clock === "chain" ? now.next : (now.attested ?? 0n);
  return { do: reached >= window.notBefore ? "fire" : "prepare", window };
}

/** What the task's windows are held against. A certified instant that is too old to count may yet be followed by any newer one. */
export function timeOf(task: Pick<Task, "clock">, now: Pick<Moment, "seen" | "attested">): bigint {
  if (task.clock === "chain") return now.seen;
  const least = now.seen - ATTESTED_AGE_MOST;
  return now.attested !== undefined && now.attested > least ? now.attested : least;
}

function refusalOf(task: Task, window: TaskWindow, now: Moment, policy: TaskPolicy): string | undefined {
  if (task.escrow < task.reward) return `its deposit ${task.escrow} does not cover the reward ${task.reward}`;
  if (policy.minReward === 0n) return undefined;
  const time = timeOf(task, now);
  const reward = rewardAt(task, time > window.notBefore ? time - window.notBefore : 0n);
  if (reward < policy.fee) return `the reward ${reward} does not cover the fee ${policy.fee}`;
  return reward < policy.minReward ? `the reward ${reward} is below ${policy.minReward}` : undefined;
}

const MOST = (1n << 64n) - 1n;
const clamp = (time: bigint): UnixNs => unixNs(time < 0n ? 0n : time > MOST ? MOST : time);
