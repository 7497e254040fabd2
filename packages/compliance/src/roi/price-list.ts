import type { PriceTier } from "./roi-types.ts";

/** US cents a month, and stamps a month that are included; null: without limit. */
export const PRICE_LIST: Readonly<
  Record<
    PriceTier,
    { readonly monthlyCents: number; readonly stampsPerMonth: number | null; readonly fullCompliance: boolean }
  >
> = {
  developer: { monthlyCents: 0, stampsPerMonth: 1_000, fullCompliance: false },
  professional: { monthlyCents: 9_900, stampsPerMonth: 100_000, fullCompliance: false },
  enterprise: { monthlyCents: 99_900, stampsPerMonth: 10_000_000, fullCompliance: true },
  regulatory: { monthlyCents: 999_900, stampsPerMonth: null, fullCompliance: true },
};
