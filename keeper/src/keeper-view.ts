import type { Hex } from "@chronoledger/txm";
import * as z from "zod";
import type { Keeper } from "./keeper.ts";
import { recordOf } from "./planner/run.ts";
import type { KeeperView } from "./routes.ts";

/** @param keeper undefined while the chain has never been reached. */
export function keeperView(options: {
  readonly chainId: number;
  readonly scheduler: string;
  readonly account: string;
  readonly keeper: () => Keeper | undefined;
}): KeeperView {
  const { chainId, scheduler, account } = options;
  /** With everything booked that has happened. */
  const running = async (): Promise<Keeper | undefined> => {
    const keeper = options.keeper();
    await keeper?.book.flush();
    return keeper;
  };
  return {
    idFormat: z.string().regex(/^0x[0-9a-fA-F]{64}$/),
    runs: async (limit) => ((await (await running())?.store.list(limit)) ?? []).map(recordOf),
    async run(id, number) {
      const run = await (await running())?.store.latest(id.toLowerCase() as Hex, number);
      return run && recordOf(run);
    },
    async status() {
      const keeper = await running();
      const counts = (await keeper?.store.counts()) ?? { pending: 0, executed: 0, failed: 0 };
      return {
        ...{ chainId, account, scheduler },
        block: keeper?.head()?.number ?? null,
        ...counts,
        queue: keeper?.queue?.connected === true ? "connected" : "disconnected",
      };
    },
  };
}
