import { CreateAccount, CreatedAccount } from "@chronoledger/core/gateway";
import * as z from "zod";
import { type ChronoLedgerClientOptions, transportOptions } from "./client-options.ts";
import { Transport } from "./transport.ts";

export type OpenedAccount = {
  readonly id: string;
  readonly tier: string;
  readonly apiKey: string;
  readonly url: string;
};

/**
 * Opens a developer account, where the gateway allows it. `apiKey` is told this once.
 * @throws auth/forbidden or auth/refused where accounts are opened by the operator alone
 */
export async function openAccount(
  name: string,
  options: Pick<ChronoLedgerClientOptions, "url" | "timeoutMs" | "retries" | "fetch"> = {},
): Promise<OpenedAccount> {
  const transport = new Transport(transportOptions(options));
  const body = z.encode(CreateAccount, { name, tier: "developer", billing: "subscription" });
  const { account, secret } = await transport.json("/v1/accounts", CreatedAccount, { body, open: true });
  return { id: account.id, tier: account.tier, apiKey: secret, url: transport.url };
}
