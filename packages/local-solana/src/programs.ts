import { readFileSync } from "node:fs";
import { ChronoError } from "@chronoledger/core";
import { PublicKey } from "@solana/web3.js";
import { UPGRADEABLE_LOADER } from "./account.ts";
import type { Vm } from "./vm.ts";

/** State 3 (ProgramData), slot, and an optional authority, before the code. */
const DATA_HEADER_BYTES = 45;
const DATA_STATE = 3;

/** A program that is there from the first slot on, as if deployed with the upgradeable loader. */
export type LocalProgram = {
  readonly address: string;
  /** The compiled program, or the path of its file. */
  readonly elf: Uint8Array | string;
  /** Who may upgrade it; nobody when left out. */
  readonly upgradeAuthority?: string | undefined;
};

export const programDataAddress = (program: string): string =>
  PublicKey.findProgramAddressSync([new PublicKey(program).toBytes()], new PublicKey(UPGRADEABLE_LOADER))[0].toBase58();

/** @returns the addresses of the program's two accounts. @throws config/invalid */
export function addProgram(vm: Vm, program: LocalProgram, slot: number): string[] {
  const elf = typeof program.elf === "string" ? readElf(program.address, program.elf) : program.elf;
  const dataAddress = programDataAddress(program.address);
  const data = new Uint8Array(DATA_HEADER_BYTES + elf.length);
  const view = new DataView(data.buffer);
  view.setUint32(0, DATA_STATE, true);
  view.setBigUint64(4, BigInt(slot), true);
  if (program.upgradeAuthority !== undefined) {
    data[12] = 1;
    data.set(new PublicKey(program.upgradeAuthority).toBytes(), 13);
  }
  data.set(elf, DATA_HEADER_BYTES);
  try {
    vm.addProgram(program.address, elf);
  } catch (cause) {
    throw new ChronoError(
      "config/invalid",
      { program: program.address },
      { cause, remedy: "the program does not load" },
    );
  }
  vm.setAccount(dataAddress, {
    lamports: vm.rentExemption(data.length),
    data,
    owner: UPGRADEABLE_LOADER,
    executable: false,
  });
  return [program.address, dataAddress];
}

function readElf(program: string, file: string): Uint8Array {
  try {
    return Uint8Array.from(readFileSync(file));
  } catch (cause) {
    throw new ChronoError("config/invalid", { program, file }, { cause, remedy: "the program's file cannot be read" });
  }
}
