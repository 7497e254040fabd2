import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { registrationStatement, ZERO_HASH } from "@chronoledger/core";
import { deployChronoLedger } from "../../deploy/src/deploy-chronoledger.ts";
import { ANVIL_KEYS, type Anvil, startAnvil } from "./anvil.ts";
import type { OracleNetwork } from "./oracle-network.ts";
import { ServiceProcess } from "./service-process.ts";

const ENTRY = fileURLToPath(new URL("../../oracle/relayer/src/main.ts", import.meta.url));
export const CHAIN_ID = 31_337;

/** A chain with the contracts and the network's node set on it, and a relayer that is not started yet. */
export class RelayedChain {
  readonly anvil: Anvil;
  readonly relayer: ServiceProcess;
  readonly oracle: `0x${string}`;
  readonly #settings: Record<string, string>;
  readonly #others: ServiceProcess[] = [];

  private constructor(anvil: Anvil, settings: Record<string, string>, oracle: string) {
    this.anvil = anvil;
    this.oracle = oracle as `0x${string}`;
    this.#settings = settings;
    this.relayer = new ServiceProcess(ENTRY, "RELAYER_PORT", settings);
  }

  /** A relayer on the same folder with some settings changed; stop the first one before. */
  another(settings: Record<string, string>): ServiceProcess {
    const other = new ServiceProcess(ENTRY, "RELAYER_PORT", { ...this.#settings, ...settings });
    this.#others.push(other);
    return other;
  }

  static async start(
    network: OracleNetwork,
    options: { blockTime: number; heartbeatMs: number },
  ): Promise<RelayedChain> {
    const anvil = await startAnvil({ blockTime: options.blockTime, args: ["--slots-in-an-epoch", "1"] });
    const { networkId, epoch } = network.set;
    const { oracle } = await deployChronoLedger({
      rpcUrl: anvil.rpcUrl,
      deployerKey: ANVIL_KEYS[0],
      impersonateOwner: true,
      nodeSet: network.set,
      proofsOfPossession: await Promise.all(
        network.signers.map((signer) =>
          signer.sign(registrationStatement({ networkId, epoch, key: signer.publicKey, evidence: ZERO_HASH })),
        ),
      ),
      deploymentDir: join(network.folder, "deployment"),
      addressesDir: join(network.folder, "addresses"),
      networkName: "test",
      pollingMs: 50,
    });
    const keyFile = join(network.folder, "relayer.key");
    writeFileSync(keyFile, ANVIL_KEYS[1]);
    const settings = {
      RELAYER_RPC_URL: anvil.wsUrl,
      RELAYER_CHAIN_ID: String(CHAIN_ID),
      RELAYER_ORACLE_ADDRESS: oracle,
      RELAYER_KEY_FILE: keyFile,
      RELAYER_AGGREGATOR_URL: network.aggregator.url,
      RELAYER_NODE_SET_FILE: network.nodeSetFile,
      RELAYER_DATA_DIR: join(network.folder, "relayer"),
      RELAYER_HEARTBEAT_MS: String(options.heartbeatMs),
    };
    return new RelayedChain(anvil, settings, oracle);
  }

  async stop(): Promise<void> {
    for (const relayer of [this.relayer, ...this.#others]) await relayer.stop();
    await this.anvil.stop();
  }
}
