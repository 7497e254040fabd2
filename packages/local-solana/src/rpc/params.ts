import * as z from "zod";
import { ACCOUNT_ENCODINGS } from "../account-encoding.ts";
import { filterBytes } from "../account-filter.ts";
import { fromBase58 } from "../base58.ts";
import { COMMITMENTS, type Commitment } from "../commitment.ts";
import { TRANSACTION_ENCODINGS } from "../transaction-encoding.ts";

const bytesOf = (length: number, what: string) =>
  z
    .string()
    .max(88)
    .refine((text) => fromBase58(text)?.length === length, `not ${what}`);

export const AddressParam = bytesOf(32, "an address: 32 bytes in base58");
export const HashParam = bytesOf(32, "a blockhash: 32 bytes in base58");
export const SignatureParam = bytesOf(64, "a signature: 64 bytes in base58");
export const SlotParam = z.int().min(0);

/** Older clients' names. */
const OLD_COMMITMENTS: Readonly<Record<string, Commitment>> = {
  recent: "processed",
  single: "confirmed",
  singleGossip: "confirmed",
  root: "finalized",
  max: "finalized",
};
const CommitmentName = z
  .enum([...COMMITMENTS, "recent", "single", "singleGossip", "root", "max"])
  .transform((name) => OLD_COMMITMENTS[name] ?? (name as Commitment));

/** A config object that may be left out, or be null. */
export function config<Shape extends z.ZodRawShape>(shape: Shape) {
  const schema = z.object(shape);
  return z.preprocess((value) => value ?? {}, schema);
}

export const atCommitment = {
  commitment: CommitmentName.nullish().transform((name) => name ?? "finalized"),
  minContextSlot: SlotParam.nullish(),
};
/** Blocks and their transactions are not given out before they are confirmed. */
export const atConfirmed = {
  commitment: CommitmentName.nullish()
    .transform((name) => name ?? "finalized")
    .refine((name) => name !== "processed", "Method does not support commitment below `confirmed`"),
};
export const ContextConfig = config(atCommitment);

export const accountView = {
  encoding: z.enum(ACCOUNT_ENCODINGS).default("binary"),
  dataSlice: z.object({ offset: z.int().min(0), length: z.int().min(0) }).nullish(),
};
export const AccountConfig = config({ ...atCommitment, ...accountView });

const MAX_FILTERS = 4;
const MAX_FILTER_BYTES = 128;
const Memcmp = z
  .object({
    offset: z.int().min(0),
    bytes: z.union([z.string().max(MAX_FILTER_BYTES * 2), z.array(z.int().min(0).max(255)).max(MAX_FILTER_BYTES)]),
    encoding: z.enum(["base58", "base64"]).nullish(),
  })
  .transform((memcmp, context) => {
    const bytes = filterBytes(memcmp.bytes, memcmp.encoding ?? "base58");
    if (bytes !== undefined && bytes.length <= MAX_FILTER_BYTES) return { offset: memcmp.offset, bytes };
    context.addIssue({ code: "custom", message: `not at most ${MAX_FILTER_BYTES} bytes in that encoding` });
    return z.NEVER;
  });
export const filters = {
  filters: z
    .array(z.union([z.object({ dataSize: z.int().min(0) }), z.object({ memcmp: Memcmp })]))
    .max(MAX_FILTERS)
    .nullish()
    .transform((list) => list ?? []),
};

/** base64 of the largest transaction; its base58 is shorter still than fromBase58 allows. */
export const WireTransaction = z.string().max(1_700);
export const wireEncoding = { encoding: z.enum(["base58", "base64"]).default("base58") };
export const recordView = {
  encoding: z.enum(TRANSACTION_ENCODINGS).default("json"),
  maxSupportedTransactionVersion: z.int().min(0).max(255).nullish(),
};
