import { ChronoError, concatBytes } from "@chronoledger/core";
import type { AccountMeta, PublicKey, TransactionInstruction } from "@solana/web3.js";

export const MAX_TASK_ACCOUNTS = 48;

/** What `queue_task_v0` stores of a task's instructions. */
export type TaskCode = {
  /** Writable ones first; none signs. */
  readonly accounts: readonly AccountMeta[];
  readonly numWritable: number;
  readonly code: Uint8Array;
};

/**
 * Instructions as a task keeps them. Only `authority` may sign in them.
 * @throws input/malformed for other signers, more than 48 accounts, or none to run
 */
export function encodeTask(instructions: readonly TransactionInstruction[], authority: PublicKey): TaskCode {
  const writable = new Map<string, PublicKey>();
  const readable = new Map<string, PublicKey>();
  for (const { programId, keys } of instructions) {
    for (const { pubkey, isSigner, isWritable } of keys) {
      if (isSigner && !pubkey.equals(authority))
        throw new ChronoError(
          "input/malformed",
          { signer: pubkey.toBase58(), authority: authority.toBase58() },
          { remedy: "only the owner's authority address signs in a task" },
        );
      if (isWritable) writable.set(pubkey.toBase58(), pubkey);
      else readable.set(pubkey.toBase58(), pubkey);
    }
    readable.set(programId.toBase58(), programId);
  }
  for (const key of writable.keys()) readable.delete(key);
  const keys = [...writable.values(), ...readable.values()];
  if (keys.length > MAX_TASK_ACCOUNTS || instructions.length === 0)
    throw new ChronoError("input/malformed", {
      accounts: keys.length,
      most: MAX_TASK_ACCOUNTS,
      instructions: instructions.length,
    });
  const places = new Map(keys.map((key, i) => [key.toBase58(), i]));
  const place = (key: PublicKey): number => places.get(key.toBase58()) as number;
  const encoded = instructions.map(({ programId, keys: metas, data }) =>
    concatBytes(
      Uint8Array.of(place(programId), metas.length, ...metas.map(({ pubkey }) => place(pubkey))),
      Uint8Array.of(data.length & 0xff, data.length >> 8),
      data,
    ),
  );
  return {
    accounts: keys.map((pubkey, i) => ({ pubkey, isSigner: false, isWritable: i < writable.size })),
    numWritable: writable.size,
    code: concatBytes(Uint8Array.of(instructions.length), ...encoded),
  };
}
