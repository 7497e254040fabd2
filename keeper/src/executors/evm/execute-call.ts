import { chronoSchedulerAbi, type Schedule } from "@chronoledger/bindings";
import type { Hex } from "@chronoledger/txm";
import { encodeFunctionData } from "viem";

/** Of the scheduler's own work before and after the call, with room: both credits new, four events, a cold oracle (measured: below 100k). */
const OVERHEAD_GAS = 130_000n;
/** As the scheduler checks it: CALL to a cold account, and value to a new one. */
const CALL_GAS = 2_700n;
const VALUE_GAS = 34_000n;
const TRANSACTION_GAS = 21_000n;

export const encodeExecute = (schedule: Schedule, data: Hex): Hex =>
  encodeFunctionData({ abi: chronoSchedulerAbi, functionName: "execute", args: [schedule, data] });

/** Gas limit of the whole transaction. Unused gas is not paid for. */
export function executeGas(schedule: Schedule, data: Hex): bigint {
  const gasLimit = BigInt(schedule.gasLimit);
  const call = gasLimit + gasLimit / 63n + CALL_GAS + (schedule.value === 0n ? 0n : VALUE_GAS);
  const input = encodeExecute(schedule, data);
  const bytes = BigInt((input.length - 2) / 2);
  const words = bytes / 32n + 1n;
  // Twice: the calldata is copied once for its hash and once for the call.
  const memory = 2n * (9n * words + (words * words) / 512n);
  const tokens = calldataTokens(input);
  const standard = TRANSACTION_GAS + 4n * tokens + OVERHEAD_GAS + memory + call;
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
