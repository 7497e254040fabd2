import { constants, setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { NS_PER_MS, type UnixNs, unixNs } from "@chronoledger/core";
import { createSystemClock } from "@chronoledger/service/clock";
import { connectRpc } from "@chronoledger/txm/rpc";
import { BlockCadence } from "./cadence.ts";
import type { FiringSettings, FromFiring, LoadedItem, ToFiring } from "./messages.ts";
import { momentToSend } from "./moment.ts";

/** A timer of the event loop is late by 1 ms and more: it ends this long before the moment, the rest is spun. */
const SPIN = (15n * NS_PER_MS) / 10n;
/** A socket and a node that were idle take longer for the first write: they are used at the begin of the spin, if it is this long. */
const WARM_UP_LEAST = 300_000n;
/** A node that is near answers within this time. */
const ANSWER_TIME = 4n * NS_PER_MS;
const OFFSET_EVERY_MS = 250;
/** A larger change of UTC against the monotonic clock between two looks is a step, not a slew. */
const STEP = NS_PER_MS;
const SEND_TIMEOUT_MS = 5_000;
/** While the node is away nothing is written; looked at again after this long. */
const RECONNECTING_MS = 20;
/** No timer of the event loop reaches further. */
const TIMER_MOST_MS = 60_000;

/*
 * The firing thread. It owns a connection and a view of the chain's heads, holds signed bytes, and writes each at its moment. It
 * shares nothing with the main thread, whose work therefore never delays it.
 */
const port = parentPort;
if (port === null) throw new Error("this file runs as a worker thread");
const settings = workerData as FiringSettings;
const clock = createSystemClock();
const rpc = connectRpc(settings.url);
const cadence = new BlockCadence(settings.blockInterval);
/** By notBefore, which is also the order of nonces. */
let loaded: (LoadedItem & { gated: boolean })[] = [];
let offset = clock.utcMinusMonotonic();
let timer: NodeJS.Timeout | undefined;

// Of this thread alone, and no more than somewhat: far above V8's helper threads it would starve what it waits for. Without the
// right to it the thread competes like any other.
try {
  setPriority(constants.priority.PRIORITY_ABOVE_NORMAL);
} catch {}

const tell = (message: FromFiring): void => port.postMessage(message);
const utcNow = (): UnixNs => unixNs(clock.monotonicNow() + offset);

function plan(): void {
  clearTimeout(timer);
  const now = utcNow();
  const next = nextMoment(now);
  if (next === undefined) return;
  if (!rpc.connected) {
    timer = setTimeout(plan, RECONNECTING_MS);
    return;
  }
  const wait = next - now;
  if (wait <= SPIN) fire(next, now);
  else timer = setTimeout(plan, Math.min(Number((wait - SPIN) / NS_PER_MS), TIMER_MOST_MS));
}

/** Of the run that is sent next; undefined when all wait for a head. */
function nextMoment(now: UnixNs): bigint | undefined {
  let next: bigint | undefined;
  for (const item of loaded) {
    const { time } = momentOf(item, now);
    if (time !== undefined && (next === undefined || time < next)) next = time;
  }
  return next;
}

const momentOf = (item: LoadedItem, now: UnixNs) =>
  momentToSend({ notBefore: unixNs(item.notBefore), eligibleSecond: item.eligibleSecond }, cadence, now, settings);

/** Spins to the instant and writes everything that is due then. No head can arrive meanwhile, so what is due is known before. */
function fire(at: bigint, now: UnixNs): void {
  const due = loaded.filter((item) => (momentOf(item, now).time ?? at + 1n) <= at);
  loaded = loaded.filter((item) => !due.includes(item));
  const target = at - offset;
  if (target - clock.monotonicNow() > WARM_UP_LEAST) rpc.request("eth_chainId", [], SEND_TIMEOUT_MS).catch(ignore);
  while (clock.monotonicNow() < target);
  const written = due.map((item) => ({
    item,
    time: utcNow(),
    answer: rpc.request("eth_sendRawTransaction", [item.raw], SEND_TIMEOUT_MS),
  }));
  for (const { item, time, answer } of written) report(item, time, answer);
  // Answers are read before the next plan, unless it cannot wait.
  const next = nextMoment(at as UnixNs);
  if (next !== undefined && next - at < ANSWER_TIME) setImmediate(plan);
  else timer = setTimeout(plan, 1);
}

const ignore = (): void => undefined;

/** Once the answer is there: the main thread would take the node's processor time for what it makes of the news. */
function report(item: LoadedItem & { gated: boolean }, time: UnixNs, answer: Promise<unknown>): void {
  const sent = { type: "sent", id: item.id, time, prepositioned: time < item.notBefore, gated: item.gated } as const;
  answer.then(
    () => {
      const accepted = utcNow();
      tell(sent);
      tell({ type: "accepted", id: item.id, time: accepted });
    },
    ({ name, message }: Error) => {
      tell(sent);
      tell({ type: "refused", id: item.id, message, fromNode: name === "RpcError" });
    },
  );
}

rpc.onHead((head) => {
  const arrival = utcNow();
  // Overdue and still here: it waits for the gate.
  for (const item of loaded) item.gated ||= arrival >= item.notBefore;
  cadence.observe({ number: head.number, timestamp: head.timestamp, arrival });
  plan();
});

const measuring = setInterval(() => {
  const measured = clock.utcMinusMonotonic();
  const by = measured - offset;
  offset = measured;
  if (by < STEP && by > -STEP) return;
  tell({ type: "clock-step", by });
  plan();
}, OFFSET_EVERY_MS);

port.on("message", (message: ToFiring) => {
  if (message.type === "load") {
    const known = new Set(loaded.map(({ id }) => id));
    loaded = [
      ...loaded,
      ...message.items.filter(({ id }) => !known.has(id)).map((item) => ({ ...item, gated: false })),
    ];
    loaded.sort((a, b) => (a.notBefore < b.notBefore ? -1 : a.notBefore > b.notBefore ? 1 : 0));
    plan();
  } else if (message.type === "disarm") {
    const wasLoaded = loaded.some(({ id }) => id === message.id);
    loaded = loaded.filter(({ id }) => id !== message.id);
    tell({ type: "disarmed", id: message.id, wasLoaded });
  } else {
    clearInterval(measuring);
    clearTimeout(timer);
    rpc.close();
    port.close();
  }
});
tell({ type: "ready" });
