import {
  type DurationNs,
  durationNs,
  equalBytes,
  FLAG,
  type Interval,
  isChronoError,
  type NodeInfo,
  type NodeSet,
  taiNs,
  toReading,
  type UnixNs,
} from "@chronoledger/core";
import type { Clock, Logger } from "@chronoledger/service";
import type { ArrivalClock, ArrivalReading, NodeObservation } from "../context.ts";
import { type ArrivalBase, arrivalBase, carryInterval, FRESH_NS, type Look } from "./arrival-interval.ts";
import { larger } from "./larger.ts";

/** How often each node is asked. */
const EVERY_MS = 250;
/** Looks of one node kept: a question that a busy moment made slow does not displace a better one. */
const LOOKS_KEPT = 20;

type NodeLook = Look & { readonly taiMinusUtc: number; readonly test: boolean };
type Newest = { readonly timeUtc: UnixNs; readonly look: NodeLook | undefined; readonly info: NodeInfo | undefined };

export type ArrivalClockOptions = {
  readonly set: NodeSet;
  readonly clock: Clock;
  readonly log: Logger;
  /** Asks one node about itself. @throws whatever keeps it from answering */
  readonly ask: (node: number, signal: AbortSignal) => Promise<NodeInfo>;
  /** Between two questions to one node; 250 unless told. */
  readonly everyMs?: number;
};

export type RunningArrivalClock = ArrivalClock & { stop(): Promise<void> };

/**
 * Asks every node for its reading, four times a second, and reconciles what they say.
 *
 * While at most f nodes are wrong, each reading's interval holds the true time. Besides, of two readings the later one has neither an
 * earlier lower edge (sound: time does not go back) nor an earlier upper one (it is widened for that), so that times never run
 * backwards from one request to the next. Only when the nodes contradict what they said before, which means that more than f
 * of them were or are wrong, does it begin anew.
 */
export function startArrivalClock(options: ArrivalClockOptions): RunningArrivalClock {
  const { set, clock, log, ask, everyMs = EVERY_MS } = options;
  const stopped = new AbortController();
  const looks = set.keys.map((): NodeLook[] => []);
  const newest = set.keys.map((): Newest => ({ timeUtc: clock.utcNow(), look: undefined, info: undefined }));
  let base: (ArrivalBase & { readonly taiMinusUtc: number; readonly test: boolean }) | undefined;
  let last: { readonly interval: Interval; readonly at: bigint } | undefined;

  const reconcile = (): void => {
    const at = clock.monotonicNow();
    const found = arrivalBase(looks, set.f, at);
    // What is no measurement is taken from the newest look.
    const latest = looks.flatMap((kept) => kept.at(-1) ?? []);
    const taiMinusUtc = agreed(latest, set.f);
    if (found === undefined && base !== undefined) log.warn({ nodes: latest.length }, "the nodes agree on no time");
    base =
      found === undefined || taiMinusUtc === undefined
        ? undefined
        : { ...found, taiMinusUtc, test: set.policy.allowTest || latest.some(({ test }) => test) };
  };

  const look = async (node: number): Promise<void> => {
    const askedAt = clock.monotonicNow();
    let info: NodeInfo | undefined;
    let isOther = false;
    try {
      const answer = await ask(node, stopped.signal);
      isOther = !isMember(answer, node, set);
      if (!isOther) info = answer;
    } catch (error) {
      if (stopped.signal.aborted) return;
      const code = isChronoError(error) ? error.code : "internal/unexpected";
      if (newest[node]?.info !== undefined) log.warn({ node, code }, "node is silent");
    }
    const answeredAt = clock.monotonicNow();
    const kept = (looks[node] ?? []).filter(({ askedAt: then }) => answeredAt - then < FRESH_NS);
    const made = info === undefined ? undefined : lookOf(info, set, { askedAt, answeredAt });
    if (made !== undefined) kept.push(made);
    // What it said before counts no more, unlike that of a node that only does not answer for a moment.
    else if (info !== undefined || isOther) kept.length = 0;
    looks[node] = kept.slice(-LOOKS_KEPT);
    newest[node] = { timeUtc: clock.utcNow(), look: made, info };
    reconcile();
  };

  const loops = set.keys.map(async (_, node) => {
    while (!stopped.signal.aborted) {
      await look(node);
      await pause(everyMs, stopped.signal);
    }
  });

  return {
    now(): ArrivalReading | undefined {
      const at = clock.monotonicNow();
      if (base === undefined || at >= base.freshUntil) return undefined;
      const carried = carryInterval(base.interval, base.at, at);
      const interval = last === undefined ? carried : notBefore(carried, last.interval);
      if (interval === undefined) log.error({}, "the nodes contradict what they said a moment ago");
      last = { interval: interval ?? carried, at };
      const { time, uncertainty } = toReading(last.interval);
      return { time, uncertainty, taiMinusUtc: base.taiMinusUtc, test: base.test };
    },
    observations: () => newest.map((each, node) => observationOf(node, each, middleAt(each.look, base), set.epoch)),
    async stop() {
      stopped.abort();
      await Promise.all(loops);
    },
  };
}

/** @returns undefined when the new one lies wholly before the old one. */
function notBefore(now: Interval, before: Interval): Interval | undefined {
  if (now.latest < before.earliest) return undefined;
  return {
    earliest: larger(now.earliest, before.earliest),
    latest: larger(now.latest, before.latest),
  };
}

/** The TAI offset that most state, and at least one honest node among them; the smaller of two that are stated equally often. */
function agreed(looks: readonly NodeLook[], f: number): number | undefined {
  const counts = [...Map.groupBy(looks, ({ taiMinusUtc }) => taiMinusUtc)].map(([value, of]) => ({
    value,
    n: of.length,
  }));
  return counts.filter(({ n }) => n > f).sort((a, b) => b.n - a.n || a.value - b.value)[0]?.value;
}

/** Whether it is the node that it should be, of this network, epoch and policy. */
function isMember(info: NodeInfo, node: number, set: NodeSet): boolean {
  const key = set.keys[node];
  const agrees = info.networkId === set.networkId && info.epoch === set.epoch && info.policyId === set.policy.policyId;
  return agrees && key !== undefined && info.index === node && equalBytes(info.key, key);
}

/** @returns undefined while it states no time, or a worse one than the policy allows. */
function lookOf(
  info: NodeInfo,
  set: NodeSet,
  asked: { readonly askedAt: DurationNs; readonly answeredAt: DurationNs },
): NodeLook | undefined {
  const { reading } = info;
  if (reading === null || reading.uncertaintyNs > set.policy.maxUncertainty) return undefined;
  return {
    ...asked,
    time: taiNs(reading.timeTaiNs),
    uncertainty: durationNs(reading.uncertaintyNs),
    taiMinusUtc: reading.taiMinusUtc,
    test: info.test || (info.flags & FLAG.test) !== 0,
  };
}

/** The reconciled time in the middle of a question. */
function middleAt(look: NodeLook | undefined, base: ArrivalBase | undefined): bigint | undefined {
  if (look === undefined || base === undefined) return undefined;
  return toReading(carryInterval(base.interval, base.at, (look.askedAt + look.answeredAt) / 2n)).time;
}

function observationOf(
  node: number,
  { timeUtc, look, info }: Newest,
  middle: bigint | undefined,
  epoch: number,
): NodeObservation {
  const flags = info?.flags ?? 0;
  return {
    timeUtc,
    node,
    offset: look === undefined || middle === undefined ? null : look.time - middle,
    uncertainty: info?.reading == null ? null : durationNs(info.reading.uncertaintyNs),
    measurementUncertainty: look === undefined ? null : durationNs((look.answeredAt - look.askedAt + 1n) / 2n),
    state: info === undefined ? "unreachable" : look === undefined ? "refusing" : "healthy",
    source: info?.sources.find(({ health }) => health !== "unavailable")?.name ?? "none",
    test: info?.test ?? false,
    holdover: (flags & FLAG.holdover) !== 0,
    leap: (flags & FLAG.leapInsertion) !== 0 ? "insert" : (flags & FLAG.leapDeletion) !== 0 ? "delete" : "none",
    epoch: info?.epoch ?? epoch,
    taiMinusUtc: info?.reading?.taiMinusUtc ?? null,
  };
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
  });
