import * as z from "zod";
import type { Account } from "./account.ts";
import type { BlockHeader } from "./chain.ts";
import type { TransactionRecord } from "./history.ts";
import { parseTransaction } from "./parse-transaction.ts";
import type { TransactionError } from "./transaction-error.ts";

/** The first line of a state file: everything up to its newest block. */
export type Snapshot = {
  readonly genesisHash: string;
  /** Oldest first. */
  readonly blocks: readonly BlockHeader[];
  readonly accounts: readonly AccountChange[];
  readonly records: readonly TransactionRecord[];
};
/** A line of its own for each block after it. */
export type BlockEntry = {
  readonly block: BlockHeader;
  readonly accounts: readonly AccountChange[];
  readonly records: readonly TransactionRecord[];
};
export type AccountChange = readonly [address: string, account: Account | undefined];

const FORMAT = "chronoledger-local-solana/1";

const Whole = z.int().min(0);
const Big = z
  .string()
  .regex(/^-?\d+$/)
  .transform(BigInt);
const Bytes = z.base64().transform((text) => Uint8Array.from(Buffer.from(text, "base64")));
const Header = z.object({ slot: Whole, parent: Whole, height: Whole, hash: z.string(), unixSeconds: Big });
const StoredAccount = z.object({ lamports: Big, data: Bytes, owner: z.string(), executable: z.boolean() });
const Change = z.tuple([z.string(), StoredAccount.nullable().transform((account) => account ?? undefined)]);
const Keys = z.object({ writable: z.array(z.string()), readonly: z.array(z.string()) });
const Inner = z.object({ programIdIndex: Whole, accounts: z.array(Whole), data: Bytes, stackHeight: Whole });
const Record = z.object({
  transaction: Bytes.transform(parseTransaction),
  error: z.custom<TransactionError | null>((value) => value !== undefined),
  logs: z.array(z.string()),
  computeUnits: Whole,
  inner: z.array(z.array(Inner)),
  returnData: z.object({ programId: z.string(), data: Bytes }).nullable(),
  loaded: Keys,
  slot: Whole,
  height: Whole,
  unixSeconds: Big,
  fee: Big,
  preBalances: z.array(Big),
  postBalances: z.array(Big),
});
const SnapshotLine = z.object({
  format: z.literal(FORMAT),
  genesisHash: z.string(),
  blocks: z.array(Header).min(1),
  accounts: z.array(Change),
  records: z.array(Record),
});
const BlockLine = z.object({ block: Header, accounts: z.array(Change), records: z.array(Record) });

/** @throws when it is not one. */
export const parseSnapshot = (line: string): Snapshot => SnapshotLine.parse(JSON.parse(line));
export const parseBlockEntry = (line: string): BlockEntry => BlockLine.parse(JSON.parse(line));

export const writeSnapshot = (snapshot: Snapshot): string =>
  line({
    format: FORMAT,
    genesisHash: snapshot.genesisHash,
    blocks: snapshot.blocks.map(header),
    accounts: snapshot.accounts.map(change),
    records: snapshot.records.map(record),
  });

export const writeBlockEntry = (entry: BlockEntry): string =>
  line({ block: header(entry.block), accounts: entry.accounts.map(change), records: entry.records.map(record) });

/** Bigints as decimal strings, bytes as base64. */
const line = (value: object): string => `${JSON.stringify(value, plain)}\n`;

/** Looks at the value itself: what it is given of a Buffer has been through that class's own toJSON. */
function plain(this: Readonly<Record<string, unknown>>, key: string, item: unknown): unknown {
  const value = this[key];
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  return typeof value === "bigint" ? String(value) : item;
}

const header = ({ slot, parent, height, hash, unixSeconds }: BlockHeader) => ({
  slot,
  parent,
  height,
  hash,
  unixSeconds,
});
const change = ([address, account]: AccountChange) => [address, account ?? null];
const record = (full: TransactionRecord) => ({ ...full, transaction: full.transaction.raw });
