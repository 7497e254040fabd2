import { type UnixNs, unixNs } from "@chronoledger/core";
import { type AccountMeta, PublicKey, type TransactionInstruction } from "@solana/web3.js";
import BN from "bn.js";
import { authorityAddress, clockAddress, taskAddress } from "./addresses.ts";
import type { ChronoProgram } from "./program.ts";
import { encodeTask } from "./task-code.ts";

/** Lamports and UTC nanoseconds, as in the program's TaskTerms. */
export type TaskTerms = {
  readonly clock: "chain" | "attested";
  readonly notBefore: UnixNs;
  readonly notAfter: UnixNs;
  readonly reward: bigint;
  readonly grace: bigint;
  readonly rewardFloor: bigint;
  readonly recurrence: Recurrence;
};

export type Recurrence =
  | { readonly kind: "once" }
  | { readonly kind: "every"; readonly interval: bigint; readonly count: number }
  | { readonly kind: "asked"; readonly count: number };

/** A task as its account says. */
export type Task = {
  readonly address: PublicKey;
  readonly owner: PublicKey;
  readonly refund: PublicKey;
  readonly id: bigint;
  readonly clock: "chain" | "attested";
  /** Of run 0; of the next run when windows are asked for. */
  readonly notBefore: UnixNs;
  readonly notAfter: UnixNs;
  readonly reward: bigint;
  readonly rewardFloor: bigint;
  readonly grace: bigint;
  /** Nanoseconds; zero unless it recurs at an interval. */
  readonly interval: bigint;
  readonly escrow: bigint;
  readonly rent: bigint;
  readonly count: number;
  /** The next run. */
  readonly number: number;
  readonly asks: boolean;
  readonly lastLateness: bigint;
  readonly worstLateness: bigint;
  /** In the order that a run gives them. */
  readonly accounts: readonly AccountMeta[];
};

/** Bytes of a task's account before its accounts' keys. */
export const TASK_HEAD_BYTES = 208;

const bn = (value: bigint): BN => new BN(value.toString());
const big = (value: BN): bigint => BigInt(value.toString());

export function encodeTerms(terms: TaskTerms) {
  const { recurrence } = terms;
  const encoded =
    recurrence.kind === "once"
      ? { once: {} }
      : recurrence.kind === "every"
        ? { every: { interval: bn(recurrence.interval), count: recurrence.count } }
        : { asked: { count: recurrence.count } };
  return {
    clock: terms.clock === "chain" ? { chain: {} } : { attested: {} },
    notBefore: bn(terms.notBefore),
    notAfter: bn(terms.notAfter),
    reward: bn(terms.reward),
    grace: bn(terms.grace),
    rewardFloor: bn(terms.rewardFloor),
    recurrence: encoded,
  };
}

/** Queues instructions as a task. The deposit is lamports for rewards. @throws input/malformed (task-code.ts) */
export function queueTaskInstruction(
  program: ChronoProgram,
  order: {
    readonly owner: PublicKey;
    readonly payer: PublicKey;
    readonly id: bigint;
    readonly terms: TaskTerms;
    readonly deposit: bigint;
    readonly instructions: readonly TransactionInstruction[];
  },
): Promise<TransactionInstruction> {
  const { owner, payer, id, terms, deposit } = order;
  const { accounts, numWritable, code } = encodeTask(order.instructions, authorityAddress(program.programId, owner));
  return program.methods
    .queueTaskV0(bn(id), encodeTerms(terms), bn(deposit), accounts.length, numWritable, Buffer.from(code))
    .accountsPartial({ owner, payer, task: taskAddress(program.programId, owner, id) })
    .remainingAccounts(accounts.map((each) => ({ ...each, isWritable: false })))
    .instruction();
}

/** Runs what is due of a task; the keeper pays the fee and gets the reward. */
export function runTaskInstruction(
  program: ChronoProgram,
  task: Pick<Task, "address" | "refund" | "clock" | "accounts">,
  keeper: PublicKey,
): Promise<TransactionInstruction> {
  return program.methods
    .runTaskV0()
    .accountsPartial({
      keeper,
      task: task.address,
      refund: task.refund,
      clock: task.clock === "attested" ? clockAddress(program.programId) : null,
    })
    .remainingAccounts([...task.accounts])
    .instruction();
}

/** @throws when the data is not a task's */
export function decodeTask(program: ChronoProgram, address: PublicKey, data: Buffer): Task {
  const head = program.coder.accounts.decode("task", data);
  const accounts = Array.from({ length: head.numAccounts as number }, (_, i) => {
    const start = TASK_HEAD_BYTES + 32 * i;
    const pubkey = new PublicKey(data.subarray(start, start + 32));
    return { pubkey, isSigner: false, isWritable: i < head.numWritable };
  });
  return {
    address,
    owner: head.owner,
    refund: head.refund,
    id: big(head.id),
    clock: head.clock === 1 ? "attested" : "chain",
    notBefore: unixNs(big(head.notBefore)),
    notAfter: unixNs(big(head.notAfter)),
    reward: big(head.reward),
    rewardFloor: big(head.rewardFloor),
    grace: big(head.grace),
    interval: big(head.interval),
    escrow: big(head.escrow),
    rent: big(head.rent),
    count: head.count,
    number: head.number,
    asks: head.asks === 1,
    lastLateness: big(head.lastLateness),
    worstLateness: big(head.worstLateness),
    accounts,
  };
}
