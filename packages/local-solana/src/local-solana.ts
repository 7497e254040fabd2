import { ChronoError } from "@chronoledger/core";
import { type Clock, createLogger, createSystemClock, type Logger } from "@chronoledger/service";
import { type Account, SYSTEM_PROGRAM } from "./account.ts";
import { BlockTime } from "./block-time.ts";
import type { Controls } from "./controls.ts";
import type { Ledger } from "./ledger.ts";
import { loadLiteSvm } from "./load-litesvm.ts";
import { openLedger } from "./open-ledger.ts";
import type { LocalProgram } from "./programs.ts";
import { PubSub } from "./pub-sub.ts";
import { ordinaryMethods } from "./rpc/dispatch.ts";
import { faultMethods } from "./rpc/fault-methods.ts";
import { type Served, serve } from "./serve.ts";
import { SlotTimer } from "./slot-timer.ts";
import { Vm } from "./vm.ts";

export type LocalSolanaOptions = {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** HTTP; the WebSocket takes the next one. 0, the default, finds a free pair. */
  readonly port?: number;
  /** Real time from slot to slot; 0, the default, makes slots by `advance` only. A real cluster's are about 400 ms. */
  readonly slotMs?: number;
  /** Blocks on top that make a block confirmed; default 1. */
  readonly confirmAfter?: number;
  /** Blocks on top that make a block final; default 32. Forks reach down to the last final block. */
  readonly finalizeAfter?: number;
  /** Gives blocks their time; default the system's clock. */
  readonly clock?: Clock;
  /** Seconds since 1970 UTC; blocks keep it until `setUnixTime`. */
  readonly unixTime?: bigint;
  readonly programs?: readonly LocalProgram[];
  /** Keeps the chain over restarts and kills; one process uses it. */
  readonly stateFile?: string | undefined;
  /** Offers the controls over JSON-RPC too, as local_advance and so on. */
  readonly faultMethods?: boolean;
  /** Transactions remembered, more only while they may be sent again; default 10,000. */
  readonly historyLimit?: number;
  readonly log?: Logger;
};

/** A running simulator and its controls. */
export type LocalSolana = Controls & {
  /** Of JSON-RPC, for `new Connection(url)`. */
  readonly url: string;
  readonly webSocketUrl: string;
  readonly port: number;
  stop(): Promise<void>;
};

/** Of blocks, whose changes are kept until then. */
const MAX_FINALIZE_AFTER = 400;

/**
 * Starts a local Solana simulator: LiteSVM behind Solana's JSON-RPC and pub-sub. README.md says what it does not do.
 * @throws process/failed on platforms LiteSVM has no binary for, process/port-in-use, config/invalid, journal/corrupt
 */
export async function startLocalSolana(options: LocalSolanaOptions = {}): Promise<LocalSolana> {
  const { confirmAfter = 1, finalizeAfter = 32, host = "127.0.0.1" } = options;
  if (!(0 <= confirmAfter && confirmAfter <= finalizeAfter && finalizeAfter <= MAX_FINALIZE_AFTER))
    throw new ChronoError(
      "config/invalid",
      { confirmAfter, finalizeAfter },
      { remedy: `0 <= confirmAfter <= finalizeAfter <= ${MAX_FINALIZE_AFTER}` },
    );
  const log = options.log ?? quietLogger();
  const time = new BlockTime(options.clock ?? createSystemClock(), options.unixTime);
  const opened = openLedger({
    vm: new Vm(await loadLiteSvm()),
    time,
    log,
    chain: { confirmAfter, finalizeAfter },
    programs: options.programs ?? [],
    historyLimit: options.historyLimit ?? 10_000,
    stateFile: options.stateFile,
  });
  const { ledger } = opened;
  const running = new Running(ledger, time, options.slotMs ?? 0, opened.close);
  const methods = options.faultMethods === true ? { ...ordinaryMethods, ...faultMethods(running) } : ordinaryMethods;
  try {
    await running.serve(host, () =>
      serve({
        host,
        port: options.port ?? 0,
        ledger,
        pubSub: new PubSub(ledger),
        methods,
        answering: () => running.answering,
        log,
      }),
    );
  } catch (error) {
    await running.stop();
    throw error;
  }
  return running;
}

class Running implements LocalSolana {
  readonly #ledger: Ledger;
  readonly #time: BlockTime;
  readonly #timer: SlotTimer;
  readonly #closeLedger: () => void;
  #served: Served | undefined;
  #stopped: Promise<void> | undefined;
  #host = "";
  answering = true;

  constructor(ledger: Ledger, time: BlockTime, slotMs: number, closeLedger: () => void) {
    this.#ledger = ledger;
    this.#time = time;
    this.#timer = new SlotTimer(slotMs, () => ledger.produceBlock());
    this.#closeLedger = closeLedger;
  }

  async serve(host: string, start: () => Promise<Served>): Promise<void> {
    this.#host = host;
    this.#served = await start();
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#timer.stop();
    await this.#served?.close();
    this.#closeLedger();
  }

  get port(): number {
    return this.#served?.port ?? 0;
  }
  get url(): string {
    return `http://${this.#host}:${this.port}`;
  }
  get webSocketUrl(): string {
    return `ws://${this.#host}:${this.port + 1}`;
  }
  get slot(): number {
    return this.#ledger.chain.tip.slot;
  }
  get blockHeight(): number {
    return this.#ledger.chain.tip.height;
  }
  get unixTime(): bigint {
    return this.#ledger.chain.tip.unixSeconds;
  }
  get pendingCount(): number {
    return this.#ledger.pending.size;
  }

  advance(slots = 1): number {
    for (let made = 0; made < slots; made++) this.#ledger.produceBlock();
    return this.slot;
  }

  fork(depth: number): number {
    return this.#ledger.fork(depth).slot;
  }

  setUnixTime(seconds: bigint | undefined): void {
    this.#time.set(seconds);
  }

  dropNext(count: number): void {
    this.#ledger.dropNext(count);
  }

  delay(slots: number): void {
    this.#ledger.delay(slots);
  }

  pauseSlots(): void {
    this.#timer.pause();
  }

  resumeSlots(): void {
    this.#timer.resume();
  }

  stopAnswering(): void {
    this.answering = false;
    this.#served?.sockets.refuse(true);
  }

  resumeAnswering(): void {
    this.answering = true;
    this.#served?.sockets.refuse(false);
  }

  account(address: string): Account | undefined {
    return this.#ledger.vm.account(address);
  }

  setAccount(address: string, account: Account | undefined): void {
    this.#ledger.setAccount(address, account);
  }

  fund(address: string, lamports: bigint): void {
    const now = this.account(address) ?? {
      lamports: 0n,
      data: new Uint8Array(),
      owner: SYSTEM_PROGRAM,
      executable: false,
    };
    this.setAccount(address, { ...now, lamports: now.lamports + lamports });
  }
}

function quietLogger(): Logger {
  const log = createLogger("local-solana");
  log.level = "silent";
  return log;
}
