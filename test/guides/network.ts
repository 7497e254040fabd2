import { GatewayNetwork } from "../support/gateway-network.ts";

/** Of all guides: starting one takes longer than most of them. Whichever file is run, loading it registers these hooks at the root. */
export const network = new GatewayNetwork();

before(() => network.start());
after(() => network.stop());

/** What a guide tells its reader to set, for a new account of this tier. */
export async function settingsOf(tier: string): Promise<{ CHRONO_URL: string; CHRONO_API_KEY: string }> {
  return { CHRONO_URL: network.gateway.url, CHRONO_API_KEY: await network.account(tier) };
}
