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
/** A socket that was idle takes longer for its first write: it is used this long before. */
const WARM_UP = 4n * NS_PER_MS;
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
let warmed = false;

// Of this thread alone. Without the right to it the thread competes like any other.
try {
  setPriority(constants.priority.PRIORITY_HIGHEST);
} catch {}

const tell = (message: FromFiring): void => port.postMessage(message);
const utcNow = (): UnixNs => unixNs(clock.monotonicNow() + offset);

function plan(): void {
  clearTimeout(timer);
  const now = utcNow();
  let next: bigint | undefined;
  for (const item of loaded) {
    const { time } = momentOf(item, now);
    if (time === undefined) item.gated = item.gated || now >= item.notBefore;
    else if (next === undefined || time < next) next = time;
  }
  if (next === undefined) return;
  if (!rpc.connected) {
    timer = setTimeout(plan, RECONNECTING_MS);
    return;
  }
  const wait = next - now;
  if (wait <= SPIN) return fire(next);
  const untilWarm = wait - WARM_UP;
  const delay = warmed || untilWarm <= NS_PER_MS ? wait - SPIN : untilWarm;
  timer = setTimeout(onTimer, Math.min(Number(delay / NS_PER_MS), TIMER_MOST_MS), next);
}

function onTimer(next: bigint): void {
  if (!warmed && next - utcNow() <= WARM_UP + NS_PER_MS) {
    warmed = true;
    rpc.request("eth_chainId", [], SEND_TIMEOUT_MS).catch(() => undefined);
  }
  plan();
}

const momentOf = (item: LoadedItem, now: UnixNs) =>
  momentToSend({ notBefore: unixNs(item.notBefore), eligibleSecond: item.eligibleSecond }, cadence, now, settings);

/** Spins to the instant and writes everything that is due then. */
function fire(at: bigint): void {
  const target = at - offset;
  while (clock.monotonicNow() < target);
  warmed = false;
  const now = utcNow();
  const due = loaded.filter((item) => (momentOf(item, now).time ?? now + 1n) <= now);
  loaded = loaded.filter((item) => !due.includes(item));
  for (const item of due) send(item);
  // The next plan may spin again: what was just written must get its turn of the event loop first.
  setImmediate(plan);
}

function send(item: LoadedItem & { gated: boolean }): void {
  const time = utcNow();
  const answer = rpc.request("eth_sendRawTransaction", [item.raw], SEND_TIMEOUT_MS);
  tell({ type: "sent", id: item.id, time, prepositioned: time < item.notBefore, gated: item.gated });
  answer.then(
    () => tell({ type: "accepted", id: item.id, time: utcNow() }),
    (error: Error) =>
      tell({
        type: "refused",
        id: item.id,
        time: utcNow(),
        message: error.message,
        fromNode: error.name === "RpcError",
      }),
  );
}

rpc.onHead((head) => {
  const arrival = utcNow();
  cadence.observe({ number: head.number, timestamp: head.timestamp, arrival });
  plan();
  tell({ type: "head", head, arrival });
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
