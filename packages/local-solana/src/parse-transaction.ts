import { ChronoError } from "@chronoledger/core";
import { toBase58 } from "./base58.ts";
import { ByteReader } from "./byte-reader.ts";

/** What fits into one packet of the network. */
export const MAX_TRANSACTION_BYTES = 1_232;
const MAX_KEYS = 256;

export type MessageHeader = {
  readonly numRequiredSignatures: number;
  readonly numReadonlySignedAccounts: number;
  readonly numReadonlyUnsignedAccounts: number;
};
export type Instruction = {
  readonly programIdIndex: number;
  readonly accounts: readonly number[];
  readonly data: Uint8Array;
};
export type TableLookup = {
  readonly accountKey: string;
  readonly writableIndexes: readonly number[];
  readonly readonlyIndexes: readonly number[];
};
export type Message = {
  readonly version: "legacy" | 0;
  readonly header: MessageHeader;
  /** Without those of lookup tables; the first pays. */
  readonly staticKeys: readonly string[];
  readonly blockhash: string;
  readonly instructions: readonly Instruction[];
  readonly lookups: readonly TableLookup[];
};
export type ParsedTransaction = {
  readonly raw: Uint8Array;
  /** The first signature, which names the transaction. */
  readonly signature: string;
  readonly signatures: readonly string[];
  readonly message: Message;
};

const malformed = (reason: string) => new ChronoError("input/malformed", { reason });

/**
 * Parses the wire format and checks what must hold of indices and counts. LiteSVM ends the whole process on bytes that it cannot
 * decode, so nothing reaches it unparsed.
 * @throws input/malformed, input/too-large
 */
export function parseTransaction(raw: Uint8Array): ParsedTransaction {
  if (raw.length > MAX_TRANSACTION_BYTES)
    throw new ChronoError("input/too-large", { limitBytes: MAX_TRANSACTION_BYTES });
  const reader = new ByteReader(raw);
  const signatures = reader.list(() => toBase58(reader.bytes(64)));
  const message = readMessage(reader);
  reader.end();
  const [signature] = signatures;
  if (signature === undefined || signatures.length !== message.header.numRequiredSignatures)
    throw malformed("the number of signatures is not the one the message states");
  return { raw, signature, signatures, message };
}

/** @throws input/malformed, input/too-large */
export function parseMessage(raw: Uint8Array): Message {
  if (raw.length > MAX_TRANSACTION_BYTES)
    throw new ChronoError("input/too-large", { limitBytes: MAX_TRANSACTION_BYTES });
  const reader = new ByteReader(raw);
  const message = readMessage(reader);
  reader.end();
  return message;
}

function readMessage(reader: ByteReader): Message {
  const version = readVersion(reader);
  const header = {
    numRequiredSignatures: reader.byte(),
    numReadonlySignedAccounts: reader.byte(),
    numReadonlyUnsignedAccounts: reader.byte(),
  };
  const staticKeys = reader.list(() => toBase58(reader.bytes(32)));
  const blockhash = toBase58(reader.bytes(32));
  const instructions = reader.list(() => ({
    programIdIndex: reader.byte(),
    accounts: reader.list(() => reader.byte()),
    data: reader.bytes(reader.compactU16()),
  }));
  const lookups =
    version === "legacy"
      ? []
      : reader.list(() => ({
          accountKey: toBase58(reader.bytes(32)),
          writableIndexes: reader.list(() => reader.byte()),
          readonlyIndexes: reader.list(() => reader.byte()),
        }));
  const message = { version, header, staticKeys, blockhash, instructions, lookups };
  checkMessage(message);
  return message;
}

function readVersion(reader: ByteReader): "legacy" | 0 {
  const first = reader.peek() ?? 0;
  if (first < 0x80) return "legacy";
  reader.byte();
  if (first !== 0x80) throw malformed(`transaction version ${first & 0x7f} is not supported, legacy and 0 are`);
  return 0;
}

function checkMessage({ header, staticKeys, instructions, lookups }: Message): void {
  const looked = lookups.map((lookup) => lookup.writableIndexes.length + lookup.readonlyIndexes.length);
  const total = looked.reduce((sum, count) => sum + count, staticKeys.length);
  if (header.numReadonlySignedAccounts >= header.numRequiredSignatures) throw malformed("nobody can pay the fee");
  if (header.numRequiredSignatures + header.numReadonlyUnsignedAccounts > staticKeys.length)
    throw malformed("the header states more keys than there are");
  if (total > MAX_KEYS) throw malformed(`more than ${MAX_KEYS} accounts`);
  if (looked.includes(0)) throw malformed("a lookup takes nothing from its table");
  if (new Set(staticKeys).size !== staticKeys.length) throw malformed("an account is named twice");
  for (const { programIdIndex, accounts } of instructions) {
    if (programIdIndex === 0 || programIdIndex >= staticKeys.length)
      throw malformed("an instruction's program is not among the keys");
    if (accounts.some((index) => index >= total)) throw malformed("an instruction's account is not among the keys");
  }
}

/** Keys loaded from lookup tables. */
export type LoadedKeys = { readonly writable: readonly string[]; readonly readonly: readonly string[] };
export const NO_LOADED_KEYS: LoadedKeys = { writable: [], readonly: [] };

/** All keys in the order that indices count them. */
export const allKeys = (message: Message, loaded: LoadedKeys): string[] => [
  ...message.staticKeys,
  ...loaded.writable,
  ...loaded.readonly,
];

export function isWritable({ header, staticKeys }: Message, loaded: LoadedKeys, index: number): boolean {
  if (index >= staticKeys.length) return index < staticKeys.length + loaded.writable.length;
  if (index < header.numRequiredSignatures)
    return index < header.numRequiredSignatures - header.numReadonlySignedAccounts;
  return index < staticKeys.length - header.numReadonlyUnsignedAccounts;
}

export const writableKeys = (message: Message, loaded: LoadedKeys): string[] =>
  allKeys(message, loaded).filter((_, index) => isWritable(message, loaded, index));
