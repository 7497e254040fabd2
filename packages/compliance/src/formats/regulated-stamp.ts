import { ChronoError } from "@chronoledger/core";
import type { CatClass, MifidClass, RegulatedStamp, StampInput } from "./stamp-types.ts";

const todo = (): never => {
  throw new ChronoError("internal/unexpected");
};
export const mifidStamp = (_input: StampInput, _of: MifidClass, _jurisdiction: "EU" | "UK"): RegulatedStamp => todo();
export const catStamp = (_input: StampInput, _of: CatClass): RegulatedStamp => todo();
export const sftrStamp = (_input: StampInput, _regime?: "sftr" | "emir"): RegulatedStamp => todo();
