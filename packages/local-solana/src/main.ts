import { answeredHelp, loadConfig, runService, type ServiceContext } from "@chronoledger/service";
import { LocalSolanaConfig } from "./config.ts";
import { startLocalSolana } from "./local-solana.ts";

if (!answeredHelp("Local Solana simulator: LiteSVM behind Solana's JSON-RPC and pub-sub.", LocalSolanaConfig))
  await runService("local-solana", start);

async function start({ log, shutdown }: ServiceContext): Promise<void> {
  const config = loadConfig("LOCAL_SOLANA_", LocalSolanaConfig);
  const solana = await startLocalSolana({
    host: config.LOCAL_SOLANA_HOST,
    port: config.LOCAL_SOLANA_PORT,
    slotMs: config.LOCAL_SOLANA_SLOT_MS,
    confirmAfter: config.LOCAL_SOLANA_CONFIRM_AFTER,
    finalizeAfter: config.LOCAL_SOLANA_FINALIZE_AFTER,
    stateFile: config.LOCAL_SOLANA_STATE_FILE,
    programs: config.LOCAL_SOLANA_PROGRAMS,
    faultMethods: config.LOCAL_SOLANA_FAULTS,
    log,
  });
  shutdown.onStop("simulator", () => solana.stop());
  log.info(
    { port: solana.port, slot: solana.slot, webSocket: solana.webSocketUrl },
    `local Solana simulator serves on ${solana.url}`,
  );
}
