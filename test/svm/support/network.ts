import { type NodeSet, NS_PER_S, type TaiNs, toTai, unixNs } from "@chronoledger/core";
import { clockAddress, installNodeSetTransactions, nodeSetAddress, submitInstructions } from "@chronoledger/solana";
import { AddressLookupTableAccount, Keypair, PublicKey, SYSVAR_INSTRUCTIONS_PUBKEY } from "@solana/web3.js";
import { certificateBytes } from "../../support/certificate-bytes.ts";
import { newQuorum, type Quorum } from "../../support/quorum.ts";
import { program, Vm } from "./vm.ts";

export const START = 1_800_000_000;
export const TAI_MINUS_UTC = 37;
export const GENESIS_HASH = new Uint8Array(32).fill(9);

/** TAI nanoseconds of a UTC time in seconds. */
export const tai = (unixTimestamp: number, ns = 0n): TaiNs =>
  toTai(unixNs(BigInt(unixTimestamp) * NS_PER_S + ns), TAI_MINUS_UTC);

/** The program in use, with a set of n software nodes; the payer governs. */
export class SvmNetwork {
  readonly vm: Vm;
  readonly quorum: Quorum;
  readonly governance: Keypair;
  readonly guardian = Keypair.fromSeed(new Uint8Array(32).fill(8));
  #sequence = 0n;

  private constructor(vm: Vm, quorum: Quorum) {
    this.vm = vm;
    this.quorum = quorum;
    this.governance = vm.payer;
  }

  static async create(
    n = 4,
    options: Partial<NodeSet> & { privateKeys?: readonly string[] } = {},
  ): Promise<SvmNetwork> {
    const network = new SvmNetwork(new Vm(START), newQuorum({ n, ...options }));
    await network.initialize();
    await network.install(network.quorum);
    return network;
  }

  async initialize(): Promise<void> {
    const { vm } = this;
    const { networkId } = this.quorum.set;
    const args = {
      governance: this.governance.publicKey,
      guardian: this.guardian.publicKey,
      networkId,
      genesisHash: [...GENESIS_HASH],
    };
    vm.ok([
      await program.methods
        .initializeV0(args)
        .accountsPartial({
          authority: vm.payer.publicKey,
          program: program.programId,
          programData: programDataAddress(),
        })
        .instruction(),
    ]);
  }

  async install(quorum: Quorum): Promise<void> {
    const transactions = await installNodeSetTransactions(
      program,
      quorum.set,
      quorum.proofs,
      this.governance.publicKey,
    );
    for (const instructions of transactions) this.vm.ok(instructions);
  }

  get nodeSet(): PublicKey {
    return nodeSetAddress(program.programId, this.quorum.set.epoch);
  }

  /** The next certificate, of this instant (TAI). */
  certificate(
    time: TaiNs,
    fields: Parameters<Quorum["certify"]>[0] | object = {},
    nodes?: readonly number[],
  ): Uint8Array {
    this.#sequence++;
    return certificateBytes(this.quorum.certify({ time, sequence: this.#sequence, ...fields }, nodes));
  }

  /** Advances the clock to this instant (TAI). */
  async advance(time: TaiNs, ...tables: readonly AddressLookupTableAccount[]) {
    const instructions = await submitInstructions(program, this.certificate(time), this.quorum.set);
    return this.vm.ok(instructions, [this.vm.payer], tables);
  }

  /** With what a submission names: seven signatures fit in a transaction only so. */
  lookupTable(): AddressLookupTableAccount {
    const addresses = [clockAddress(program.programId), this.nodeSet, SYSVAR_INSTRUCTIONS_PUBKEY];
    const key = Keypair.fromSeed(new Uint8Array(32).fill(17)).publicKey;
    const head = Buffer.alloc(56);
    head.writeUInt32LE(1, 0);
    head.writeBigUInt64LE(0xffff_ffff_ffff_ffffn, 4);
    const data = Buffer.concat([head, ...addresses.map((each) => each.toBuffer())]);
    this.vm.setAccount(key, { owner: "AddressLookupTab1e1111111111111111111111111", data });
    return new AddressLookupTableAccount({ key, state: AddressLookupTableAccount.deserialize(data) });
  }
}

export function programDataAddress(): PublicKey {
  return PublicKey.findProgramAddressSync(
    [program.programId.toBytes()],
    new PublicKey("BPFLoaderUpgradeab1e11111111111111111111111"),
  )[0];
}
