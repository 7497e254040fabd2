import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AnchorError, BN, EventParser, type Idl, Program } from "@anchor-lang/core";
import { chronoProgram } from "@chronoledger/solana";
import { getTransactionDecoder } from "@solana/kit";
import {
  type AddressLookupTableAccount,
  type Connection,
  Keypair,
  PublicKey,
  type Signer,
  type TransactionInstruction,
  TransactionMessage,
  VersionedTransaction,
} from "@solana/web3.js";
import { FailedTransactionMetadata, LiteSVM } from "litesvm";

/** CHRONO_PROGRAMS: another folder, of programs changed on purpose (tools/program/guards.ts). */
const BUILT = process.env.CHRONO_PROGRAMS ?? join(import.meta.dirname, "..", "..", "..", "programs", "built");
const LOADER = "BPFLoaderUpgradeab1e11111111111111111111111";
const SYSTEM_PROGRAM = "11111111111111111111111111111111";
const SOL = 1_000_000_000n;

export type Sent = {
  readonly error: string | undefined;
  readonly logs: readonly string[];
  readonly units: number;
  readonly returnData: Buffer;
};

const idlOf = (name: string): Idl => JSON.parse(readFileSync(join(BUILT, `${name}.json`), "utf8")) as Idl;
const offline = { connection: undefined as unknown as Connection };
export const program = chronoProgram();
export const mockRelay: Program = new Program(idlOf("mock_relay"), offline);
export const mockTarget: Program = new Program(idlOf("mock_target"), offline);
export const ticketSale: Program = new Program(idlOf("ticket_sale"), offline);
export const bn = (value: bigint | number): BN => new BN(value.toString());

/** A chain in this process that runs the built programs, precompiles enforced, at a time set by hand. */
export class Vm {
  readonly svm = new LiteSVM();
  /** Fixed, so that bumps and with them compute units repeat. */
  readonly payer = Keypair.fromSeed(new Uint8Array(32).fill(7));

  constructor(unixTimestamp: number) {
    this.airdrop(this.payer.publicKey, 1_000_000n * SOL);
    for (const [name, { programId }] of Object.entries({
      mock_relay: mockRelay,
      mock_target: mockTarget,
      ticket_sale: ticketSale,
    }))
      this.svm.addProgram(programId.toBase58() as never, readFileSync(join(BUILT, `${name}.so`)));
    this.#addUpgradeable(program.programId, readFileSync(join(BUILT, "chronoledger.so")));
    this.setTime(unixTimestamp);
  }

  airdrop(key: PublicKey, lamports: bigint): void {
    this.setAccount(key, { owner: SYSTEM_PROGRAM, data: new Uint8Array(), lamports });
  }

  balance(key: PublicKey): bigint {
    return this.svm.getBalance(key.toBase58() as never) ?? 0n;
  }

  exists(key: PublicKey): boolean {
    return this.svm.getAccount(key.toBase58() as never).exists;
  }

  /** @throws when there is no such account */
  data(key: PublicKey): Buffer {
    const account = this.svm.getAccount(key.toBase58() as never);
    if (!account.exists) throw new Error(`no account at ${key.toBase58()}`);
    return Buffer.from(account.data);
  }

  setAccount(
    key: PublicKey,
    account: { owner: string; data: Uint8Array; lamports?: bigint; executable?: boolean },
  ): void {
    const { owner, data, lamports = 10n * SOL, executable = false } = account;
    this.svm.setAccount({
      address: key.toBase58(),
      programAddress: owner,
      data,
      executable,
      lamports,
      space: BigInt(data.length),
    } as never);
  }

  get time(): number {
    return Number(this.svm.getClock().unixTimestamp);
  }

  setTime(unixTimestamp: number): void {
    const clock = this.svm.getClock();
    clock.unixTimestamp = BigInt(unixTimestamp);
    clock.slot += 1n;
    this.svm.setClock(clock);
  }

  /** One transaction, the first signer (or the payer) paying the fee. */
  send(
    instructions: readonly TransactionInstruction[],
    signers: readonly Signer[] = [this.payer],
    tables: readonly AddressLookupTableAccount[] = [],
  ): Sent {
    this.svm.expireBlockhash();
    const message = new TransactionMessage({
      payerKey: (signers[0] as Signer).publicKey,
      recentBlockhash: this.svm.latestBlockhash(),
      instructions: [...instructions],
    });
    const transaction = new VersionedTransaction(
      tables.length === 0 ? message.compileToLegacyMessage() : message.compileToV0Message([...tables]),
    );
    transaction.sign([...signers]);
    const result = this.svm.sendTransaction(getTransactionDecoder().decode(transaction.serialize()) as never);
    const failed = result instanceof FailedTransactionMetadata;
    const meta = failed ? result.meta() : result;
    const logs = meta.logs();
    return {
      error: failed ? errorName(logs, result.toString()) : undefined,
      logs,
      units: Number(meta.computeUnitsConsumed()),
      returnData: Buffer.from(meta.returnData().data()),
    };
  }

  /** As `send`. @throws when it fails */
  ok(...[instructions, signers, tables]: Parameters<Vm["send"]>): Sent {
    const sent = this.send(instructions, signers, tables);
    if (sent.error !== undefined) throw new Error(`${sent.error}\n${sent.logs.join("\n")}`);
    return sent;
  }

  #addUpgradeable(programId: PublicKey, elf: Uint8Array): void {
    this.svm.addProgram(programId.toBase58() as never, elf);
    const [dataAddress] = PublicKey.findProgramAddressSync([programId.toBytes()], new PublicKey(LOADER));
    const head = Buffer.alloc(45);
    head.writeUInt32LE(3, 0);
    head[12] = 1;
    this.payer.publicKey.toBuffer().copy(head, 13);
    this.setAccount(dataAddress, { owner: LOADER, data: Buffer.concat([head, elf]) });
    const pointer = Buffer.alloc(36);
    pointer.writeUInt32LE(2, 0);
    dataAddress.toBuffer().copy(pointer, 4);
    this.setAccount(programId, { owner: LOADER, data: pointer, executable: true });
  }
}

/** The name of an Anchor error; else what the runtime says. */
function errorName(logs: readonly string[], text: string): string {
  const parsed = AnchorError.parse([...logs]);
  if (parsed !== null) return parsed.error.errorCode.code;
  return /InstructionError\((\d+, .*?)\), meta/.exec(text)?.[1] ?? text.slice(0, 200);
}

/** The program's events in a log, names as in the IDL in camel case. */
export function eventsOf(
  sent: Sent,
): readonly { readonly name: string; readonly data: Readonly<Record<string, unknown>> }[] {
  return [...new EventParser(program.programId, program.coder).parseLogs([...sent.logs])];
}

/** The first event of this name. @throws when there is none */
export function eventOf(sent: Sent, name: string): Readonly<Record<string, unknown>> {
  const event = eventsOf(sent).find((each) => each.name === name);
  if (event === undefined) throw new Error(`no ${name}: ${sent.error ?? ""} ${sent.logs.join("\n")}`);
  return event.data;
}
