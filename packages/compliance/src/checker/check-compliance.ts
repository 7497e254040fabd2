import { ChronoError } from "@chronoledger/core";
import type { ComplianceAnswers, ComplianceCheck } from "./check-types.ts";
export const checkCompliance = (_answers: ComplianceAnswers): ComplianceCheck => {
  throw new ChronoError("internal/unexpected");
};
