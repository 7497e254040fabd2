import { type Tier, TierList, type TierName } from "@chronoledger/core/gateway";
import data from "./tiers.json" with { type: "json" };

/** Limits, precision and prices are data (tiers.json); the prices are those of the usage-based plan. */
export const tierList = TierList.parse(data);
export const tiersByName: ReadonlyMap<TierName, Tier> = new Map(tierList.tiers.map((tier) => [tier.name, tier]));
