import { chronoSchedulerAbi } from "@chronoledger/bindings";
import { ChronoError, isChronoError } from "@chronoledger/core";
import { type ChainClient, classifyFailure, RpcError } from "@chronoledger/txm";
import { decodeErrorResult, encodeFunctionData, type Hex } from "viem";
import { chainScheduleIdOf, type EvmTerms, newTerms, scheduleOf } from "./evm-terms.ts";
import type { EvmPlanner, EvmRequest } from "./schedule-desk.ts";

/** The estimate was made on a state that may have changed. */
const GAS_MARGIN_PERCENT = 25n;

export const scheduleData = (terms: EvmTerms, request: EvmRequest): Hex =>
  encodeFunctionData({
    abi: chronoSchedulerAbi,
    functionName: "schedule",
    args: [scheduleOf(terms, request), request.calldata],
  });

/** Gas for a call of the scheduler, some to spare. @throws what the node answers, a revert included */
export async function gasFor(
  chain: Pick<ChainClient, "rpc">,
  call: { from: Hex; to: Hex; data: Hex; value: bigint },
): Promise<bigint> {
  const value: Hex = `0x${call.value.toString(16)}`;
  const estimate = BigInt((await chain.rpc.request("eth_estimateGas", [{ ...call, value }])) as Hex);
  return (estimate * (100n + GAS_MARGIN_PERCENT)) / 100n;
}

/** The scheduler's error in a node's answer; undefined when it is none. */
export function schedulerError(error: unknown): string | undefined {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 8; cause = cause.cause, depth++) {
    if (!(cause instanceof RpcError)) continue;
    const data = (cause.data as { data?: unknown } | null | undefined)?.data ?? cause.data;
    if (typeof data !== "string" || !data.startsWith("0x")) continue;
    try {
      return decodeErrorResult({ abi: chronoSchedulerAbi, data: data as Hex }).errorName;
    } catch {
      return data.length > 2 ? data.slice(0, 10) : undefined;
    }
  }
  return undefined;
}

/** Asks the scheduler on the chain whether it takes a schedule. */
export const createEvmPlanner = (
  chain: ChainClient,
  where: { readonly scheduler: Hex; readonly owner: Hex },
): EvmPlanner => ({
  async plan(request) {
    const { target } = request;
    if ((await chain.rpc.request("eth_getCode", [target, "latest"])) === "0x")
      throw new ChronoError(
        "target/refused",
        { target },
        { remedy: "there is no contract at this address on the gateway's chain" },
      );
    const terms = newTerms(request, { chainId: chain.chainId, ...where });
    const data = scheduleData(terms, request);
    try {
      await gasFor(chain, { from: where.owner, to: where.scheduler, data, value: BigInt(terms.reward) });
    } catch (error) {
      throw refusalOf(error, target);
    }
    return { terms, chainScheduleId: chainScheduleIdOf(terms, scheduleOf(terms, request), request.calldata) };
  },
});

function refusalOf(error: unknown, target: string): ChronoError {
  const name = schedulerError(error);
  if (name === "ScheduleTargetRefused")
    return new ChronoError(
      "target/refused",
      { target },
      { cause: error, remedy: "the scheduler does not call this address" },
    );
  if (name !== undefined)
    return new ChronoError(
      "input/out-of-range",
      { scheduler: name },
      { cause: error, remedy: "the scheduler refuses these terms" },
    );
  return isChronoError(error) ? error : classifyFailure(error);
}
