import { ChronoError } from "@chronoledger/core";
import type { RoiInput, RoiResult } from "./roi-types.ts";
export const calculateRoi = (_input: RoiInput): RoiResult => {
  throw new ChronoError("internal/unexpected");
};
