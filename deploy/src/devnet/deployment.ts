import { join } from "node:path";
import { counterAbi, counterBytecode } from "@chronoledger/bindings";
import { ChronoError } from "@chronoledger/core";
import { createWalletClient, http, publicActions } from "viem";
import { deployChronoLedger } from "../deploy-chronoledger.ts";
import { CHAIN } from "./chain.ts";
import type { Genesis } from "./genesis.ts";
import type { Addresses } from "./services.ts";

const POLLING_MS = 50;

/** The contracts, the node set, and a counter for the demonstration to call. Idempotent but for the counter. */
export async function deployDevelopment(input: {
  readonly rpcUrl: string;
  readonly dataDir: string;
  readonly genesis: Genesis;
}): Promise<Addresses> {
  const { rpcUrl, dataDir, genesis } = input;
  const { oracle, scheduler, fromBlock } = await deployChronoLedger({
    rpcUrl,
    deployerKey: genesis.deployer.key,
    impersonateOwner: true,
    nodeSet: genesis.nodeSet,
    proofsOfPossession: genesis.registrations,
    deploymentDir: join(dataDir, "ignition"),
    addressesDir: dataDir,
    networkName: "contracts",
    pollingMs: POLLING_MS,
  });
  const { account } = genesis.deployer;
  const client = createWalletClient({
    account,
    chain: CHAIN,
    transport: http(rpcUrl),
    pollingInterval: POLLING_MS,
  }).extend(publicActions);
  const hash = await client.deployContract({ abi: counterAbi, bytecode: counterBytecode });
  const { contractAddress } = await client.waitForTransactionReceipt({ hash });
  if (!contractAddress) throw new ChronoError("transaction/reverted", { what: "demonstration counter", hash });
  return { oracle, scheduler, target: contractAddress, fromBlock };
}
