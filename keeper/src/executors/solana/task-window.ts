import { type UnixNs, unixNs } from "@chronoledger/core";
import type { Task } from "@chronoledger/solana";

/** One run of a task and when it may happen; both bounds inclusive. */
export type TaskWindow = { readonly number: number; readonly notBefore: UnixNs; readonly notAfter: UnixNs };

type Times = Pick<Task, "notBefore" | "notAfter" | "interval" | "count" | "number">;

function windowOf({ notBefore, notAfter, interval }: Times, number: number): TaskWindow {
  const shift = interval * BigInt(number);
  return { number, notBefore: unixNs(notBefore + shift), notAfter: unixNs(notAfter + shift) };
}

/**
 * The next run of a task that can still happen at `time`, UTC nanoseconds by the task's clock; runs before it were missed.
 * Undefined when every window is over. As the program's own rule.
 */
export function nextWindow(task: Times, time: bigint): TaskWindow | undefined {
  const { interval, notAfter, count } = task;
  const behind = time - notAfter;
  const missed = interval > 0n && behind > 0n ? Number((behind + interval - 1n) / interval) : 0;
  const number = Math.max(task.number, missed);
  if (number >= count) return undefined;
  const window = windowOf(task, number);
  return time > window.notAfter ? undefined : window;
}

/** Lamports of a run so many nanoseconds after its notBefore: whole for the grace, then falling to the floor, rounded up. */
export function rewardAt(
  task: Pick<Task, "reward" | "rewardFloor" | "grace" | "notBefore" | "notAfter">,
  lateness: bigint,
): bigint {
  const { reward, rewardFloor, grace } = task;
  const window = task.notAfter - task.notBefore;
  if (lateness <= grace) return reward;
  const inside = lateness < window ? lateness : window;
  return reward - ((reward - rewardFloor) * (inside - grace)) / (window - grace);
}
