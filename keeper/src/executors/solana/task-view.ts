import { SolanaAddress } from "@chronoledger/solana";
import type { KeeperView } from "../../routes.ts";
import type { SolanaKeeper } from "./solana-keeper.ts";
import { isOpen, type TaskRun, taskRunRecord } from "./task-run.ts";

/**
 * What the keeper on Solana tells, with slots for blocks.
 * @param program base58, as the account. @param keeper undefined while the chain has never been reached.
 */
export function taskView(options: {
  readonly program: string;
  readonly account: string;
  readonly keeper: () => SolanaKeeper | undefined;
}): KeeperView {
  const { program, account, keeper } = options;
  return {
    idFormat: SolanaAddress,
    runs: async (limit) => (keeper()?.history.newest(limit) ?? []).map(taskRunRecord),
    async run(id, number) {
      const history = keeper()?.history;
      const run = number === undefined ? history?.of(id).at(-1) : history?.get(id, number);
      return run && taskRunRecord(run);
    },
    async status() {
      const running = keeper();
      const count = (is: (run: TaskRun) => boolean) => [...(running?.history.all() ?? [])].filter(is).length;
      return {
        // Solana has none.
        chainId: 0,
        account,
        scheduler: program,
        block: running?.time.newest?.slot ?? null,
        pending: count(isOpen),
        executed: count(({ outcome }) => outcome === "executed"),
        failed: count((run) => !isOpen(run) && run.outcome !== "executed"),
        // Nothing is queued outside of this process.
        queue: "disconnected",
      };
    },
  };
}
