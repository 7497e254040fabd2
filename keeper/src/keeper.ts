import { isChronoError, NS_PER_MS } from "@chronoledger/core";
import type { Clock, Database, Logger } from "@chronoledger/service";
import { type ChainClient, createTransactionManager, type Head, type Hex } from "@chronoledger/txm";
import { blockTime, type KeeperContext } from "./context.ts";
import { BlockCadence } from "./firing/cadence.ts";
import { startFiringThread } from "./firing/firing-thread.ts";
import { Signer } from "./firing/signer.ts";
import { AttestedRuns } from "./planner/attested-runs.ts";
import { judge, type Leads, lookAt, type Policy, type Roster } from "./planner/policy.ts";
import { Reconciler } from "./planner/reconciler.ts";
import { recoverRuns } from "./planner/recover-runs.ts";
import type { Run, RunName } from "./planner/run.ts";
import { RunBook, type RunListener } from "./planner/run-book.ts";
import { RunTransactions } from "./planner/run-transactions.ts";
import { Settler } from "./planner/settler.ts";
import { Sweeper } from "./planner/sweeper.ts";
import { Waker } from "./planner/waker.ts";
import type { WakeJob, WakePort } from "./queue/wake-queue.ts";
import { EventStore } from "./store/event-store.ts";
import { RunStore } from "./store/run-store.ts";
import { Watcher } from "./watcher/watcher.ts";

/** Reasons that say so: of this keeper's account, or of the schedule's deposit. */
const UNDERFUNDED = /^(transaction\/insufficient-funds|(simulation: )?ScheduleUnderfunded)/;
const TIP = 1_000_000_000n;

export type KeeperOptions = {
  readonly chain: ChainClient;
  readonly rpcUrl: string;
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly privateKey: Uint8Array;
  readonly scheduler: Hex;
  readonly oracle: Hex;
  readonly startBlock: number;
  readonly confirmations: number;
  readonly roster: Roster;
  readonly leads: Leads & { readonly signLeadMs: number; readonly guardMs: number };
  readonly mode: "precise" | "preposition";
  /** Seconds; undefined learns it. */
  readonly blockInterval: number | undefined;
  readonly policy: Policy;
  readonly relayerUrl: string | undefined;
  /** Makes the wake-up queue; undefined does without. */
  readonly openQueue: ((onWake: (job: WakeJob) => Promise<void>) => WakePort) | undefined;
  readonly onRunChange: RunListener;
};

export type Keeper = {
  readonly address: Hex;
  readonly store: RunStore;
  readonly book: RunBook;
  readonly queue: WakePort | undefined;
  readonly head: () => Head | undefined;
  stop(): Promise<void>;
};

/** Wires the parts, brings everything in line with the chain, and starts. @throws rpc/unavailable, database/unavailable, config/invalid */
export async function startKeeper(options: KeeperOptions): Promise<Keeper> {
  const { chain, db, clock, log, roster, policy } = options;
  const leads = leadsFor(options);
  const wakeTime = (run: Run) => lookAt(run, roster, leads);
  const store = new RunStore(db, wakeTime);
  const events = new EventStore(db);
  await events.claim(`${chain.chainId}-${options.scheduler.toLowerCase()}`);
  const book = new RunBook(store, clock.utcNow, log);
  book.onChange(options.onRunChange);
  const cadence = new BlockCadence(options.blockInterval);
  let head: Head | undefined;

  const txm = await createTransactionManager({
    chain,
    db,
    clock,
    log,
    privateKey: options.privateKey,
    confirmations: options.confirmations,
    maxFeePerGas: policy.maxFeePerGas,
    minTip: TIP,
    blockInterval: () => Number(cadence.interval) / 1e9,
    // A run's bytes go back to the firing thread, which holds them until their moment.
    onRecover: ({ key, request }) =>
      request.notAfter < clock.utcNow() ? "cancel" : key.startsWith("run-") ? "hold" : "send",
  });
  const context: KeeperContext = {
    ...{ clock, log, chain, txm, store, events, book, policy },
    scheduler: options.scheduler,
    oracle: options.oracle,
    head: () => head,
    prices: () => ({ baseFee: head?.baseFeePerGas ?? 0n, tip: TIP }),
  };

  const report = (what: string) => (error: unknown) =>
    log.error({ err: error, code: isChronoError(error) ? error.code : undefined }, what);
  const firing = startFiringThread(
    {
      url: options.rpcUrl,
      blockInterval: options.blockInterval,
      mode: options.mode,
      guard: BigInt(leads.guardMs) * NS_PER_MS,
    },
    {
      onSent: (id, time, how) => void signer.onSent(id, time, how).catch(report("a sent run could not be booked")),
      onAccepted: (id, time) => void signer.onAccepted(id, time).catch(report("an accepted run could not be booked")),
      onRefused: (id, error) => void signer.onRefused(id, error).catch(report("a refused run could not be booked")),
    },
    log,
  );
  const signer: Signer = new Signer({
    ...context,
    firing,
    signLead: BigInt(leads.signLeadMs + leads.guardMs) * NS_PER_MS,
  });
  const attested = new AttestedRuns({
    ...context,
    relayerUrl: options.relayerUrl,
    requestOf: (run) => signer.requestOf(run),
  });
  const waker = new Waker({ ...context, roster, attested, arm: (run) => signer.add(run) });
  const wake = async (name: RunName) => {
    sweeper.woken(name);
    await waker.wake(name);
  };
  const queue = options.openQueue?.(wake);
  const sweeper: Sweeper = new Sweeper({ clock, log, store, queue, wakeAt: wakeTime, wake });
  const transactions = new RunTransactions(context);
  const reconciler = new Reconciler({
    ...context,
    transactions,
    withdraw: (run) => signer.withdraw(run),
    forget: (run) => attested.forget(run),
    onPlanned: (runs) => void sweeper.look(runs).catch(report("runs could not be planned")),
  });
  const settler = new Settler({ ...context, confirmations: options.confirmations });
  const outcomeOf = (run: Run) => {
    const verdict = judge(run, context.prices(), policy);
    if (UNDERFUNDED.test(run.reason ?? "")) return "underfunded";
    return verdict.run ? "expired" : verdict.outcome;
  };

  const watcher = new Watcher({
    chain,
    scheduler: options.scheduler,
    startBlock: options.startBlock,
    store: events,
    log,
    onChange: async (ids, upTo) => {
      await reconciler.schedules(ids, upTo);
      await settler.settle(upTo);
      await reconciler.overdue(await overdueRuns(store, upTo), upTo, outcomeOf);
    },
  });
  const onHead = (seen: Head): void => {
    head = seen;
    cadence.observe({ number: seen.number, timestamp: seen.timestamp, arrival: clock.utcNow() });
    void watcher.onHead(seen);
    void attested.look();
    void waker.onHead().catch(report("runs that wait for a block could not be tried"));
  };

  txm.onChange(
    (transaction, before) =>
      void transactions.changed(transaction, before).catch(report("a transaction's change could not be booked")),
  );
  head = await chain.head();
  await txm.recover();
  // The process may have ended between reading events and booking what follows from them.
  await reconciler.schedules([...new Set([...(await events.withoutRun()), ...(await store.unsettled())])], head);
  await watcher.onHead(head);
  // Only now is it known which events are about transactions of theirs.
  await reconciler.schedules(await recoverRuns(context, signer, transactions), head);
  const stopHeads = chain.onHead(onHead);
  sweeper.start();

  return {
    address: txm.address,
    ...{ store, book, queue },
    head: () => head,
    async stop() {
      stopHeads();
      sweeper.stop();
      signer.stop();
      await queue?.close();
      await firing.close();
      await watcher.stop();
      await txm.close();
      await book.flush();
    },
  };
}

/** What is sent before its notBefore is woken and signed earlier by as much. */
function leadsFor({ mode, leads, blockInterval }: KeeperOptions): KeeperOptions["leads"] {
  if (mode === "precise") return leads;
  const ahead = Math.ceil((blockInterval ?? 1) * 1_000) + 200;
  return { ...leads, leadMs: leads.leadMs + ahead, signLeadMs: leads.signLeadMs + ahead };
}

const OVERDUE_BATCH = 500;
const overdueRuns = (store: RunStore, head: Head): Promise<Run[]> => store.overdue(blockTime(head), OVERDUE_BATCH);
