import type { Transaction } from "@chronoledger/txm";
import type { KeeperContext } from "../context.ts";
import type { Signer } from "../firing/signer.ts";
import type { Reconciler } from "./reconciler.ts";
import { type Run, transactionKeyOf } from "./run.ts";
import { canHappen } from "./run-machine.ts";

const LIMIT = 100_000;

/**
 * At start, once the ledger of transactions and the events agree with the chain: brings runs that were under way in line with their
 * transactions. A run's row may lag behind its transaction, which is found by its key.
 */
export async function recoverRuns(context: KeeperContext, signer: Signer, reconciler: Reconciler): Promise<void> {
  const { store, book, txm, log } = context;
  const underWay = await store.inStates(["armed", "signed", "sent", "in-doubt", "reverted", "replaced"], {
    limit: LIMIT,
  });
  for (const stored of underWay) {
    const run = (await book.load(stored.id)) ?? stored;
    const transaction = txm.byKey(transactionKeyOf(run));
    if (transaction === undefined) planAnew(context, run);
    else await resume(context, { run, transaction, signer, reconciler });
  }
  if (underWay.length > 0) log.info({ runs: underWay.length }, "runs that were under way go on");
}

function planAnew({ book }: KeeperContext, run: Run): void {
  if (!canHappen(run.state, "defer")) return;
  // An armed run has used no key yet.
  const attempt = run.state === "armed" ? run.attempt : run.attempt + 1;
  book.apply(run, "defer", { attempt, transactionId: null });
}

async function resume(
  { book }: KeeperContext,
  at: { run: Run; transaction: Transaction; signer: Signer; reconciler: Reconciler },
): Promise<void> {
  const { transaction, signer, reconciler } = at;
  const names = { transactionId: transaction.id, transaction: transaction.attempts.at(-1)?.hash ?? null };
  const run = at.run.state === "armed" ? book.apply(at.run, "sign", names) : book.note(at.run, names);
  if (transaction.state === "signed") signer.reload(run, transaction);
  else await reconciler.transaction(transaction, "signed");
}
