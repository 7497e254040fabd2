import { ChronoError } from "@chronoledger/core";
import { type EIP1193RequestFn, type Hex, type LocalAccount, RpcError } from "viem";

type Request = { readonly method: string; readonly params?: readonly unknown[] | object };
type TransactionRequest = {
  readonly to?: Hex;
  readonly data?: Hex;
  readonly value?: Hex;
  readonly gas: Hex;
  readonly nonce: Hex;
  readonly maxFeePerGas?: Hex;
  readonly maxPriorityFeePerGas?: Hex;
  readonly gasPrice?: Hex;
};

/** An EIP-1193 provider that signs for one account itself, so that the node never holds its key. */
export function localAccountProvider(request: EIP1193RequestFn, account: LocalAccount, chainId: number) {
  const send = request as (args: Request) => Promise<unknown>;
  async function sign(given: TransactionRequest): Promise<Hex> {
    const common = {
      chainId,
      data: given.data ?? "0x",
      value: BigInt(given.value ?? 0),
      gas: BigInt(given.gas),
      nonce: Number(given.nonce),
      ...(given.to === undefined ? {} : { to: given.to }),
    };
    if (given.gasPrice !== undefined)
      return await account.signTransaction({ ...common, type: "legacy", gasPrice: BigInt(given.gasPrice) });
    if (given.maxFeePerGas === undefined)
      throw new ChronoError("transaction/underpriced", { reason: "no fee was given" });
    return await account.signTransaction({
      ...common,
      type: "eip1559",
      maxFeePerGas: BigInt(given.maxFeePerGas),
      maxPriorityFeePerGas: BigInt(given.maxPriorityFeePerGas ?? 0),
    });
  }
  return {
    async request(args: Request): Promise<unknown> {
      if (args.method === "eth_accounts") return [account.address];
      if (args.method === "eth_sendTransaction") {
        const [given] = args.params as [TransactionRequest];
        return await send({ method: "eth_sendRawTransaction", params: [await sign(given)] });
      }
      try {
        return await send(args);
      } catch (error) {
        // Ignition recognises a missing method by the node's own message.
        if (error instanceof RpcError && error.cause instanceof Error) throw error.cause;
        throw error;
      }
    },
  };
}
