import type { ChainClient, Hex } from "@chronoledger/txm";
import { RpcError } from "@chronoledger/txm";
import { type Reason, readReason } from "./reason.ts";

const TIMEOUT_MS = 2_000;

export type Simulation =
  | { readonly ok: true; readonly returned: Hex }
  | { readonly ok: false; readonly reason: Reason };

export type SimulatedCall = { readonly from: Hex; readonly to: Hex; readonly data: Hex; readonly gas: bigint };

const quantity = (value: bigint): Hex => `0x${value.toString(16)}`;

/**
 * What the call would do in the next block, stamped `timestamp` where the node can pretend that (seconds; undefined: as it is now).
 * Nodes that cannot are asked without it, and then say too early of their own accord.
 * @throws rpc/unavailable
 */
export async function simulateExecute(
  chain: ChainClient,
  call: SimulatedCall,
  timestamp?: bigint,
): Promise<Simulation> {
  const transaction = { from: call.from, to: call.to, data: call.data, gas: quantity(call.gas) };
  const overridden = timestamp === undefined ? undefined : [transaction, "latest", {}, { time: quantity(timestamp) }];
  try {
    const returned = await chain.rpc.request("eth_call", overridden ?? [transaction, "latest"], TIMEOUT_MS);
    return { ok: true, returned: returned as Hex };
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    if (isRevert(error)) return { ok: false, reason: readReason(error.data) };
    if (overridden !== undefined) return simulateExecute(chain, call);
    return { ok: false, reason: { name: "node", text: error.message.slice(0, 200) } };
  }
}

const isRevert = (error: RpcError): boolean => error.code === 3 || /revert/i.test(error.message);
