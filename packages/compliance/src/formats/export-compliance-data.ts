import { ChronoError } from "@chronoledger/core";
import type { ComplianceExportFile, ComplianceExportOptions, ComplianceExportRow } from "./compliance-export.ts";
export const exportComplianceData = (
  _rows: readonly ComplianceExportRow[],
  _options: ComplianceExportOptions,
): ComplianceExportFile => {
  throw new ChronoError("internal/unexpected");
};
