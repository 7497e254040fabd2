import { ChronoError } from "@chronoledger/core";
import { Account, TierList } from "@chronoledger/core/gateway";
import { type ChronoLedgerClientOptions, regimesOf } from "./client-options.ts";
import type { Transport } from "./transport.ts";

/**
 * What the caller counts on, held against the account before the first request: a firm that believes in a tier it does not have
 * would find out from a regulator.
 */
export class Expectations {
  readonly #transport: Transport;
  readonly #tier: ChronoLedgerClientOptions["tier"];
  readonly #compliance: readonly string[];
  #met: Promise<void> | undefined;

  /** @throws config/invalid for a regime that nobody knows */
  constructor(transport: Transport, { tier, compliance = [] }: ChronoLedgerClientOptions) {
    this.#transport = transport;
    this.#tier = tier;
    this.#compliance = compliance;
    regimesOf(compliance);
  }

  /** @throws config/invalid naming what was expected and what the account has */
  met(): Promise<void> {
    if (this.#tier === undefined && this.#compliance.length === 0) return Promise.resolve();
    this.#met ??= this.#check().catch((error: unknown) => {
      this.#met = undefined;
      throw error;
    });
    return this.#met;
  }

  async #check(): Promise<void> {
    const account = await this.#transport.json("/v1/account", Account);
    if (this.#tier !== undefined && account.tier !== this.#tier)
      throw new ChronoError(
        "config/invalid",
        { option: "tier", expected: this.#tier, account: account.tier },
        {
          remedy: "use the key of an account of that tier, have this account's tier changed, or state the tier it has",
        },
      );
    if (this.#compliance.length === 0) return;
    const { tiers } = await this.#transport.json("/v1/tiers", TierList, { open: true });
    const level = tiers.find(({ name }) => name === account.tier)?.compliance ?? "none";
    if (level === "none")
      throw new ChronoError(
        "config/invalid",
        { option: "compliance", expected: this.#compliance.join(", "), account: `tier ${account.tier}, none` },
        { remedy: "regulated stamps need the professional tier or a higher one" },
      );
  }
}
