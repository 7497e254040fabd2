import { isChronoError } from "@chronoledger/core";
import { Account, GatewayStatus } from "@chronoledger/core/gateway";
import { transportOptions } from "../client-options.ts";
import { Transport } from "../transport.ts";
import { endpoint } from "./config-file.ts";
import type { Check } from "./machine-checks.ts";

const ONCE = { timeoutMs: 5_000, retries: 0 };

const failed = (what: string, error: unknown, remedy: string): Check => {
  if (!isChronoError(error)) throw error;
  return { what, state: "missing", found: error.message, remedy };
};

/** Whether the gateway is there, whether its nodes state a time, and whether the key is good. */
export async function checkGateway(given: string | undefined): Promise<Check[]> {
  const checks: Check[] = [];
  let transport: Transport;
  let apiKey: string | undefined;
  try {
    const found = endpoint(given);
    apiKey = found.apiKey;
    transport = new Transport(transportOptions({ ...found, ...ONCE }));
  } catch (error) {
    return [failed("configuration", error, "mend or remove what is named")];
  }
  try {
    const { networkId, epoch, reading, test } = await transport.json("/v1/status", GatewayStatus, { open: true });
    const network = `network ${networkId}, epoch ${epoch}${test ? ", a test network" : ""}`;
    checks.push({ what: "gateway", state: "ok", found: `${transport.url}, ${network}` });
    checks.push(
      reading === null
        ? {
            what: "network time",
            state: "missing",
            found: "too few nodes state a time",
            remedy: "see to the nodes; GET /v1/status",
          }
        : { what: "network time", state: "ok", found: `known to ± ${reading.uncertaintyNs} ns` },
    );
  } catch (error) {
    return [failed("gateway", error, "`npm start` in the repository starts a development network; or set CHRONO_URL")];
  }
  if (apiKey === undefined)
    return [
      ...checks,
      { what: "key", state: "missing", found: "none", remedy: "chrono sign-up NAME, or set CHRONO_API_KEY" },
    ];
  try {
    const account = await transport.json("/v1/account", Account);
    checks.push({ what: "key", state: "ok", found: `account ${account.id}, tier ${account.tier}` });
  } catch (error) {
    checks.push(
      failed("key", error, "chrono sign-up NAME --replace, or set CHRONO_API_KEY to a key that is not revoked"),
    );
  }
  return checks;
}
