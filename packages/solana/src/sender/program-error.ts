import { AnchorError } from "@anchor-lang/core";
import { chronoledgerIdl } from "@chronoledger/bindings";
import type { TransactionFailure } from "./connection-port.ts";

const NAMES: ReadonlyMap<number, string> = new Map(chronoledgerIdl.errors.map(({ code, name }) => [code, name]));
const FAILED = /^Program (\w+) failed: custom program error: 0x([0-9a-f]+)$/i;

/**
 * The name of what a transaction failed with: an Anchor program's error as it is written in that program ("TooEarly"), else a number
 * with the program it is of ("Custom(1) of 111…"), else what the runtime says ("ComputationalBudgetExceeded").
 *
 * @param logs null when the node keeps none: then a number is taken for one of our program's
 * @param ours address of our program
 */
export function programErrorName(failure: TransactionFailure, logs: readonly string[] | null, ours: string): string {
  const code = customCode(failure);
  if (code === undefined) return runtimeName(failure);
  const lines = logs ?? [];
  const named = AnchorError.parse([...lines]);
  if (named !== null) return pascal(named.error.errorCode.code);
  // The innermost program fails first, and those that called it pass its number on.
  const origin = lines.map((line) => FAILED.exec(line)).find((match) => match !== null)?.[1];
  const name = origin === undefined || origin === ours ? NAMES.get(code) : undefined;
  return name === undefined ? `Custom(${code})${origin === undefined ? "" : ` of ${origin}`}` : pascal(name);
}

/** Whether the account that pays has too little for the fee, or would have too little left. */
export function isUnpaid(failure: TransactionFailure): boolean {
  if (typeof failure === "string") return failure === "AccountNotFound" || failure === "InsufficientFundsForFee";
  const rent = (failure as { InsufficientFundsForRent?: { account_index?: number } }).InsufficientFundsForRent;
  return rent?.account_index === 0;
}

function customCode(failure: TransactionFailure): number | undefined {
  const [, kind] = instructionError(failure) ?? [];
  const code = (kind as { Custom?: unknown } | null | undefined)?.Custom;
  return typeof code === "number" ? code : undefined;
}

function instructionError(failure: TransactionFailure): readonly unknown[] | undefined {
  const error = (failure as { InstructionError?: unknown }).InstructionError;
  return Array.isArray(error) ? error : undefined;
}

function runtimeName(failure: TransactionFailure): string {
  if (typeof failure === "string") return failure;
  const [, kind = failure] = instructionError(failure) ?? [];
  return typeof kind === "string" ? kind : (Object.keys(kind as object)[0] ?? "unknown");
}

const pascal = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
