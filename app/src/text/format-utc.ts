import { type TaiNs, toIso8601, toUtc } from "@chronoledger/core";

/** An instant in UTC with nine digits, for people: a blank for the T. @param taiMinusUtc seconds */
export const formatUtc = (time: bigint, taiMinusUtc: number): string =>
  toIso8601(toUtc(time as TaiNs, taiMinusUtc), 9)
    .replace("T", " ")
    .replace("Z", " UTC");
