import { chronoRegistryAbi, GENESIS_OWNER, ORACLE_ADDRESS, REGISTRY_ADDRESS } from "@chronoledger/bindings";
import { ChronoError, checkNodeSet, concatBytes, type NodeSet } from "@chronoledger/core";
import {
  BaseError,
  bytesToHex,
  type Chain,
  ContractFunctionRevertedError,
  encodeFunctionData,
  type Hex,
  type HttpTransport,
  type LocalAccount,
  type PublicClient,
  type WalletClient,
} from "viem";
import { nodeSetCode } from "./node-set-code.ts";

export type Clients = {
  readonly reader: PublicClient<HttpTransport, Chain>;
  readonly writer: WalletClient<HttpTransport, Chain, LocalAccount>;
};
const registry = { address: REGISTRY_ADDRESS, abi: chronoRegistryAbi } as const;

/** @throws transaction/reverted */
async function mined(clients: Clients, hash: Hex, what: string): Promise<void> {
  const receipt = await clients.reader.waitForTransactionReceipt({ hash });
  if (receipt.status !== "success") throw new ChronoError("transaction/reverted", { what, transaction: hash });
}

/** Sends a call of the registry and waits for it. @throws transaction/reverted with the contract's own error, rpc/rejected */
async function write(clients: Clients, what: "addPolicy" | "addEpoch", data: Hex): Promise<void> {
  const { account } = clients.writer;
  try {
    await clients.reader.call({ account, to: REGISTRY_ADDRESS, data });
  } catch (error) {
    const raw = error instanceof BaseError ? revertDataOf(error) : undefined;
    if (raw === undefined) throw new ChronoError("rpc/rejected", { what }, { cause: error });
    const { data: decoded } = new ContractFunctionRevertedError({
      abi: chronoRegistryAbi,
      data: raw,
      functionName: what,
    });
    const reason = decoded === undefined ? raw : `${decoded.errorName}(${(decoded.args ?? []).join(", ")})`;
    throw new ChronoError("transaction/reverted", { what, reason }, { cause: error });
  }
  await mined(clients, await clients.writer.sendTransaction({ to: REGISTRY_ADDRESS, data }), what);
}

function revertDataOf(error: BaseError): Hex | undefined {
  const found = error.walk((inner) => typeof (inner as { data?: unknown }).data === "string");
  return (found as { data?: Hex } | null)?.data;
}

/**
 * Hands the registry to its authority. Only a development chain lets anyone act as the genesis owner.
 * @returns whether anything was done. @throws rpc/rejected, transaction/reverted, config/invalid
 */
export async function initialiseRegistry(
  clients: Clients,
  options: { readonly authority: Hex; readonly networkId: number; readonly impersonate: boolean },
): Promise<boolean> {
  if (BigInt(await clients.reader.readContract({ ...registry, functionName: "oracle" })) !== 0n) {
    const networkId = await clients.reader.readContract({ ...registry, functionName: "networkId" });
    if (networkId !== options.networkId)
      throw new ChronoError("config/invalid", { networkId: options.networkId, registryHas: networkId });
    return false;
  }
  if (!options.impersonate)
    throw new ChronoError(
      "config/invalid",
      { registry: REGISTRY_ADDRESS, owner: GENESIS_OWNER },
      { remedy: "the genesis owner must initialise the registry; only development chains may impersonate it" },
    );
  const request = clients.reader.request as (args: { method: string; params: unknown[] }) => Promise<unknown>;
  await request({ method: "hardhat_impersonateAccount", params: [GENESIS_OWNER] });
  await request({ method: "hardhat_setBalance", params: [GENESIS_OWNER, "0xde0b6b3a7640000"] });
  const data = encodeFunctionData({
    abi: chronoRegistryAbi,
    functionName: "initialize",
    args: [options.authority, ORACLE_ADDRESS, options.networkId],
  });
  const hash = (await request({
    method: "eth_sendTransaction",
    params: [{ from: GENESIS_OWNER, to: REGISTRY_ADDRESS, data }],
  })) as Hex;
  await mined(clients, hash, "initialize");
  await request({ method: "hardhat_stopImpersonatingAccount", params: [GENESIS_OWNER] });
  return true;
}

/**
 * Adds policy and epoch, unless they are there already.
 * @param proofs per node its signature under `registrationStatement`, 64 bytes.
 * @returns whether anything was done. @throws node-set/invalid when the epoch is another one there, transaction/reverted
 */
export async function installNodeSet(
  clients: Clients,
  set: NodeSet,
  options: { readonly proofs: readonly Uint8Array[]; readonly maxAheadMs: number },
): Promise<boolean> {
  checkNodeSet(set);
  const address = await clients.reader.readContract({ ...registry, functionName: "nodeSetAddress", args: [set.epoch] });
  const code = await clients.reader.getCode({ address });
  if (code !== undefined && code !== "0x") {
    if (code !== nodeSetCode(set, options.maxAheadMs))
      throw new ChronoError("node-set/invalid", {
        epoch: set.epoch,
        reason: "another set was registered for this epoch",
      });
    return false;
  }
  const { policyId, maxUncertainty, allowTest } = set.policy;
  const known = await policyOf(clients, policyId);
  if (known === undefined) {
    const policy = { maxUncertaintyNs: maxUncertainty, maxAheadMs: options.maxAheadMs, allowTest };
    const args = [policyId, policy] as const;
    await write(clients, "addPolicy", encodeFunctionData({ abi: chronoRegistryAbi, functionName: "addPolicy", args }));
  } else if (
    known.maxUncertaintyNs !== maxUncertainty ||
    known.allowTest !== allowTest ||
    known.maxAheadMs !== options.maxAheadMs
  )
    throw new ChronoError("node-set/invalid", { policyId, reason: "another policy was registered under this id" });
  const argument = {
    epoch: set.epoch,
    policyId,
    f: set.f,
    validFrom: set.validFrom,
    validUntil: set.validUntil,
    keys: bytesToHex(concatBytes(...set.keys)),
    evidence: set.evidence.map((hash) => bytesToHex(hash)),
  };
  const args = [argument, bytesToHex(concatBytes(...options.proofs))] as const;
  await write(clients, "addEpoch", encodeFunctionData({ abi: chronoRegistryAbi, functionName: "addEpoch", args }));
  return true;
}

/** Undefined when the registry knows none under this id. */
async function policyOf({ reader }: Clients, policyId: number) {
  try {
    return await reader.readContract({ ...registry, functionName: "policyOf", args: [policyId] });
  } catch (error) {
    if (error instanceof BaseError && error.walk((inner) => inner instanceof ContractFunctionRevertedError))
      return undefined;
    throw error;
  }
}
