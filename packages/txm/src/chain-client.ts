import { ChronoError } from "@chronoledger/core";
import { createPublicClient, custom, type PublicClient } from "viem";
import { classifyFailure } from "./failure.ts";
import { connectRpc } from "./rpc/connect.ts";
import { headOf, type RpcConnection, RpcError } from "./rpc/types.ts";
import type { ChainPort, Head, Hex, TransactionReceipt } from "./types.ts";

export type ChainClient = ChainPort & {
  /** For typed reads and logs; shares the connection. No retries of its own. */
  readonly viem: PublicClient;
  readonly rpc: RpcConnection;
  close(): void;
};

type RawReceipt = { transactionHash: Hex; blockNumber: Hex; blockHash: Hex; status: Hex; gasUsed: Hex };

/**
 * One connection to a node: http(s)://, ws(s)://, or the path of its Unix socket. Comes back by itself when the node does.
 * @throws rpc/unavailable, rpc/chain-mismatch
 */
export async function createChainClient(options: {
  readonly url: string;
  readonly chainId: number;
}): Promise<ChainClient> {
  const rpc = connectRpc(options.url);
  try {
    const found = Number(await rpc.request("eth_chainId", [], 5_000));
    if (found !== options.chainId) throw new ChronoError("rpc/chain-mismatch", { wanted: options.chainId, found });
  } catch (error) {
    rpc.close();
    throw error;
  }
  return chainClientOf(rpc, options.chainId);
}

/** The same over a connection that is already there; the chain is not checked. */
export function chainClientOf(rpc: RpcConnection, chainId: number): ChainClient {
  const viem = createPublicClient({
    transport: custom({ request: ({ method, params }) => rpc.request(method, params ?? []) }, { retryCount: 0 }),
    batch: {},
    cacheTime: 0,
  });
  const block = async (tag: string): Promise<Head | undefined> =>
    headOf(await rpc.request("eth_getBlockByNumber", [tag, false]));

  return {
    chainId,
    viem,
    rpc,
    close: () => rpc.close(),
    latestNonce: async (account) => Number(await rpc.request("eth_getTransactionCount", [account, "latest"])),
    async broadcast(raw) {
      try {
        await rpc.request("eth_sendRawTransaction", [raw]);
      } catch (error) {
        throw classifyFailure(error);
      }
    },
    async receipt(hash): Promise<TransactionReceipt | undefined> {
      const raw = (await rpc.request("eth_getTransactionReceipt", [hash])) as RawReceipt | null;
      if (raw === null || raw.blockHash === null) return undefined;
      return {
        hash,
        blockNumber: Number(raw.blockNumber),
        blockHash: raw.blockHash,
        success: BigInt(raw.status) === 1n,
        gasUsed: BigInt(raw.gasUsed),
      };
    },
    knows: async (hash) => (await rpc.request("eth_getTransactionByHash", [hash])) !== null,
    async head() {
      const head = await block("latest");
      if (head === undefined) throw new ChronoError("rpc/unavailable", { reason: "the node has no latest block" });
      return head;
    },
    blockByNumber: (number) => block(`0x${number.toString(16)}`),
    async suggestedTip() {
      try {
        return BigInt((await rpc.request("eth_maxPriorityFeePerGas", [])) as Hex);
      } catch (error) {
        if (error instanceof RpcError) return 0n;
        throw error;
      }
    },
    onHead: (listener) => rpc.onHead(listener),
  };
}
