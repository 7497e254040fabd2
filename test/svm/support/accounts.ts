import { concatBytes, type NodeSet, quorumThreshold } from "@chronoledger/core";
import { clockAddress, compressKey, configAddress, nodeSetAddress } from "@chronoledger/solana";
import { PublicKey } from "@solana/web3.js";
import { program, type Vm } from "./vm.ts";

const NODE_SET_BYTES = 1128;
const CLOCK_BYTES = 8 + 8 * 5 + 64 + 8 + 2 + 1 + 1 + 1;
const CONFIG_BYTES = 8 + 4 * 32 + 4 + 4 + 8 + 1;

const discriminator = (name: string): number[] =>
  program.idl.accounts.find((each) => each.name === name)?.discriminator as unknown as number[];

const owned = (vm: Vm, address: PublicKey, data: Uint8Array): void =>
  vm.setAccount(address, { owner: program.programId.toBase58(), data });

/** Puts a set in use as the program would, whatever its epoch: what the vectors say does not come in the order of epochs. */
export function placeNodeSet(vm: Vm, set: NodeSet): void {
  const data = Buffer.alloc(NODE_SET_BYTES);
  Buffer.from(discriminator("nodeSet")).copy(data);
  const n = set.keys.length;
  for (const [i, value] of [set.validFrom, set.validUntil, set.policy.maxUncertainty, set.policy.maxLead].entries())
    data.writeBigUInt64LE(value, 8 + 8 * i);
  const members = Number((0xffff_ffffn << BigInt(32 - n)) & 0xffff_ffffn);
  for (const [i, value] of [set.networkId, set.epoch, set.policy.policyId, 0, members].entries())
    data.writeUInt32LE(value, 40 + 4 * i);
  data.set([n, set.f, quorumThreshold(n, set.f), 0, set.policy.allowTest ? 1 : 0, 1, 0], 60);
  data.set(concatBytes(...set.keys.map(compressKey)), 72);
  owned(vm, nodeSetAddress(program.programId, set.epoch), data);
}

/** A clock that has seen nothing. */
export function placeClock(vm: Vm): void {
  const data = Buffer.alloc(CLOCK_BYTES);
  Buffer.from(discriminator("attestedClock")).copy(data);
  data[CLOCK_BYTES - 1] = bumpOf("clock");
  owned(vm, clockAddress(program.programId), data);
}

export function placeConfig(vm: Vm, genesisHash: Uint8Array): void {
  const data = Buffer.alloc(CONFIG_BYTES);
  Buffer.from(discriminator("config")).copy(data);
  data.set(genesisHash, 8 + 96);
  data[CONFIG_BYTES - 1] = bumpOf("config");
  owned(vm, configAddress(program.programId), data);
}

const bumpOf = (seed: string): number => PublicKey.findProgramAddressSync([Buffer.from(seed)], program.programId)[1];
