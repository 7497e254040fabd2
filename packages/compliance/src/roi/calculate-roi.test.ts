import assert from "node:assert/strict";
import { calculateRoi } from "./calculate-roi.ts";
import { type RoiInput, RoiResult } from "./roi-types.ts";

const given: RoiInput = {
  years: 6,
  tier: "enterprise",
  stampsPerYear: 12_000_000,
  regulatedStampsPerYear: 1_000_000,
  systems: 2,
  grandmasterClocks: 1,
  grandmasterPriceCents: 600_000,
  grandmasterLifeYears: 3,
  antennas: 2,
  antennaInstallationCents: 100_000,
  certificationPerYearCents: 500_000,
  engineerDaysPerYear: 10,
  engineerDayCents: 80_000,
  remainingEngineerDaysPerYear: 2,
  integrationDaysPerSystem: 4,
};

describe("cost comparison", () => {
  it("adds up by hand", () => {
    const result = calculateRoi(given);
    assert.deepEqual(
      result.current.map(({ name, totalCents }) => [name, totalCents]),
      [
        ["Grandmaster clocks", 1_200_000],
        ["Satellite antennas", 200_000],
        ["Annual certification", 3_000_000],
        ["Engineer days", 4_800_000],
      ],
    );
    assert.deepEqual(result.current[0]?.perYearCents, [600_000, 0, 0, 600_000, 0, 0]);
    assert.deepEqual(
      result.chronoLedger.map(({ totalCents }) => totalCents),
      [99_900 * 12 * 6, 640_000, 960_000],
    );
    assert.equal(result.currentTotalCents, 9_200_000);
    assert.equal(result.differenceCents, 9_200_000 - 7_192_800 - 640_000 - 960_000);
    assert.equal(result.breakEvenYear, 1);
  });

  it("shows every number that it went by, and what is an assumption", () => {
    const { assumptions } = calculateRoi(given);
    assert.deepEqual(new Set(assumptions.map(({ source }) => source)), new Set(["your input", "price list"]));
    const bare = calculateRoi({ years: 1, tier: "professional", stampsPerYear: 0, systems: 1 });
    assert.equal(bare.assumptions.filter(({ source }) => source === "assumption, change it").length, 10);
    assert.equal(new Set(bare.assumptions.map(({ name }) => name)).size, bare.assumptions.length);
  });

  it("has the prices of the list", () => {
    const price = (tier: RoiInput["tier"]) => calculateRoi({ ...given, years: 1, tier }).chronoLedger[0]?.totalCents;
    assert.deepEqual(
      (["developer", "professional", "enterprise", "regulatory"] as const).map(price),
      [0, 118_800, 1_198_800, 11_998_800],
    );
  });

  it("says when it costs more, and that it never pays", () => {
    const result = calculateRoi({ ...given, tier: "regulatory" });
    assert.ok(result.differenceCents < 0);
    assert.equal(result.breakEvenYear, null);
  });

  it("says when the tier is too small, or lacks what regulated stamps need", () => {
    const tight = { ...given, stampsPerYear: 1_200_000, tier: "professional" as const };
    assert.equal(calculateRoi(tight).caveats.filter((text) => /choose a larger tier/.test(text)).length, 0);
    assert.match(calculateRoi(tight).caveats[0] ?? "", /full compliance/);
    assert.match(calculateRoi({ ...tight, stampsPerYear: 1_200_001 }).caveats[1] ?? "", /choose a larger tier/);
    assert.equal(calculateRoi({ ...tight, tier: "regulatory" }).caveats.length, 2);
  });

  it("crosses the wire as plain integers", () => {
    assert.deepEqual(RoiResult.parse(JSON.parse(JSON.stringify(calculateRoi(given)))), calculateRoi(given));
  });
});
