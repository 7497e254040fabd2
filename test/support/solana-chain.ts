import { join } from "node:path";
import { type NodeSet, NS_PER_S, type TaiNs, toTai, type UnixNs, unixNs } from "@chronoledger/core";
import { type LocalSolana, type LocalSolanaOptions, startLocalSolana } from "@chronoledger/local-solana";
import {
  CHRONOLEDGER_PROGRAM,
  type ChronoProgram,
  chronoProgram,
  clockAddress,
  installNodeSetTransactions,
  submitInstructions,
} from "@chronoledger/solana";
import {
  type AddressLookupTableAccount,
  AddressLookupTableProgram,
  Connection,
  Keypair,
  PublicKey,
  type Signer,
  type TransactionInstruction,
  TransactionMessage,
  VersionedTransaction,
} from "@solana/web3.js";
import { certificateBytes } from "./certificate-bytes.ts";
import { newQuorum, type Quorum } from "./quorum.ts";

const BUILT = join(import.meta.dirname, "..", "..", "programs", "built");
const LOADER = new PublicKey("BPFLoaderUpgradeab1e11111111111111111111111");
const GENESIS_HASH = new Uint8Array(32).fill(9);
const TAI_MINUS_UTC = 37;
const SOL = 1_000_000_000n;
/** That fit in a transaction. */
const ADDRESSES_AT_ONCE = 20;
const elfOf = (name: string): string => join(BUILT, `${name}.so`);

export type SolanaChainOptions = Omit<LocalSolanaOptions, "programs"> & {
  /** Nodes of the set; default 4. */
  readonly n?: number;
  readonly set?: Partial<NodeSet>;
  /** In place of fresh software nodes. Without `certify` certificates have to come from elsewhere. */
  readonly quorum?: Pick<Quorum, "set" | "proofs"> & Partial<Pick<Quorum, "certify">>;
  /** Others beside ours, by the name of their files. */
  readonly programs?: readonly { readonly address: string; readonly name: string }[];
};

/** A local Solana with the real program in use and a set of n software nodes; slots come by `local.advance` unless `slotMs` is given. */
export class SolanaChain {
  readonly local: LocalSolana;
  readonly connection: Connection;
  readonly program: ChronoProgram;
  readonly governance: Keypair;
  readonly set: NodeSet;
  readonly #quorum: Required<SolanaChainOptions>["quorum"];
  #sequence = 0n;

  constructor(local: LocalSolana, governance: Keypair, quorum: Required<SolanaChainOptions>["quorum"]) {
    this.local = local;
    this.governance = governance;
    this.connection = new Connection(local.url, { commitment: "processed", wsEndpoint: local.webSocketUrl });
    this.program = chronoProgram(this.connection, CHRONOLEDGER_PROGRAM);
    this.set = quorum.set;
    this.#quorum = quorum;
  }

  get url(): string {
    return this.local.url;
  }

  /** The chain's clock: the newest block's time. */
  get now(): UnixNs {
    return unixNs(this.local.unixTime * NS_PER_S);
  }

  /** A new account with money. */
  account(lamports = 100n * SOL): Keypair {
    const keypair = Keypair.generate();
    this.local.fund(keypair.publicKey.toBase58(), lamports);
    return keypair;
  }

  lamports(key: PublicKey): bigint {
    return this.local.account(key.toBase58())?.lamports ?? 0n;
  }

  /** The next certificate, of this instant; by the first k nodes unless told. */
  certificate(utc: UnixNs, fields: object = {}, nodes?: readonly number[]): Uint8Array {
    if (this.#quorum.certify === undefined) throw new Error("this chain's nodes are elsewhere");
    const time = toTai(utc, TAI_MINUS_UTC);
    this.#sequence++;
    return certificateBytes(this.#quorum.certify({ time, sequence: this.#sequence, ...fields }, nodes));
  }

  /** Advances the attested clock to this instant by a certificate of at most 7 signers. */
  async attest(utc: UnixNs): Promise<void> {
    await this.run(await submitInstructions(this.program, this.certificate(utc), this.set));
  }

  /** The attested clock at `processed`; zeros before the first certificate. */
  stored(): { sequence: bigint; time: TaiNs } {
    const { data } = this.local.account(clockAddress(this.program.programId).toBase58()) ?? {};
    if (data === undefined) throw new Error("the program is not initialised");
    const { sequence, timeTaiNs } = this.program.coder.accounts.decode("attestedClock", Buffer.from(data));
    return { sequence: BigInt(sequence.toString()), time: BigInt(timeTaiNs.toString()) as TaiNs };
  }

  /** One transaction in a block of its own; the first signer (or the governance) pays. @returns its signature. @throws when it fails */
  async run(
    instructions: readonly TransactionInstruction[],
    signers: readonly Signer[] = [this.governance],
    tables: readonly AddressLookupTableAccount[] = [],
  ): Promise<string> {
    const { connection, local } = this;
    const { blockhash } = await connection.getLatestBlockhash();
    const [payer] = signers as readonly [Signer];
    const parts = { payerKey: payer.publicKey, recentBlockhash: blockhash, instructions: [...instructions] };
    const message = new TransactionMessage(parts);
    const transaction = new VersionedTransaction(
      tables.length === 0 ? message.compileToLegacyMessage() : message.compileToV0Message([...tables]),
    );
    transaction.sign([...signers]);
    const signature = await connection.sendRawTransaction(transaction.serialize());
    local.advance(1);
    const { value } = await connection.getSignatureStatus(signature);
    if (value === null || value.err !== null)
      throw new Error(`${signature}: ${JSON.stringify(value?.err ?? "dropped")}`);
    return signature;
  }

  /** A lookup table that holds these. */
  async lookupTable(addresses: readonly PublicKey[]): Promise<AddressLookupTableAccount> {
    const authority = this.governance.publicKey;
    const owned = { authority, payer: authority };
    const [create, lookupTable] = AddressLookupTableProgram.createLookupTable({
      ...owned,
      recentSlot: this.local.slot - 1,
    });
    await this.run([create]);
    for (let i = 0; i < addresses.length; i += ADDRESSES_AT_ONCE) {
      const some = addresses.slice(i, i + ADDRESSES_AT_ONCE);
      await this.run([AddressLookupTableProgram.extendLookupTable({ ...owned, lookupTable, addresses: some })]);
    }
    // What was added in a slot counts from the next one on.
    this.local.advance(1);
    const { value } = await this.connection.getAddressLookupTable(lookupTable);
    if (value === null) throw new Error("no lookup table");
    return value;
  }

  stop(): Promise<void> {
    return this.local.stop();
  }
}

/** Everything is in a final block when this returns, so that no fork takes it away. */
export async function startSolanaChain(options: SolanaChainOptions = {}): Promise<SolanaChain> {
  const { n = 4, set, quorum = newQuorum({ n, ...set }), programs = [], ...rest } = options;
  const governance = Keypair.generate();
  const upgradeAuthority = governance.publicKey.toBase58();
  const local = await startLocalSolana({
    ...rest,
    programs: [
      { address: CHRONOLEDGER_PROGRAM.toBase58(), elf: elfOf("chronoledger"), upgradeAuthority },
      ...programs.map(({ address, name }) => ({ address, elf: elfOf(name) })),
    ],
  });
  try {
    const chain = new SolanaChain(local, governance, quorum);
    local.fund(upgradeAuthority, 1_000n * SOL);
    local.advance(1);
    const { program } = chain;
    const [programData] = PublicKey.findProgramAddressSync([program.programId.toBytes()], LOADER);
    const initialize = await program.methods
      .initializeV0({
        governance: governance.publicKey,
        guardian: governance.publicKey,
        networkId: quorum.set.networkId,
        genesisHash: [...GENESIS_HASH],
      })
      .accountsPartial({ authority: governance.publicKey, program: program.programId, programData })
      .instruction();
    const install = await installNodeSetTransactions(program, quorum.set, quorum.proofs, governance.publicKey);
    for (const instructions of [[initialize], ...install]) await chain.run(instructions);
    local.advance((rest.finalizeAfter ?? 32) + 1);
    return chain;
  } catch (error) {
    await local.stop();
    throw error;
  }
}
