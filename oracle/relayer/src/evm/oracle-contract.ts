import { chronoOracleAbi } from "@chronoledger/bindings";
import { ChronoError } from "@chronoledger/core";
import type { RpcConnection } from "@chronoledger/txm";
import { decodeFunctionResult, encodeFunctionData } from "viem";
import type { StoredTime } from "../stored-time.ts";

type Hex = `0x${string}`;

/** The estimate was made on a state that may have changed: a cold slot, another signer. */
const GAS_MARGIN_PERCENT = 20n;

/** The relayer's view of ChronoOracle on one chain. */
export interface OracleContract {
  /** @throws rpc/unavailable; rpc/rejected when there is no contract at the address */
  stored(): Promise<StoredTime>;
  /** Gas for the submission, some to spare. @throws what the node answers, a revert included */
  gasFor(data: Hex): Promise<bigint>;
}

export function oracleContract(rpc: RpcConnection, address: Hex, account: Hex): OracleContract {
  const latestCall = encodeFunctionData({ abi: chronoOracleAbi, functionName: "latest" });
  return {
    async stored() {
      const data = (await rpc.request("eth_call", [{ to: address, data: latestCall }, "latest"])) as Hex;
      if (data === "0x")
        throw new ChronoError(
          "rpc/rejected",
          { oracle: address },
          { remedy: "there is no ChronoOracle at this address" },
        );
      const { sequence, timeTaiNs } = decodeFunctionResult({ abi: chronoOracleAbi, functionName: "latest", data });
      return { sequence, time: timeTaiNs };
    },
    async gasFor(data) {
      const estimate = BigInt((await rpc.request("eth_estimateGas", [{ from: account, to: address, data }])) as Hex);
      return (estimate * (100n + GAS_MARGIN_PERCENT)) / 100n;
    },
  };
}
