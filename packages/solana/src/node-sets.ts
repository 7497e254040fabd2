import { type NodeSet, registrationStatement } from "@chronoledger/core";
import { type PublicKey, SYSVAR_INSTRUCTIONS_PUBKEY, type TransactionInstruction } from "@solana/web3.js";
import BN from "bn.js";
import { nodeSetAddress } from "./addresses.ts";
import type { ChronoProgram } from "./program.ts";
import { secp256r1Instruction } from "./secp256r1.ts";

const bn = (value: bigint): BN => new BN(value.toString());

/**
 * Transactions, as lists of instructions, by which the governance puts a node set in use; to be sent in this order.
 * @param registrations signatures of the kind-5 statements, in index order
 */
export async function installNodeSetTransactions(
  program: ChronoProgram,
  set: NodeSet,
  registrations: readonly Uint8Array[],
  governance: PublicKey,
): Promise<TransactionInstruction[][]> {
  const nodeSet = nodeSetAddress(program.programId, set.epoch);
  const open = await program.methods
    .openNodeSetV0(set.epoch, {
      policyId: set.policy.policyId,
      n: set.keys.length,
      f: set.f,
      allowTest: set.policy.allowTest,
      validFrom: bn(set.validFrom),
      validUntil: bn(set.validUntil),
      maxUncertaintyNs: bn(set.policy.maxUncertainty),
      maxLeadNs: bn(set.policy.maxLead),
    })
    .accountsPartial({ governance })
    .instruction();
  const nodes = await Promise.all(
    set.keys.map((_, index) =>
      addNodeInstructions(program, set, index, registrations[index] as Uint8Array, governance),
    ),
  );
  const activate = await program.methods.activateNodeSetV0().accountsPartial({ governance, nodeSet }).instruction();
  return [[open], ...nodes, [activate]];
}

/** Adds one node, with the proof that it holds its key. */
export async function addNodeInstructions(
  program: ChronoProgram,
  set: NodeSet,
  index: number,
  registration: Uint8Array,
  governance: PublicKey,
): Promise<TransactionInstruction[]> {
  const { networkId, epoch } = set;
  const [key, evidence] = [set.keys[index] as Uint8Array, set.evidence[index] as Uint8Array];
  const statement = registrationStatement({ networkId, epoch, key, evidence });
  const add = await program.methods
    .addNodeV0(index, [...key], [...evidence])
    .accountsPartial({
      governance,
      nodeSet: nodeSetAddress(program.programId, epoch),
      instructions: SYSVAR_INSTRUCTIONS_PUBKEY,
    })
    .instruction();
  return [secp256r1Instruction(statement, [{ key, signature: registration }]), add];
}
