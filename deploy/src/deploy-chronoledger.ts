import { join } from "node:path";
import { CREATE2_PROXY, ORACLE_ADDRESS, REGISTRY_ADDRESS } from "@chronoledger/bindings";
import { ChronoError, type NodeSet } from "@chronoledger/core";
import {
  type DeploymentResult,
  deploy,
  type IgnitionModule,
  type IgnitionModuleResult,
} from "@nomicfoundation/ignition-core";
import { createPublicClient, createWalletClient, defineChain, type Hex, http, isAddress } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { bindingArtifacts } from "./binding-artifacts.ts";
import { scheduleModule, timeModule } from "./chronoledger-module.ts";
import { type Clients, initialiseRegistry, installNodeSet } from "./install-node-set.ts";
import { localAccountProvider } from "./local-account-provider.ts";
import { type NetworkAddresses, readNetworkAddresses, writeNetworkAddresses } from "./network-addresses.ts";

/** A certificate may lie this far ahead of `block.timestamp`, unless told otherwise: slots, clock errors of builders. */
export const DEFAULT_MAX_AHEAD_MS = 30_000;

export type DeployOptions = {
  readonly rpcUrl: string;
  /** Of the account that pays, and administers the registry from then on. 0x and 64 digits. */
  readonly deployerKey: Hex;
  /** Act as the genesis owner: only development chains allow it. */
  readonly impersonateOwner: boolean;
  /** With its policy. */
  readonly nodeSet: NodeSet;
  /** Per node its signature under `registrationStatement`, 64 bytes. */
  readonly proofsOfPossession: readonly Uint8Array[];
  readonly maxAheadMs?: number;
  /** Ignition's journals, by chain. */
  readonly deploymentDir: string;
  /** Where `<networkName>.json` is written. */
  readonly addressesDir: string;
  readonly networkName: string;
  /** Blocks on top of a transaction before it counts. */
  readonly confirmations?: number;
  /** How often to look for a new block. */
  readonly pollingMs?: number;
};

export type Deployment = NetworkAddresses & {
  /** False when everything was there already. */
  readonly changed: boolean;
};

/**
 * Brings the contracts and the node set to a chain. A second run, or one after a failure, does only what is missing.
 * @throws rpc/unavailable, rpc/chain-mismatch, transaction/reverted, node-set/invalid, config/invalid
 */
export async function deployChronoLedger(options: DeployOptions): Promise<Deployment> {
  const clients = await connect(options);
  const chain = await identify(clients);
  const file = join(options.addressesDir, `${options.networkName}.json`);
  const known = readNetworkAddresses(file);
  if (known !== undefined && known.chainId !== chain.chainId)
    throw new ChronoError("rpc/chain-mismatch", {
      network: options.networkName,
      got: chain.chainId,
      need: known.chainId,
    });

  const placed = await placeContracts(
    options,
    clients,
    chain,
    known?.genesisHash === chain.genesisHash ? known : undefined,
  );
  const initialised = await initialiseRegistry(clients, {
    authority: placed.addresses.authority,
    networkId: options.nodeSet.networkId,
    impersonate: options.impersonateOwner,
  });
  const installed = await installNodeSet(clients, options.nodeSet, {
    proofs: options.proofsOfPossession,
    maxAheadMs: options.maxAheadMs ?? DEFAULT_MAX_AHEAD_MS,
  });
  writeNetworkAddresses(file, placed.addresses);
  return { ...placed.addresses, changed: placed.changed || initialised || installed };
}

type ChainIdentity = { readonly chainId: number; readonly genesisHash: Hex };

async function connect({ rpcUrl, deployerKey, pollingMs }: DeployOptions): Promise<Clients> {
  const transport = http(rpcUrl);
  const pollingInterval = pollingMs ?? 1_000;
  let chainId: number;
  try {
    chainId = await createPublicClient({ transport }).getChainId();
  } catch (cause) {
    throw new ChronoError("rpc/unavailable", { what: "chain" }, { cause });
  }
  const chain = defineChain({
    id: chainId,
    name: `chain ${chainId}`,
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: [rpcUrl] } },
  });
  return {
    reader: createPublicClient({ transport, chain, pollingInterval }),
    writer: createWalletClient({ transport, chain, account: privateKeyToAccount(deployerKey), pollingInterval }),
  };
}

async function identify({ reader }: Clients): Promise<ChainIdentity> {
  const genesis = await reader.getBlock({ blockNumber: 0n });
  return { chainId: reader.chain.id, genesisHash: genesis.hash };
}

const hasCode = async ({ reader }: Clients, address: Hex): Promise<boolean> =>
  ((await reader.getCode({ address })) ?? "0x") !== "0x";

async function placeContracts(
  options: DeployOptions,
  clients: Clients,
  chain: ChainIdentity,
  known: NetworkAddresses | undefined,
): Promise<{ readonly addresses: NetworkAddresses; readonly changed: boolean }> {
  if (known !== undefined && (await hasCode(clients, known.scheduler)) && (await hasCode(clients, known.oracle)))
    return { addresses: known, changed: false };
  if (!(await hasCode(clients, CREATE2_PROXY)))
    throw new ChronoError(
      "config/invalid",
      { chainId: chain.chainId },
      { remedy: `the chain has no deployment proxy at ${CREATE2_PROXY}` },
    );
  const fromBlock = Number(await clients.reader.getBlockNumber());
  const missing = {
    registry: !(await hasCode(clients, REGISTRY_ADDRESS)),
    oracle: !(await hasCode(clients, ORACLE_ADDRESS)),
  };
  if (missing.registry || missing.oracle) await runModule(timeModule(missing), options, clients, chain);
  const contracts = await runModule(scheduleModule, options, clients, chain);
  const addressOf = (name: string): Hex => {
    const address = contracts[name];
    if (address === undefined || !isAddress(address)) throw new ChronoError("internal/unexpected", { contract: name });
    return address;
  };
  for (const address of [REGISTRY_ADDRESS, ORACLE_ADDRESS])
    if (!(await hasCode(clients, address)))
      throw new ChronoError("transaction/reverted", { what: "deployment", address });
  return {
    changed: true,
    addresses: {
      ...chain,
      registry: REGISTRY_ADDRESS,
      oracle: ORACLE_ADDRESS,
      scheduler: addressOf("ChronoSchedule#ChronoScheduler"),
      authority: addressOf("ChronoSchedule#AccessManager"),
      fromBlock,
    },
  };
}

/** @returns addresses by Ignition's future id. @throws transaction/reverted */
async function runModule(
  ignitionModule: IgnitionModule<string, string, IgnitionModuleResult<string>>,
  options: DeployOptions,
  clients: Clients,
  chain: ChainIdentity,
): Promise<Record<string, string>> {
  const { account } = clients.writer;
  const result = await deploy({
    config: {
      blockPollingInterval: options.pollingMs ?? 1_000,
      requiredConfirmations: options.confirmations ?? 1,
      retryInterval: options.pollingMs ?? 1_000,
    },
    artifactResolver: bindingArtifacts,
    provider: localAccountProvider(clients.reader.request, account, chain.chainId),
    deploymentDir: join(options.deploymentDir, `${chain.chainId}-${chain.genesisHash.slice(2, 10)}`, ignitionModule.id),
    ignitionModule,
    deploymentParameters: {},
    accounts: [account.address],
    defaultSender: account.address,
  });
  if (result.type !== "SUCCESSFUL_DEPLOYMENT")
    throw new ChronoError(
      "transaction/reverted",
      { module: ignitionModule.id, outcome: result.type },
      { remedy: explain(result) },
    );
  return Object.fromEntries(Object.values(result.contracts).map(({ id, address }) => [id, address]));
}

function explain(result: Exclude<DeploymentResult, { readonly contracts: object }>): string {
  return JSON.stringify(result, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value));
}
