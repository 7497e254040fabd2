import type { RoiInput } from "@chronoledger/compliance";

/** One number of the form. `name` is that of the comparison's list of assumptions; `cents`: shown in dollars. */
export type RoiField = {
  readonly key: Exclude<keyof RoiInput, "tier">;
  readonly name: string;
  readonly unit: string;
  readonly cents?: true;
  readonly group: "plan" | "current" | "with";
  /** Where the person must decide and there is no assumption. */
  readonly start?: number;
  readonly least?: number;
};

export const ROI_FIELDS: readonly RoiField[] = [
  { key: "years", name: "Period", unit: "years", group: "plan", start: 5, least: 1 },
  { key: "stampsPerYear", name: "Stamps", unit: "a year", group: "plan", start: 1_000_000 },
  { key: "regulatedStampsPerYear", name: "Of them regulated", unit: "a year", group: "plan", start: 0 },
  { key: "systems", name: "Systems", unit: "to be integrated", group: "plan", start: 3 },
  { key: "grandmasterClocks", name: "Grandmaster clocks", unit: "number", group: "current" },
  {
    key: "grandmasterPriceCents",
    name: "Price of a grandmaster clock",
    unit: "US dollars each",
    cents: true,
    group: "current",
  },
  { key: "grandmasterLifeYears", name: "Life of a grandmaster clock", unit: "years", group: "current", least: 1 },
  { key: "antennas", name: "Satellite antennas", unit: "number", group: "current" },
  {
    key: "antennaInstallationCents",
    name: "Installing an antenna",
    unit: "US dollars each, once",
    cents: true,
    group: "current",
  },
  {
    key: "certificationPerYearCents",
    name: "Annual certification",
    unit: "US dollars a year",
    cents: true,
    group: "current",
  },
  { key: "engineerDaysPerYear", name: "Engineer days now", unit: "days a year", group: "current" },
  { key: "engineerDayCents", name: "An engineer day", unit: "US dollars a day", cents: true, group: "current" },
  { key: "remainingEngineerDaysPerYear", name: "Engineer days with ChronoLedger", unit: "days a year", group: "with" },
  { key: "integrationDaysPerSystem", name: "Integrating a system", unit: "days a system, once", group: "with" },
];
