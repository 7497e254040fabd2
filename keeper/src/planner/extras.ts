import type { Hex } from "@chronoledger/txm";
import { decodeAbiParameters, parseAbiParameters } from "viem";

const ENCODING = parseAbiParameters([
  "Extras extras",
  "struct Extras { uint64 interval; uint32 count; uint8 onRevert; address condition; uint32 conditionGas; bytes conditionData; }",
]);

export const ON_REVERT = { proceed: 0, retry: 1, stop: 2 } as const;
const NO_CONDITION = /^0x0{40}$/;

/** What a schedule with extras has beyond a plain one. */
export type Extras = {
  /** As the contract wants them back. */
  readonly encoded: Hex;
  /** Nanoseconds from a run to the next. */
  readonly interval: bigint;
  readonly count: number;
  readonly onRevert: number;
  readonly hasCondition: boolean;
  readonly conditionGas: number;
};

/** @throws when the bytes are not abi.encode(Extras) */
export function decodeExtras(encoded: Hex): Extras {
  const [{ interval, count, onRevert, condition, conditionGas }] = decodeAbiParameters(ENCODING, encoded);
  return { encoded, interval, count, onRevert, hasCondition: !NO_CONDITION.test(condition), conditionGas };
}
