import { ChronoError, fromBase64Url, parseNodeSet } from "@chronoledger/core";
import {
  answeredHelp,
  loadConfig,
  readJsonFile,
  readSecretFile,
  runService,
  type ServiceContext,
} from "@chronoledger/service";
import { isHex } from "viem";
import * as z from "zod";
import { DeployConfig } from "./config.ts";
import { deployChronoLedger } from "./deploy-chronoledger.ts";

if (!answeredHelp("Deploys the contracts and a node set; a second run does only what is missing.", DeployConfig))
  await runService("deploy", start);

async function start({ log }: ServiceContext): Promise<void> {
  const config = loadConfig("DEPLOY_", DeployConfig);
  const deployerKey = readSecretFile(config.DEPLOY_KEY_FILE);
  if (!isHex(deployerKey) || deployerKey.length !== 66)
    throw new ChronoError("config/invalid", { file: config.DEPLOY_KEY_FILE }, { remedy: "a key is 0x and 64 digits" });
  const proofs = z.array(z.string()).safeParse(readJsonFile(config.DEPLOY_PROOFS_FILE));
  if (!proofs.success)
    throw new ChronoError(
      "config/invalid",
      { file: config.DEPLOY_PROOFS_FILE },
      { remedy: z.prettifyError(proofs.error) },
    );
  const { changed, ...addresses } = await deployChronoLedger({
    rpcUrl: config.DEPLOY_RPC_URL,
    deployerKey,
    impersonateOwner: config.DEPLOY_IMPERSONATE_OWNER === "yes",
    nodeSet: parseNodeSet(readJsonFile(config.DEPLOY_NODE_SET_FILE)),
    proofsOfPossession: proofs.data.map(fromBase64Url),
    maxAheadMs: config.DEPLOY_MAX_AHEAD_MS,
    deploymentDir: config.DEPLOY_JOURNAL_DIR,
    addressesDir: config.DEPLOY_ADDRESSES_DIR,
    networkName: config.DEPLOY_NETWORK,
    confirmations: config.DEPLOY_CONFIRMATIONS,
    pollingMs: config.DEPLOY_POLLING_MS,
  });
  log.info({ ...addresses, changed }, changed ? "deployed" : "everything was there already");
  process.exit(0);
}
