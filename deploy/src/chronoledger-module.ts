import {
  CREATE2_PROXY,
  chronoOracleBytecode,
  chronoRegistryBytecode,
  ORACLE_ADDRESS,
  REGISTRY_ADDRESS,
} from "@chronoledger/bindings";
import { buildModule } from "@nomicfoundation/ignition-core";
import { concatHex, encodeAbiParameters, zeroHash } from "viem";

/** To the proxy: salt 0, then the creation code. */
const registryCode = concatHex([zeroHash, chronoRegistryBytecode]);
const oracleCode = concatHex([
  zeroHash,
  chronoOracleBytecode,
  encodeAbiParameters([{ type: "address" }], [REGISTRY_ADDRESS]),
]);

/**
 * Registry and oracle at their one address on every chain.
 * @param missing anyone may have placed either before; the proxy refuses a second time.
 */
export const timeModule = (missing: { readonly registry: boolean; readonly oracle: boolean }) =>
  buildModule("ChronoTime", (m) => {
    const registryPlaced = missing.registry ? [m.send("RegistryByProxy", CREATE2_PROXY, 0n, registryCode)] : [];
    const oraclePlaced = missing.oracle ? [m.send("OracleByProxy", CREATE2_PROXY, 0n, oracleCode)] : [];
    const registry = m.contractAt("ChronoRegistry", REGISTRY_ADDRESS, { after: registryPlaced });
    const oracle = m.contractAt("ChronoOracle", ORACLE_ADDRESS, { after: oraclePlaced });
    return { registry, oracle };
  });

/** What may stand at any address: the scheduler, and the authority over the registry, administered by the deployer. */
export const scheduleModule = buildModule("ChronoSchedule", (m) => {
  const scheduler = m.contract("ChronoScheduler", [ORACLE_ADDRESS]);
  const authority = m.contract("AccessManager", [m.getAccount(0)]);
  return { scheduler, authority };
});
