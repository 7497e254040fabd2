import { PRICE_LIST } from "./price-list.ts";
import type { Assumption, CostLine, RoiInput, RoiResult } from "./roi-types.ts";

type Optional = Exclude<keyof RoiInput, "years" | "tier" | "stampsPerYear" | "systems" | "regulatedStampsPerYear">;

/** Stand-ins for what the caller did not say. They are round numbers to be changed, no claims about any market. */
const DEFAULTS: Readonly<Record<Optional, { name: string; value: number; unit: string }>> = {
  grandmasterClocks: { name: "Grandmaster clocks", value: 2, unit: "clocks" },
  grandmasterPriceCents: { name: "Price of a grandmaster clock", value: 1_000_000, unit: "US cents each" },
  grandmasterLifeYears: { name: "Life of a grandmaster clock", value: 5, unit: "years" },
  antennas: { name: "Satellite antennas", value: 2, unit: "antennas" },
  antennaInstallationCents: { name: "Installing an antenna", value: 500_000, unit: "US cents each, once" },
  certificationPerYearCents: { name: "Annual certification", value: 1_000_000, unit: "US cents a year" },
  engineerDaysPerYear: { name: "Engineer days now", value: 20, unit: "days a year" },
  engineerDayCents: { name: "An engineer day", value: 100_000, unit: "US cents a day" },
  remainingEngineerDaysPerYear: { name: "Engineer days with ChronoLedger", value: 5, unit: "days a year" },
  integrationDaysPerSystem: { name: "Integrating a system", value: 3, unit: "days a system, once" },
};

const line = (name: string, years: number, costOf: (year: number) => number): CostLine => {
  const perYearCents = Array.from({ length: years }, (_, year) => costOf(year));
  return { name, perYearCents, totalCents: perYearCents.reduce((sum, cents) => sum + cents, 0) };
};
const total = (lines: readonly CostLine[]): number => lines.reduce((sum, { totalCents }) => sum + totalCents, 0);

function breakEven(current: readonly CostLine[], ours: readonly CostLine[], years: number): number | null {
  const sumTo = (lines: readonly CostLine[], year: number) =>
    lines.reduce((sum, { perYearCents }) => sum + perYearCents.slice(0, year).reduce((a, b) => a + b, 0), 0);
  for (let year = 1; year <= years; year++) if (sumTo(ours, year) <= sumTo(current, year)) return year;
  return null;
}

function caveatsOf(input: RoiInput): string[] {
  const { stampsPerMonth, fullCompliance } = PRICE_LIST[input.tier];
  const caveats = [
    "Both sides leave out what the firm pays in either case, such as staff for reporting, and the cost of a failed audit.",
    "A firm that needs its own clock at the stamping point keeps part of the current cost.",
  ];
  const perMonth = Math.ceil(input.stampsPerYear / 12);
  if (stampsPerMonth !== null && perMonth > stampsPerMonth)
    caveats.unshift(
      `The ${input.tier} tier includes ${stampsPerMonth} stamps a month and ${perMonth} are needed: choose a larger tier.`,
    );
  if ((input.regulatedStampsPerYear ?? 0) > 0 && !fullCompliance)
    caveats.unshift(`The ${input.tier} tier does not have the full compliance features that regulated stamps need.`);
  return caveats;
}

/**
 * Costs side by side, in US cents by year. Clocks are bought in the first year and again at the end of their life. Nothing is
 * discounted and no price rises. Every number that went in is in `assumptions`, with where it came from.
 */
export function calculateRoi(input: RoiInput): RoiResult {
  const assumptions: Assumption[] = [];
  const take = (key: Optional): number => {
    const { name, value: standIn, unit } = DEFAULTS[key];
    const given = input[key];
    const value = given ?? standIn;
    assumptions.push({ name, value, unit, source: given === undefined ? "assumption, change it" : "your input" });
    return value;
  };
  const { years, systems, stampsPerYear } = input;
  assumptions.push({ name: "Period", value: years, unit: "years", source: "your input" });
  assumptions.push({ name: "Stamps", value: stampsPerYear, unit: "stamps a year", source: "your input" });
  if (input.regulatedStampsPerYear !== undefined)
    assumptions.push({
      name: "Of them regulated",
      value: input.regulatedStampsPerYear,
      unit: "stamps a year",
      source: "your input",
    });
  assumptions.push({ name: "Systems", value: systems, unit: "systems", source: "your input" });
  const life = take("grandmasterLifeYears");
  const clocks = take("grandmasterClocks") * take("grandmasterPriceCents");
  const antennas = take("antennas") * take("antennaInstallationCents");
  const certification = take("certificationPerYearCents");
  const day = take("engineerDayCents");
  const daysNow = take("engineerDaysPerYear");
  const daysLeft = take("remainingEngineerDaysPerYear");
  const integration = take("integrationDaysPerSystem") * systems * day;
  const { monthlyCents } = PRICE_LIST[input.tier];
  assumptions.push({ name: `Tier ${input.tier}`, value: monthlyCents, unit: "US cents a month", source: "price list" });
  const current = [
    line("Grandmaster clocks", years, (year) => (year % life === 0 ? clocks : 0)),
    line("Satellite antennas", years, (year) => (year === 0 ? antennas : 0)),
    line("Annual certification", years, () => certification),
    line("Engineer days", years, () => daysNow * day),
  ];
  const chronoLedger = [
    line(`Tier ${input.tier}`, years, () => monthlyCents * 12),
    line("Integration", years, (year) => (year === 0 ? integration : 0)),
    line("Engineer days", years, () => daysLeft * day),
  ];
  const [currentTotalCents, chronoLedgerTotalCents] = [total(current), total(chronoLedger)];
  return {
    years,
    assumptions,
    current,
    chronoLedger,
    currentTotalCents,
    chronoLedgerTotalCents,
    differenceCents: currentTotalCents - chronoLedgerTotalCents,
    breakEvenYear: breakEven(current, chronoLedger, years),
    caveats: caveatsOf(input),
  };
}
