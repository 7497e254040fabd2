import assert from "node:assert/strict";
import { type Hex, parseEventLogs } from "viem";
import { chronoSchedulerAbi } from "../../packages/bindings/src/index.ts";
import type { RunRecord } from "../../packages/core/src/index.ts";
import { createSystemClock } from "../../packages/service/src/clock.ts";
import { connectRpc, type RpcConnection } from "../../packages/txm/src/index.ts";
import { ANVIL_KEYS, type Anvil, startAnvil } from "./anvil.ts";
import { type KeeperProcess, removeFolder, startKeeperProcess } from "./keeper.ts";
import { type RedisServer, startRedis } from "./redis.ts";
import { deploySchedulerChain, type SchedulerChain } from "./scheduler.ts";
import { until } from "./until.ts";

export const KEEPER_KEYS = [ANVIL_KEYS[0], ANVIL_KEYS[2]] as const;
const NS_PER_MS = 1_000_000n;

type StartOptions = { readonly key?: string; readonly dataDir?: string; readonly on?: SchedulerChain };

/** A chain of 0.25 s blocks, a Redis, a fresh scheduler for each test, and keeper processes that are gone after it. */
export class KeeperRig {
  readonly clock = createSystemClock();
  anvil!: Anvil;
  redis!: RedisServer;
  rpc!: RpcConnection;
  chain!: SchedulerChain;
  #keepers: KeeperProcess[] = [];
  #steps: (() => unknown)[] = [];

  /** Registers the hooks in the surrounding `describe`. */
  static install(): KeeperRig {
    const rig = new KeeperRig();
    before(async () => {
      [rig.anvil, rig.redis] = await Promise.all([startAnvil({ blockTime: 0.25 }), startRedis()]);
      rig.rpc = connectRpc(rig.anvil.ipcPath);
    });
    after(async () => {
      rig.rpc.close();
      await Promise.all([rig.anvil.stop(), rig.redis.stop()]);
    });
    beforeEach(async () => {
      rig.chain = await deploySchedulerChain(rig.anvil.rpcUrl);
    });
    afterEach(() => rig.#cleanUp());
    return rig;
  }

  /** Done after the test, whatever becomes of it. */
  later(step: () => unknown): void {
    this.#steps.push(step);
  }

  async start(env: Record<string, string> = {}, options: StartOptions = {}): Promise<KeeperProcess> {
    const { scheduler, oracle } = options.on ?? this.chain;
    const settings = {
      KEEPER_RPC_URL: this.anvil.ipcPath,
      KEEPER_CHAIN_ID: "31337",
      KEEPER_SCHEDULER_ADDRESS: scheduler,
      KEEPER_ORACLE_ADDRESS: oracle,
      KEEPER_REDIS_URL: this.redis.url,
      KEEPER_QUEUE_PREFIX: `test-${scheduler.slice(2, 12)}`,
      ...env,
    };
    const dataDir = options.dataDir === undefined ? {} : { dataDir: options.dataDir };
    const keeper = await startKeeperProcess({ env: settings, key: options.key ?? KEEPER_KEYS[0], ...dataDir });
    this.#keepers.push(keeper);
    return keeper;
  }

  /** The first deadline in `inMs`, and so many `apart` ms apart, at odd nanoseconds. */
  deadlines(inMs: number, many: number, apart: number): bigint[] {
    const first = this.clock.utcNow() + BigInt(inMs) * NS_PER_MS;
    return Array.from({ length: many }, (_, i) => first + BigInt(i * apart) * NS_PER_MS + 123_457n);
  }

  schedule(times: readonly bigint[], on = this.chain) {
    return on.schedule(times.map((notBefore) => ({ notBefore })));
  }

  /** All runs, once so many have an outcome. */
  ended(keeper: KeeperProcess, many: number): Promise<RunRecord[]> {
    return until(
      `${many} runs have an outcome`,
      async () => {
        const runs = await keeper.runs();
        return runs.filter(({ outcome }) => outcome !== null).length >= many && runs;
      },
      40_000,
      100,
    );
  }

  async allFinal(keeper: KeeperProcess): Promise<void> {
    const isFinal = async () => (await keeper.runs()).every(({ state }) => state === "final");
    await until("all runs are final", isFinal, 30_000, 100);
  }

  /** Ids of Executed events, in order. */
  async executions(on = this.chain): Promise<Hex[]> {
    const logs = await on.client.getLogs({ address: on.scheduler, fromBlock: 0n });
    return parseEventLogs({ abi: chronoSchedulerAbi, logs, eventName: "Executed" }).map(({ args }) => args.id);
  }

  async assertOnce(scheduled: readonly { id: Hex }[], on = this.chain): Promise<void> {
    const ids = scheduled.map(({ id }) => id);
    assert.deepEqual((await this.executions(on)).sort(), ids.sort(), "every run exactly once");
    assert.equal(await on.count(), BigInt(ids.length + 1));
  }

  async #cleanUp(): Promise<void> {
    const [keepers, steps] = [this.#keepers, this.#steps];
    [this.#keepers, this.#steps] = [[], []];
    await Promise.all(keepers.map((keeper) => keeper.kill()));
    for (const { dataDir } of keepers) removeFolder(dataDir);
    for (const step of steps) await step();
  }
}
