import * as z from "zod";
import type { Commitment } from "../commitment.ts";
import type { Ledger } from "../ledger.ts";
import { RpcError } from "./rpc-error.ts";

/** @throws RpcError, ChronoError */
export type RpcMethod = (ledger: Ledger, params: readonly unknown[]) => unknown;

/** A method whose parameters are parsed before it runs; those left out at the end count as undefined. */
export function method<const Items extends readonly [z.ZodType, ...z.ZodType[]]>(
  items: Items,
  run: (ledger: Ledger, ...params: { [Index in keyof Items]: z.output<Items[Index]> }) => unknown,
): RpcMethod {
  return (ledger, params) => run(ledger, ...parseParams(items, params));
}

/** @throws RpcError */
export function parseParams<const Items extends readonly [z.ZodType, ...z.ZodType[]]>(
  items: Items,
  params: readonly unknown[],
): { [Index in keyof Items]: z.output<Items[Index]> } {
  if (params.length > items.length) throw new RpcError("invalid params", `at most ${items.length} parameters`);
  const parsed = items.map((item, index) => {
    const result = item.safeParse(params[index]);
    if (result.success) return result.data;
    throw new RpcError("invalid params", `parameter ${index + 1}: ${z.prettifyError(result.error)}`);
  });
  return parsed as { [Index in keyof Items]: z.output<Items[Index]> };
}

const API_VERSION = "2.3.0";

/** Wraps a value with the slot it belongs to. */
export const inContext = (ledger: Ledger, commitment: Commitment, value: unknown) => ({
  context: { apiVersion: API_VERSION, slot: ledger.chain.at(commitment).slot },
  value,
});

/** @throws RpcError when the state at that commitment is older than the caller wants. */
export function requireSlot(
  ledger: Ledger,
  config: { readonly commitment: Commitment; readonly minContextSlot?: number | null | undefined },
): void {
  const { slot } = ledger.chain.at(config.commitment);
  if (slot < (config.minContextSlot ?? 0))
    throw new RpcError("context slot not reached", "Minimum context slot has not been reached", { contextSlot: slot });
}
