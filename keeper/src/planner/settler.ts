import type { Head } from "@chronoledger/txm";
import type { KeeperContext } from "../context.ts";

const BATCH = 2_000;

/** Settles ends that no reorganisation of the usual depth can take back. */
export class Settler {
  readonly #context: KeeperContext & { readonly confirmations: number };
  /** Of runs that ended without an event: the block at which that was noticed. */
  readonly #noticed = new Map<string, number>();

  constructor(context: KeeperContext & { readonly confirmations: number }) {
    this.#context = context;
  }

  async settle(head: Head): Promise<void> {
    const { store, book, confirmations } = this.#context;
    await book.flush();
    for (const run of await store.inStates(["included", "expired", "cancelled"], { limit: BATCH })) {
      const endedAt = run.end?.blockNumber ?? this.#noticed.get(run.id) ?? head.number;
      if (head.number - endedAt < confirmations) {
        if (run.end === null) this.#noticed.set(run.id, endedAt);
        continue;
      }
      this.#noticed.delete(run.id);
      book.apply(run, "finalise", { settled: true });
    }
  }
}
