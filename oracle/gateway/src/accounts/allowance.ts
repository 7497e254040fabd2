import type { Account, Meter, Tier } from "@chronoledger/core/gateway";

/** The allowances of a tier: meters of one of them share it. */
export const ALLOWANCES = ["stamps", "schedules", "proofs", "verifications"] as const;
export type AllowanceName = (typeof ALLOWANCES)[number];

const METERS_OF: Readonly<Record<AllowanceName, readonly Meter[]>> = {
  stamps: ["stamp.basic", "stamp.precise", "stamp.compliant"],
  schedules: ["schedule.simple", "schedule.complex"],
  proofs: ["proof.generation"],
  verifications: ["proof.verification"],
};

const ALLOWANCE_OF: ReadonlyMap<Meter, AllowanceName> = new Map(
  ALLOWANCES.flatMap((name) => METERS_OF[name].map((meter) => [meter, name] as const)),
);

export type Quantities = Partial<Record<Meter, number>>;

export function allowanceNameOf(meter: Meter): AllowanceName {
  const name = ALLOWANCE_OF.get(meter);
  if (name === undefined) throw new TypeError(`a meter without an allowance: ${meter}`);
  return name;
}

/** What the meters of an allowance come to. */
export const usedOf = (quantities: Quantities, name: AllowanceName): number =>
  METERS_OF[name].reduce((sum, meter) => sum + (quantities[meter] ?? 0), 0);

export const metersOf = (name: AllowanceName): readonly Meter[] => METERS_OF[name];

/** Under billing by use nothing is included, and nothing refused. */
export const allowanceOf = (tier: Tier, billing: Account["billing"], name: AllowanceName): Tier["stamps"] =>
  billing === "usage" ? { included: 0, beyond: "charge" } : tier[name];

/** How many a month at most, or undefined when more is charged instead of refused. */
export function limitOf(tier: Tier, billing: Account["billing"], name: AllowanceName): number | undefined {
  const { included, beyond } = allowanceOf(tier, billing, name);
  return included === null || beyond === "charge" ? undefined : included;
}
