import { EventParser } from "@anchor-lang/core";
import type { Connection, PublicKey } from "@solana/web3.js";
import type { ChronoProgram } from "./program.ts";

/** What a confirmed transaction did to a task. */
export type TaskEvent = {
  readonly transaction: string;
  readonly slot: number;
  readonly what: TaskRan | TaskClosed;
};
export type TaskRan = {
  readonly kind: "run";
  /** From 0. */
  readonly number: number;
  /** Base58. */
  readonly keeper: string;
  /** Nanoseconds after its notBefore, by the task's clock. */
  readonly lateness: bigint;
  /** The same by the cluster's clock, which has whole seconds. */
  readonly chainLateness: bigint;
  /** Lamports. */
  readonly reward: bigint;
};
export type TaskClosed = { readonly kind: "closed"; readonly reason: "done" | "cancelled" | "expired" };

/** Transactions that are looked through unless told otherwise. */
const SIGNATURES_MOST = 20;

type Port = Pick<Connection, "getSignaturesForAddress" | "getTransaction">;

/** What became of a task, from its newest transactions; newest transaction first. @throws what the connection throws */
export async function taskEvents(
  connection: Port,
  program: ChronoProgram,
  task: PublicKey,
  limit = SIGNATURES_MOST,
): Promise<TaskEvent[]> {
  // By calls and returns in the log: a program that a task calls cannot pass its own lines off as ours.
  const parser = new EventParser(program.programId, program.coder);
  const found: TaskEvent[] = [];
  for (const { signature, err } of await connection.getSignaturesForAddress(task, { limit }, "confirmed")) {
    if (err !== null) continue;
    const transaction = await connection.getTransaction(signature, {
      commitment: "confirmed",
      maxSupportedTransactionVersion: 0,
    });
    if (transaction === null) continue;
    for (const { name, data } of parser.parseLogs(transaction.meta?.logMessages ?? [])) {
      const what = String(data.task) === task.toBase58() ? whatOf(name, data) : undefined;
      if (what !== undefined) found.push({ transaction: signature, slot: transaction.slot, what });
    }
  }
  return found;
}

// biome-ignore lint/suspicious/noExplicitAny: the parser states no more of an event's data
function whatOf(name: string, data: any): TaskEvent["what"] | undefined {
  if (name === "taskRunV0") {
    const big = (value: unknown) => BigInt(String(value));
    return {
      kind: "run",
      number: data.number,
      keeper: data.keeper.toBase58(),
      lateness: big(data.lateness),
      chainLateness: big(data.chainLateness),
      reward: big(data.reward),
    };
  }
  if (name !== "taskClosedV0") return undefined;
  return {
    kind: "closed",
    reason: "cancelled" in data.reason ? "cancelled" : "expired" in data.reason ? "expired" : "done",
  };
}
