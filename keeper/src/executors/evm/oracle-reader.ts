import { chronoOracleAbi } from "@chronoledger/bindings";
import type { ChainClient, Hex } from "@chronoledger/txm";

/** The oracle's latest certified instant, UTC ns, in the newest block or at the end of `blockNumber`. */
export async function attestedTime(chain: ChainClient, oracle: Hex, blockNumber?: number): Promise<bigint> {
  const reading = await chain.viem.readContract({
    address: oracle,
    abi: chronoOracleAbi,
    functionName: "latest",
    ...(blockNumber === undefined ? {} : { blockNumber: BigInt(blockNumber) }),
  });
  return reading.timeUtcNs;
}
