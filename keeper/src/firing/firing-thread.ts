import { Worker } from "node:worker_threads";
import { ChronoError } from "@chronoledger/core";
import type { Logger } from "@chronoledger/service";
import type { FiringSettings, FromFiring, LoadedItem, ToFiring } from "./messages.ts";

const RESTART_MS = 100;

export type FiringEvents = {
  readonly onSent: (id: string, time: bigint, how: { prepositioned: boolean; gated: boolean }) => void;
  readonly onAccepted: (id: string, time: bigint) => void;
  /** `error` as the node answered, or rpc/unavailable when nobody knows. */
  readonly onRefused: (id: string, error: Error) => void;
};

/** Port: what fires. */
export interface FiringPort {
  /** The bytes leave this process at their moment. In order of notBefore, which must be the order of nonces. */
  load(items: readonly LoadedItem[]): void;
  /** @returns whether it was still loaded: then it was not sent and never will be. */
  disarm(id: string): Promise<boolean>;
  close(): Promise<void>;
}

/** Runs the firing thread; a thread that breaks is started anew, and what it held is reported as in doubt. */
export function startFiringThread(settings: FiringSettings, events: FiringEvents, log: Logger): FiringPort {
  const loaded = new Set<string>();
  const disarming = new Map<string, (wasLoaded: boolean) => void>();
  let worker: Worker | undefined;
  let closed = false;
  let restart: NodeJS.Timeout | undefined;

  const start = (): void => {
    worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData: settings });
    worker.on("message", onMessage);
    worker.on("error", (error) => log.error({ err: error }, "the firing thread broke"));
    worker.once("exit", onExit);
  };

  const onMessage = (message: FromFiring): void => {
    switch (message.type) {
      case "ready":
        break;
      case "sent":
        events.onSent(message.id, message.time, message);
        break;
      case "accepted":
        loaded.delete(message.id);
        events.onAccepted(message.id, message.time);
        break;
      case "refused":
        loaded.delete(message.id);
        events.onRefused(message.id, message.fromNode ? new Error(message.message) : doubt(message.message));
        break;
      case "disarmed":
        if (message.wasLoaded) loaded.delete(message.id);
        disarming.get(message.id)?.(message.wasLoaded);
        disarming.delete(message.id);
        break;
      case "clock-step":
        log.warn({ byNs: message.by }, "the machine's clock was stepped; deadlines follow it");
        break;
    }
  };

  const onExit = (): void => {
    if (closed) return;
    for (const resolve of disarming.values()) resolve(false);
    disarming.clear();
    const lost = [...loaded];
    loaded.clear();
    for (const id of lost) events.onRefused(id, doubt("the firing thread broke"));
    restart = setTimeout(start, RESTART_MS);
  };

  const post = (message: ToFiring): void => worker?.postMessage(message);
  start();

  return {
    load(items) {
      for (const { id } of items) loaded.add(id);
      post({ type: "load", items });
    },
    disarm(id) {
      if (!loaded.has(id)) return Promise.resolve(false);
      return new Promise((resolve) => {
        disarming.set(id, resolve);
        post({ type: "disarm", id });
      });
    },
    async close() {
      closed = true;
      clearTimeout(restart);
      post({ type: "close" });
      await worker?.terminate();
    },
  };
}

const doubt = (reason: string): ChronoError => new ChronoError("rpc/unavailable", { reason });
