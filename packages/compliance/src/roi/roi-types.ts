import * as z from "zod";
import { plainText } from "../text.ts";

/** US cents: money is a whole number of them. */
const Cents = z.int().min(0).max(1_000_000_000_000);
const Count = z.int().min(0).max(1_000_000);

/** Monthly prices and included stamps of the price list. Null: without limit. */
export const PriceTier = z.enum(["developer", "professional", "enterprise", "regulatory"]);
export type PriceTier = z.infer<typeof PriceTier>;

/** What the caller leaves out is filled with an assumption, and the result says so. */
export const RoiInput = z.strictObject({
  years: z.int().min(1).max(20),
  tier: PriceTier,
  stampsPerYear: z.int().min(0).max(9_007_199_254_740_991),
  /** Of them, stamps under a regime; the rest are plain. */
  regulatedStampsPerYear: z.int().min(0).max(9_007_199_254_740_991).optional(),
  systems: Count,
  grandmasterClocks: Count.optional(),
  grandmasterPriceCents: Cents.optional(),
  grandmasterLifeYears: z.int().min(1).max(50).optional(),
  antennas: Count.optional(),
  antennaInstallationCents: Cents.optional(),
  certificationPerYearCents: Cents.optional(),
  engineerDaysPerYear: z.int().min(0).max(100_000).optional(),
  engineerDayCents: Cents.optional(),
  /** Engineer days a year that remain with ChronoLedger. */
  remainingEngineerDaysPerYear: z.int().min(0).max(100_000).optional(),
  /** Engineer days, once, to integrate one system. */
  integrationDaysPerSystem: z.int().min(0).max(10_000).optional(),
});
export type RoiInput = z.infer<typeof RoiInput>;

export const Assumption = z.strictObject({
  name: plainText(100),
  value: z.int(),
  unit: plainText(60),
  source: z.enum(["your input", "price list", "assumption, change it"]),
});
export type Assumption = z.infer<typeof Assumption>;

export const CostLine = z.strictObject({ name: plainText(100), perYearCents: z.array(z.int()), totalCents: z.int() });
export type CostLine = z.infer<typeof CostLine>;

export const RoiResult = z.strictObject({
  years: z.int(),
  assumptions: z.array(Assumption),
  current: z.array(CostLine),
  chronoLedger: z.array(CostLine),
  currentTotalCents: z.int(),
  chronoLedgerTotalCents: z.int(),
  /** Current minus ChronoLedger; negative when it costs more. */
  differenceCents: z.int(),
  /** First year by whose end the sum is not dearer; null when there is none in the years asked for. */
  breakEvenYear: z.int().nullable(),
  caveats: z.array(plainText(400)),
});
export type RoiResult = z.infer<typeof RoiResult>;
