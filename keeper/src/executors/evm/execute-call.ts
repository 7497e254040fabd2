import { chronoSchedulerAbi, type Schedule } from "@chronoledger/bindings";
import type { Hex } from "@chronoledger/txm";
import { encodeFunctionData, zeroHash } from "viem";
import type { Extras } from "../../planner/extras.ts";

/** Of the scheduler's own work before and after the call, with room: both credits new, four events, a cold oracle (measured: below 100k). */
const OVERHEAD_GAS = 130_000n;
/** As the scheduler checks it: CALL to a cold account that has delegated to another, and value to a new one. */
const CALL_GAS = 5_300n;
const VALUE_GAS = 34_000n;
const TRANSACTION_GAS = 21_000n;

/** Of a series: its extras are decoded, missed runs and the next one are told by events, and its state is written twice. */
const SERIES_GAS = 40_000n;
const NO_CERTIFICATE = {
  statement: [zeroHash, zeroHash, zeroHash, zeroHash, zeroHash],
  signers: "0x00000000",
  signatures: "0x",
} as const;

export type ScheduledCall = { readonly schedule: Schedule; readonly extras: Extras | null; readonly data: Hex };

export function encodeExecute({ schedule, extras, data }: ScheduledCall): Hex {
  if (extras === null)
    return encodeFunctionData({ abi: chronoSchedulerAbi, functionName: "execute", args: [schedule, data] });
  const order = { schedule, extras: extras.encoded, data };
  return encodeFunctionData({ abi: chronoSchedulerAbi, functionName: "executeWith", args: [order, NO_CERTIFICATE] });
}

/** What a call of so much gas takes of the transaction. */
const withCallGas = (gas: bigint): bigint => gas + gas / 63n + CALL_GAS;

/** Gas limit of the whole transaction. Unused gas is not paid for. */
export function executeGas(scheduled: ScheduledCall): bigint {
  const { schedule, extras } = scheduled;
  const call = withCallGas(BigInt(schedule.gasLimit)) + (schedule.value === 0n ? 0n : VALUE_GAS);
  const series = extras === null ? 0n : SERIES_GAS;
  const condition = extras?.hasCondition === true ? withCallGas(BigInt(extras.conditionGas)) : 0n;
  const input = encodeExecute(scheduled);
  const bytes = BigInt((input.length - 2) / 2);
  const words = bytes / 32n + 1n;
  // Twice: the calldata is copied once for its hash and once for the call.
  const memory = 2n * (9n * words + (words * words) / 512n);
  const tokens = calldataTokens(input);
  const standard = TRANSACTION_GAS + 4n * tokens + OVERHEAD_GAS + memory + series + condition + call;
  // EIP-7623: a floor for calldata that does little.
  const floor = TRANSACTION_GAS + 10n * tokens;
  return standard > floor ? standard : floor;
}

function calldataTokens(input: Hex): bigint {
  let tokens = 0;
  for (let i = 2; i < input.length; i += 2)
    tokens += input.charCodeAt(i) === 48 && input.charCodeAt(i + 1) === 48 ? 1 : 4;
  return BigInt(tokens);
}
