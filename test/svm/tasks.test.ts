import assert from "node:assert/strict";
import { NS_PER_S } from "@chronoledger/core";
import { encodeTerms, type TaskTerms } from "@chronoledger/solana";
import { START, SvmNetwork, tai } from "./support/network.ts";
import { REWARD, TaskBench, TERMS, utc } from "./support/tasks.ts";
import { bn, eventOf, program } from "./support/vm.ts";

const FEE = 5_000n;

describe("a task on Solana", () => {
  let network: SvmNetwork;
  let bench: TaskBench;

  beforeEach(async () => {
    network = await SvmNetwork.create();
    bench = await TaskBench.create(network);
  });

  const earnedBy = async (act: () => Promise<{ error: string | undefined }>): Promise<bigint> => {
    const before = bench.vm.balance(bench.keeper.publicKey);
    assert.equal((await act()).error, undefined);
    return bench.vm.balance(bench.keeper.publicKey) - before + FEE;
  };

  it("runs in its window, pays the keeper, and gives rent and the rest of the deposit back", async () => {
    const before = bench.vm.balance(bench.owner.publicKey);
    const task = await bench.queued();
    assert.equal((await bench.run(task)).error, "TooEarly");
    bench.vm.setTime(START + 10);
    const known = bench.task(task);
    assert.equal(await earnedBy(() => bench.run(task)), REWARD);
    assert.equal(bench.count, 1n);
    assert.equal(bench.vm.exists(task), false);
    assert.equal(bench.vm.balance(bench.owner.publicKey), before - FEE - REWARD);
    assert.equal((await bench.runAs(known)).error, "AccountOwnedByWrongProgram");
  });

  it("says in the log who ran it and how late, by its clock and by the chain's", async () => {
    const task = await bench.queued();
    bench.vm.setTime(START + 13);
    const sent = await bench.run(task);
    const { lateness, chainLateness, number, reward, keeper } = eventOf(sent, "taskRunV0");
    assert.deepEqual([lateness, chainLateness, number].map(String), ["3000000000", "3000000000", "0"]);
    // One of eight seconds behind the grace has gone by.
    assert.equal(String(reward), String(100_000 - Math.floor(90_000 / 8)));
    assert.equal(String(keeper), bench.keeper.publicKey.toBase58());
    assert.deepEqual(eventOf(sent, "taskClosedV0").reason, { done: {} });
  });

  it("pays in full for the time of grace, the floor at the end, and nothing behind it", async () => {
    for (const [second, reward] of [
      [10, 100_000n],
      [12, 100_000n],
      [16, 55_000n],
      [20, 10_000n],
    ] as const) {
      bench.vm.setTime(START);
      const task = await bench.queued();
      bench.vm.setTime(START + second);
      assert.equal(await earnedBy(() => bench.run(task)), reward, `${second} s`);
    }
    bench.vm.setTime(START);
    const task = await bench.queued();
    bench.vm.setTime(START + 21);
    assert.equal((await bench.run(task)).error, "TooLate");
  });

  it("holds its bounds to the nanosecond", async () => {
    const task = await bench.queued({ notBefore: utc(START + 10, 1n), notAfter: utc(START + 12, -1n), grace: 0n });
    for (const [second, error] of [
      [10, "TooEarly"],
      [12, "TooLate"],
      [11, undefined],
    ] as const) {
      bench.vm.setTime(START + second);
      assert.equal((await bench.run(task)).error, error);
    }
  });

  it("goes by attested time when it says so, whatever the chain's clock shows", async () => {
    const task = await bench.queued({ clock: "attested" });
    bench.vm.setTime(START + 12);
    assert.equal((await bench.run(task)).error, "ClockUnset");
    await network.advance((tai(START + 10) - 1n) as never);
    assert.equal((await bench.run(task)).error, "TooEarly");
    await network.advance(tai(START + 10));
    const known = bench.task(task);
    assert.equal((await bench.runAs({ ...known, clock: "chain" })).error, "ClockUnset");
    assert.equal(String(eventOf(await bench.run(task), "taskRunV0").lateness), "0");
    assert.equal(bench.count, 1n);
  });

  it("does not go by an attested instant that is old, or paused", async () => {
    const task = await bench.queued({ clock: "attested", notAfter: utc(START + 200) });
    bench.vm.setTime(START + 10);
    await network.advance(tai(START + 10));
    bench.vm.setTime(START + 71);
    assert.equal((await bench.run(task)).error, "ClockStale");
    bench.vm.setTime(START + 70);
    const pause = (paused: boolean) =>
      program.methods
        .setClockPausedV0(paused)
        .accountsPartial({ authority: network.governance.publicKey })
        .instruction();
    bench.vm.ok([await pause(true)]);
    assert.equal((await bench.run(task)).error, "Paused");
    bench.vm.ok([await pause(false)]);
    assert.equal((await bench.run(task)).error, undefined);
  });

  it("recurs at its interval, and passes over what was missed", async () => {
    const recurrence = { kind: "every", interval: 30n * NS_PER_S, count: 5 } as const;
    const task = await bench.queued({ recurrence });
    bench.vm.setTime(START + 11);
    assert.equal((await bench.run(task)).error, undefined);
    assert.equal((await bench.run(task)).error, "TooEarly");
    bench.vm.setTime(START + 55);
    assert.equal((await bench.run(task)).error, "TooLate");
    // Runs 1 and 2 are gone.
    bench.vm.setTime(START + 101);
    assert.equal(eventOf(await bench.run(task), "taskRunV0").number, 3);
    assert.equal(bench.task(task).number, 4);
    assert.equal(bench.task(task).escrow, 3n * REWARD);
    bench.vm.setTime(START + 132);
    const before = bench.vm.balance(bench.owner.publicKey);
    const { rent } = bench.task(task);
    assert.equal((await bench.run(task)).error, undefined);
    assert.equal(bench.vm.balance(bench.owner.publicKey) - before, 2n * REWARD + rent);
    assert.equal(bench.count, 3n);
  });

  it("follows the windows that its target asks for, and ends when it asks for none", async () => {
    const ask = (from: number, to: number) => bench.target("ask", [bn(utc(START + from)), bn(utc(START + to))]);
    const recurrence = { kind: "asked", count: 3 } as const;
    const asking = await bench.queued({ recurrence }, [await ask(40, 50)]);
    bench.vm.setTime(START + 10);
    assert.equal((await bench.run(asking)).error, undefined);
    assert.equal(bench.task(asking).notBefore, utc(START + 40));
    assert.equal((await bench.run(asking)).error, "TooEarly");
    const silent = await bench.queued({ recurrence }, [await bench.target("noOp")]);
    assert.equal((await bench.run(silent)).error, undefined);
    assert.equal(bench.vm.exists(silent), false);
  });

  it("fails, and nothing has happened, when its target fails", async () => {
    const task = await bench.queued({}, [await bench.increment(), await bench.target("fail")]);
    bench.vm.setTime(START + 10);
    const before = bench.vm.balance(task);
    assert.equal((await bench.run(task)).error, "AsAsked");
    assert.deepEqual([bench.count, bench.task(task).number, bench.vm.balance(task)], [0n, 0, before]);
  });

  it("is cancelled by its owner, and expired by anybody when its last window is over", async () => {
    const before = bench.vm.balance(bench.owner.publicKey);
    const first = await bench.queued();
    assert.equal((await bench.cancel(first, bench.owner.publicKey, bench.keeper)).error, "OnlyOwner");
    assert.equal((await bench.cancel(first, bench.keeper.publicKey)).error, "RefundMismatch");
    assert.equal((await bench.cancel(first)).error, undefined);
    assert.equal(bench.vm.balance(bench.owner.publicKey), before - 2n * FEE - FEE);

    const recurrence = { kind: "every", interval: 30n * NS_PER_S, count: 2 } as const;
    const task = await bench.queued({ recurrence });
    bench.vm.setTime(START + 50);
    assert.equal((await bench.expire(task)).error, "NotOver");
    bench.vm.setTime(START + 51);
    assert.equal((await bench.expire(task, bench.keeper.publicKey)).error, "RefundMismatch");
    assert.equal((await bench.expire(task)).error, undefined);
    assert.equal(bench.vm.balance(bench.owner.publicKey), before - 4n * FEE);
    assert.equal(bench.count, 0n);
  });

  it("takes new terms from its owner, and a deposit from anybody", async () => {
    const recurrence = { kind: "every", interval: 30n * NS_PER_S, count: 4 } as const;
    const task = await bench.queued({ recurrence }, undefined, REWARD);
    const fund = async (lamports: bigint) => {
      const accounts = { payer: bench.keeper.publicKey, task };
      return bench.vm.send(
        [await program.methods.fundTaskV0(bn(lamports)).accountsPartial(accounts).instruction()],
        [bench.keeper],
      ).error;
    };
    bench.vm.setTime(START + 10);
    assert.equal((await bench.run(task)).error, undefined);
    bench.vm.setTime(START + 40);
    assert.equal((await bench.run(task)).error, "Underfunded");
    assert.equal(await fund(3n * REWARD + 1n), "DepositInvalid");
    assert.equal(await fund(3n * REWARD), undefined);
    assert.equal((await bench.run(task)).error, undefined);

    const update = async (terms: Partial<TaskTerms>, owner = bench.owner) => {
      const accounts = { owner: owner.publicKey, task };
      const instruction = program.methods.updateTaskV0(encodeTerms({ ...TERMS, ...terms }));
      return bench.vm.send([await instruction.accountsPartial(accounts).instruction()], [owner]).error;
    };
    assert.equal(await update({}, bench.keeper), "OnlyOwner");
    assert.equal(await update({ reward: 2n * REWARD + 1n }), "DepositInvalid");
    assert.equal(await update({ notBefore: utc(START + 60), notAfter: utc(START + 70) }), undefined);
    assert.equal((await bench.run(task)).error, "TooEarly");
    bench.vm.setTime(START + 60);
    assert.equal((await bench.run(task)).error, undefined);
    assert.equal(bench.vm.exists(task), false);
  });

  const refused: readonly [string, Partial<TaskTerms>, bigint | undefined, string][] = [
    ["a window that ends when it starts", { notAfter: TERMS.notBefore, grace: 0n }, undefined, "WindowInvalid"],
    ["more grace than window", { grace: 10n * NS_PER_S + 1n }, undefined, "WindowInvalid"],
    ["a floor above the reward", { rewardFloor: REWARD + 1n }, undefined, "RewardInvalid"],
    ["no run", { recurrence: { kind: "every", interval: 1n, count: 0 } }, 0n, "RecurrenceInvalid"],
    [
      "windows that touch",
      { recurrence: { kind: "every", interval: 10n * NS_PER_S, count: 2 } },
      undefined,
      "RecurrenceInvalid",
    ],
    [
      "a last run beyond 64 bits",
      { recurrence: { kind: "every", interval: 1n << 62n, count: 5 } },
      undefined,
      "WindowInvalid",
    ],
    [
      "a last run that ends beyond 64 bits",
      { recurrence: { kind: "every", interval: (1n << 64n) - 1n, count: 2 } },
      undefined,
      "WindowInvalid",
    ],
    ["a deposit below one reward", {}, REWARD - 1n, "DepositInvalid"],
    ["a deposit that no run could take", {}, REWARD + 1n, "DepositInvalid"],
  ];
  for (const [what, terms, deposit, error] of refused)
    it(`is refused with ${what}`, async () => {
      assert.equal((await bench.queue(terms, undefined, deposit)).sent.error, error);
    });
});
