import assert from "node:assert/strict";
import { ComplianceExportOptions, type ComplianceExportRow, EXPORT_COLUMNS } from "./compliance-export.ts";
import { exportComplianceData } from "./export-compliance-data.ts";
import { parseIso8601 } from "./iso8601-time.ts";

const row: ComplianceExportRow = {
  id: "=st_1",
  timeUtcNs: parseIso8601("2026-07-15T13:30:00.123456789Z").timeUtcNs,
  uncertaintyNs: 11n,
  existedBeforeUtcNs: parseIso8601("2026-07-15T13:30:01Z").timeUtcNs,
  regime: "mifid-eu",
  imprint: "ab",
  sequence: 7n,
  leap: "none",
  test: false,
};

describe("compliance export", () => {
  it("as ISO 8601 has the digits asked for and the uncertainty widened by the rest", () => {
    const { text, mediaType } = exportComplianceData([row], { format: "ISO8601", digits: 6 });
    assert.deepEqual(text.split("\r\n"), [
      "id,time,uncertaintyNs,existedBefore,regime,test",
      "'=st_1,2026-07-15T13:30:00.123456Z,800,2026-07-15T13:30:01.000000000Z,mifid-eu,false",
      "",
    ]);
    assert.match(mediaType, /^text\/csv/);
  });

  it("as NIST daytime names UTC(NIST) for a chain that ends there, and never for a test stamp", () => {
    const chain = [{ clock: "n", reference: "UTC(NIST)", method: "m", uncertaintyNs: 1n, evidence: "e" }];
    const lines = exportComplianceData([row, { ...row, test: true }], { format: "NIST", chain }).text.split("\r\n");
    assert.deepEqual(lines.slice(1, 3), [
      "61236 26-07-15 13:30:00 50 0 0 0.0 UTC(NIST) *\t'=st_1\t123456800",
      "61236 26-07-15 13:30:00 50 0 1 0.0 UTC(CHRONO) *\t'=st_1\t123456800",
    ]);
  });

  it("as a custom file has the columns, delimiter and header of the caller's choice", () => {
    const custom = { format: "Custom", columns: ["utcNs", "uncertaintyNs"], digits: 3, delimiter: "\t" } as const;
    const file = exportComplianceData([row], { ...custom, columns: [...custom.columns], header: false });
    assert.equal(file.text, `${row.timeUtcNs}\t11\r\n`);
    assert.equal(file.name, "stamps-custom.tsv");
    const all = exportComplianceData([{ ...row, existedBeforeUtcNs: null }], {
      format: "Custom",
      columns: [...EXPORT_COLUMNS],
      digits: 0,
      delimiter: ";",
      header: true,
    });
    assert.equal(
      all.text.split("\r\n")[1],
      `'=st_1;2026-07-15T13:30:00Z;${row.timeUtcNs};123456800;;mifid-eu;ab;7;false`,
    );
  });

  it("is refused for a row in a leap second, and in a format made elsewhere", () => {
    const leap = { ...row, timeUtcNs: parseIso8601("2027-01-01T00:00:00Z").timeUtcNs, leap: "insertion" as const };
    assert.throws(() => exportComplianceData([leap], { format: "ISO8601", digits: 3 }), /leap second/);
    assert.throws(() => exportComplianceData([leap], { format: "NIST", chain: [] }), /leap second/);
    assert.equal(ComplianceExportOptions.safeParse({ format: "RFC3161" }).success, false);
  });
});
