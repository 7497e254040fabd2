import type { Hex, Transaction } from "@chronoledger/txm";
import type { KeeperContext } from "../context.ts";
import type { Signer } from "../firing/signer.ts";
import { type Run, transactionKeyOf } from "./run.ts";
import { canHappen } from "./run-machine.ts";
import type { RunTransactions } from "./run-transactions.ts";

const LIMIT = 100_000;

/**
 * At start, once the ledger of transactions and the events agree with the chain: brings runs that were under way in line with their
 * transactions. A run's row may lag behind its transaction, which is found by its key.
 * @returns their schedules
 */
export async function recoverRuns(
  context: KeeperContext,
  signer: Signer,
  transactions: RunTransactions,
): Promise<Hex[]> {
  const { store, book, txm, log } = context;
  const underWay = await store.inStates(["armed", "signed", "sent", "in-doubt", "reverted", "replaced"], {
    limit: LIMIT,
  });
  for (const stored of underWay) {
    const run = (await book.load(stored)) ?? stored;
    const transaction = txm.byKey(transactionKeyOf(run));
    if (transaction === undefined) planAnew(context, run);
    else await resume(context, { run, transaction, signer, transactions });
  }
  if (underWay.length > 0) log.info({ runs: underWay.length }, "runs that were under way go on");
  return [...new Set(underWay.map(({ id }) => id))];
}

function planAnew({ book }: KeeperContext, run: Run): void {
  if (!canHappen(run.state, "defer")) return;
  // An armed run has used no key yet.
  const attempt = run.state === "armed" ? run.attempt : run.attempt + 1;
  book.apply(run, "defer", { attempt, transactionId: null });
}

async function resume(
  { book }: KeeperContext,
  at: { run: Run; transaction: Transaction; signer: Signer; transactions: RunTransactions },
): Promise<void> {
  const { transaction, signer, transactions } = at;
  const names = { transactionId: transaction.id, transaction: transaction.attempts.at(-1)?.hash ?? null };
  const run = at.run.state === "armed" ? book.apply(at.run, "sign", names) : book.note(at.run, names);
  if (transaction.state === "signed") signer.reload(run, transaction);
  else await transactions.changed(transaction, "signed");
}
