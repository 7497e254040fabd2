import assert from "node:assert/strict";
import { NS_PER_S } from "@chronoledger/core";
import { PublicKey } from "@solana/web3.js";
import { TaskRig } from "../../../test/support/task-rig.ts";
import { until } from "../../../test/support/until.ts";
import { followTask } from "./follow-task.ts";
import { taskEvents } from "./task-events.ts";
import { runTaskInstruction, type Task } from "./tasks.ts";

describe("following a task", () => {
  let rig: TaskRig;
  before(async () => {
    rig = await TaskRig.start();
  });
  after(() => rig.stop());

  it("tells of it as it is, of each run, and of its end, and the chain's log says who and how late", async () => {
    const { chain } = rig;
    const { connection, program } = chain;
    const due = rig.in(1n);
    const recurrence = { kind: "every", interval: 20n * NS_PER_S, count: 2 } as const;
    const task = new PublicKey(await rig.queue({ notBefore: due, recurrence }));
    chain.local.advance(1);
    const seen: (Task | undefined)[] = [];
    const stop = await followTask(connection, program, task, (now) => seen.push(now));
    assert.deepEqual(
      seen.map((now) => now?.number),
      [0],
    );
    const keeper = chain.account();
    const run = async (from: bigint) => {
      rig.chain.local.setUnixTime((due + from) / NS_PER_S);
      chain.local.advance(1);
      await chain.run([await runTaskInstruction(program, seen.at(-1) as Task, keeper.publicKey)], [keeper]);
      chain.local.advance(1);
    };
    await run(2n * NS_PER_S);
    await until("the first run is seen", () => seen.at(-1)?.number === 1);
    await run(20n * NS_PER_S);
    await until("the end is seen", () => seen.at(-1) === undefined);
    const ran = { kind: "run", keeper: keeper.publicKey.toBase58(), reward: 90_000n } as const;
    const lateness = 2n * NS_PER_S;
    assert.deepEqual(
      (await taskEvents(connection, program, task)).map(({ what }) => what),
      [
        { ...ran, number: 1, lateness: 0n, chainLateness: 0n, reward: 100_000n },
        { kind: "closed", reason: "done" },
        { ...ran, number: 0, lateness, chainLateness: lateness },
      ],
    );
    await stop();
  });

  it("gives its subscription back when the first reading fails", async () => {
    const removed: number[] = [];
    const port = {
      getAccountInfoAndContext: () => Promise.reject(new Error("silent")),
      onAccountChange: () => 7,
      removeAccountChangeListener: async (id: number) => void removed.push(id),
    };
    await assert.rejects(
      followTask(port as never, rig.chain.program, rig.counter, () => undefined),
      /silent/,
    );
    assert.deepEqual(removed, [7]);
  });
});
