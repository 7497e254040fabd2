import { type UnixNs, unixNs } from "@chronoledger/core";
import type { Clock, Logger } from "@chronoledger/service";
import { PublicKey } from "@solana/web3.js";
import { bytesToHex } from "viem";
import { type Roster, rankOf } from "../../planner/policy.ts";
import type { AttestedSeen, ChainPort, TaskSeen } from "./chain-port.ts";
import { ChainTime, type SlotSeen } from "./chain-time.ts";
import type { Moment } from "./decide.ts";
import { EndKeeper } from "./end-keeper.ts";
import { RunAligner } from "./run-aligner.ts";
import { RunHistory } from "./run-history.ts";
import type { SenderPort } from "./sender-port.ts";
import { type RunnerPolicy, TaskRunner } from "./task-runner.ts";
import { TrackedTask } from "./tracked-task.ts";

const ENDED_KEPT = 1_000;
/** Slots between looks whether a fork took an end away. */
const RECHECK_SLOTS = 4;

export type SolanaKeeperOptions = {
  readonly chain: ChainPort;
  readonly sender: SenderPort;
  readonly clock: Clock;
  readonly log: Logger;
  /** Of this keeper, base58. */
  readonly account: string;
  readonly roster: Roster;
  readonly policy: Omit<RunnerPolicy, "staggerMs">;
  readonly slotMs: number;
  readonly guardMs: number;
  /** All tasks are read again so often. */
  readonly reconcileMs: number;
  readonly demand: ((time: UnixNs) => Promise<void>) | undefined;
};

export type SolanaKeeper = {
  readonly history: RunHistory;
  readonly time: ChainTime;
  stop(): Promise<void>;
};

/** Reads every task and follows them. The chain is the only state: a keeper that starts anew loses nothing. @throws rpc/unavailable */
export async function startSolanaKeeper(options: SolanaKeeperOptions): Promise<SolanaKeeper> {
  const { chain, clock, log, roster } = options;
  const time = new ChainTime(options.slotMs, options.guardMs);
  const history = new RunHistory(clock.utcNow, ENDED_KEPT);
  const aligner = new RunAligner(history);
  const ends = new EndKeeper({ ...{ chain, log, history, aligner }, account: options.account });
  const tasks = new Map<string, TrackedTask>();
  let attested = await chain.attested();
  // Where there is no instant yet, the first to come is the first that reaches anything.
  ends.attested(attested ?? { time: unixNs(0n), slot: 0 });

  const moment = (): Moment => {
    const own = clock.utcNow();
    const estimate = own + time.skew;
    return {
      ...{ own, seen: time.seen, next: time.next },
      estimate: unixNs(estimate < 0n ? 0n : estimate),
      attested: attested?.time,
    };
  };
  const rank = (address: string) => rankOf(bytesToHex(new PublicKey(address).toBytes()), roster);
  const see = (seen: TaskSeen): void => {
    let tracked = tasks.get(seen.address);
    if (tracked === undefined) {
      if (seen.task === undefined) return;
      tracked = new TrackedTask(seen.address, rank(seen.address));
      tasks.set(seen.address, tracked);
    }
    if (tracked.see(seen) && aligner.ended(tracked).length > 0) ends.watch(tracked);
    runner.consider(tracked);
  };
  const reread = async (those: readonly TrackedTask[]): Promise<void> => {
    if (those.length === 0) return;
    try {
      for (const seen of await chain.read(those.map(({ address }) => address))) see(seen);
    } catch (error) {
      log.warn({ err: error, tasks: those.length }, "tasks could not be read; the next slot tries again");
    }
  };
  const runner = new TaskRunner({
    ...{ chain, sender: options.sender, clock, log, time, history, aligner, moment, demand: options.demand },
    policy: { ...options.policy, staggerMs: roster.staggerMs },
    uncertainty: () => (clock.kernelState()?.maxError ?? 0n) + clock.readUncertainty,
    refresh: (tracked) => void reread([tracked]),
    onEnd: (tracked) => ends.watch(tracked),
  });

  /** Of accounts that are closed, and whose runs are final. */
  const forget = (): void => {
    const watched = new Set(ends.unsettled);
    for (const [address, tracked] of tasks)
      if (tracked.task === undefined && !watched.has(tracked) && tracked.shots.size === 0) tasks.delete(address);
  };
  const onSlot = (seen: SlotSeen): void => {
    if (!time.observe(seen)) return;
    const stale: TrackedTask[] = [];
    for (const tracked of tasks.values())
      if (tracked.stale) stale.push(tracked);
      else runner.consider(tracked);
    void reread(seen.slot % RECHECK_SLOTS === 0 ? [...new Set([...stale, ...ends.unsettled])] : stale);
    void ends.look().then(forget);
  };
  const onAttested = (seen: AttestedSeen | undefined): void => {
    if (seen === undefined || seen.time === attested?.time) return;
    attested = seen;
    ends.attested(seen);
    for (const tracked of tasks.values()) if (tracked.task?.clock === "attested") runner.consider(tracked);
  };
  const reconcile = async (): Promise<void> => {
    const all = await chain.tasks();
    const there = new Set(all.map(({ address }) => address));
    for (const seen of all) see(seen);
    await reread([...tasks.values()].filter(({ address, task }) => task !== undefined && !there.has(address)));
  };

  const stops = [chain.onSlot(onSlot), chain.onTask(see), chain.onAttested(onAttested)];
  const stop = async (): Promise<void> => {
    clearTimeout(timer);
    stopped = true;
    runner.stop();
    await Promise.all(stops.map((each) => each()));
  };
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const again = (): void => {
    if (stopped) return;
    timer = setTimeout(() => {
      Promise.all([reconcile(), chain.attested().then(onAttested)])
        .catch((error: unknown) => log.warn({ err: error }, "tasks could not be read; they will be read again"))
        .finally(again);
    }, options.reconcileMs);
  };
  try {
    await reconcile();
  } catch (error) {
    await stop();
    throw error;
  }
  again();
  return { history, time, stop };
}
