import { randomUUID } from "node:crypto";
import { ChronoError, hexToBytes, NS_PER_S } from "@chronoledger/core";
import { readSecretFile, untilReachable, WakeableTimer } from "@chronoledger/service";
import {
  addressOf,
  type ChainClient,
  chainClientOf,
  connectRpc,
  createTransactionManager,
  type Head,
  type Hex,
  type TransactionManager,
} from "@chronoledger/txm";
import { getAddress } from "viem";
import type { GatewayConfig } from "../config.ts";
import type { GatewayContext } from "../context.ts";
import { ChainLease } from "./chain-lease.ts";
import { EvmFollower } from "./evm-follower.ts";
import { createEvmPlanner } from "./evm-planner.ts";
import type { ScheduleDesk } from "./schedule-desk.ts";
import type { ScheduleStore } from "./schedule-store.ts";

const LEASE_NS = 15n * NS_PER_S;
const RENEW_MS = 3_000;
const CONFIRMATIONS = 2;

export type EvmSettings = {
  readonly url: string;
  readonly chainId: number | undefined;
  readonly scheduler: Hex;
  readonly privateKey: Uint8Array;
};

/** Undefined where no chain is configured. The file's content is in no message. @throws config/invalid */
export function evmSettingsOf(config: GatewayConfig): EvmSettings | undefined {
  const { GATEWAY_RPC_URL: url, GATEWAY_SCHEDULER_ADDRESS: scheduler, GATEWAY_KEY_FILE: file } = config;
  if (url === undefined) return undefined;
  if (scheduler === undefined || file === undefined)
    throw new ChronoError(
      "config/invalid",
      { GATEWAY_RPC_URL: "set" },
      { remedy: "GATEWAY_SCHEDULER_ADDRESS and GATEWAY_KEY_FILE are needed with it" },
    );
  const text = readSecretFile(file).replace(/^0x/, "");
  if (!/^[0-9a-fA-F]{64}$/.test(text))
    throw new ChronoError("config/invalid", { file }, { remedy: "a secp256k1 key as 64 hexadecimal digits is needed" });
  return { url, chainId: config.GATEWAY_CHAIN_ID, scheduler: getAddress(scheduler), privateKey: hexToBytes(text) };
}

export type EvmRunnerContext = Pick<GatewayContext, "db" | "clock" | "log"> & {
  readonly store: ScheduleStore;
  readonly desk: ScheduleDesk;
  readonly settings: EvmSettings;
};

/** Registers schedules on the gateway's chain and follows them, while this gateway holds the lease of the account. */
export class EvmRunner {
  readonly #context: EvmRunnerContext;
  readonly #timer = new WakeableTimer();
  readonly #stopping = new AbortController();
  #head: Head | undefined;
  #wanted = false;

  constructor(context: EvmRunnerContext) {
    this.#context = context;
  }

  wake(): void {
    this.#wanted = true;
    this.#timer.wake();
  }

  stop(): void {
    this.#stopping.abort();
    this.#timer.wake();
  }

  /** Ends when stopped. @throws rpc/chain-mismatch, config/invalid: what waiting does not mend */
  async run(): Promise<void> {
    const { settings, desk, log } = this.#context;
    const rpc = connectRpc(settings.url);
    try {
      const chain = await untilReachable(() => this.#checked(rpc), { log, signal: this.#stopping.signal });
      if (chain === undefined) return;
      const owner = getAddress(addressOf(settings.privateKey));
      desk.evm = createEvmPlanner(chain, { scheduler: settings.scheduler, owner });
      await this.#serve(chain, owner);
    } finally {
      desk.evm = undefined;
      rpc.close();
    }
  }

  async #checked(rpc: ReturnType<typeof connectRpc>): Promise<ChainClient> {
    const { chainId: wanted, scheduler } = this.#context.settings;
    const found = Number(await rpc.request("eth_chainId", []));
    if (wanted !== undefined && found !== wanted) throw new ChronoError("rpc/chain-mismatch", { wanted, found });
    if ((await rpc.request("eth_getCode", [scheduler, "latest"])) === "0x")
      throw new ChronoError("config/invalid", { scheduler }, { remedy: "there is no ChronoScheduler at this address" });
    return chainClientOf(rpc, found);
  }

  /** Takes the account when nobody has it, and lets go when somebody else does. */
  async #serve(chain: ChainClient, owner: Hex): Promise<void> {
    const { db, clock, log } = this.#context;
    const { signal } = this.#stopping;
    const lease = new ChainLease(db, `evm/${chain.chainId}/${owner.toLowerCase()}`, randomUUID());
    while (!signal.aborted) {
      try {
        const now = clock.utcNow();
        if (await lease.take(now, now + LEASE_NS)) await this.#own(chain, lease);
      } catch (error) {
        log.warn({ err: error }, "scheduling on the chain was interrupted; trying again");
      }
      if (!signal.aborted) await this.#timer.sleep(RENEW_MS);
    }
    await lease.giveBack().catch(() => undefined);
  }

  /** While the lease holds. */
  async #own(chain: ChainClient, lease: ChainLease): Promise<void> {
    const { db, clock, log, store, settings } = this.#context;
    const { scheduler, privateKey } = settings;
    const txm = await createTransactionManager({ chain, db, clock, log, privateKey, confirmations: CONFIRMATIONS });
    let stopHeads = (): void => undefined;
    try {
      await txm.recover();
      const follower = new EvmFollower({
        db,
        chain,
        scheduler,
        txm: withChecksum(txm),
        store,
        lease,
        log,
        confirmations: CONFIRMATIONS,
      });
      stopHeads = chain.onHead((head) => {
        this.#head = head;
        this.wake();
      });
      this.#head = await chain.head();
      for (;;) {
        const now = clock.utcNow();
        if (this.#stopping.signal.aborted || !(await lease.take(now, now + LEASE_NS))) return;
        this.#wanted = false;
        await follower.look(this.#head);
        if (!this.#wanted && !this.#stopping.signal.aborted) await this.#timer.sleep(RENEW_MS);
      }
    } finally {
      stopHeads();
      await txm.close();
    }
  }
}

/** Rows hold addresses with their checksum. */
const withChecksum = (txm: TransactionManager): TransactionManager => ({ ...txm, address: getAddress(txm.address) });
