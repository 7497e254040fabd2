import * as bindings from "@chronoledger/bindings";
import { ChronoError } from "@chronoledger/core";
import type { Artifact, ArtifactResolver } from "@nomicfoundation/ignition-core";

const CONTRACTS = {
  AccessManager: { abi: bindings.accessManagerAbi, bytecode: bindings.accessManagerBytecode },
  ChronoRegistry: { abi: bindings.chronoRegistryAbi, bytecode: bindings.chronoRegistryBytecode },
  ChronoOracle: { abi: bindings.chronoOracleAbi, bytecode: bindings.chronoOracleBytecode },
  ChronoScheduler: { abi: bindings.chronoSchedulerAbi, bytecode: bindings.chronoSchedulerBytecode },
} as const;

const isKnown = (name: string): name is keyof typeof CONTRACTS => Object.hasOwn(CONTRACTS, name);

/** Ignition's artifacts out of the bindings, so that a deployment needs no compiler. */
export const bindingArtifacts: ArtifactResolver = {
  async loadArtifact(contractName): Promise<Artifact> {
    if (!isKnown(contractName)) throw new ChronoError("config/invalid", { contract: contractName });
    return {
      _format: "hh3-artifact-1",
      contractName,
      sourceName: `contracts/${contractName}.sol`,
      abi: CONTRACTS[contractName].abi,
      bytecode: CONTRACTS[contractName].bytecode,
      // Ignition deploys by the creation code alone.
      deployedBytecode: "0x",
      linkReferences: {},
      deployedLinkReferences: {},
    };
  },
  getBuildInfo: async () => undefined,
};
