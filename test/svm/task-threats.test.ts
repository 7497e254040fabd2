import assert from "node:assert/strict";
import { encodeTerms, runTaskInstruction, taskAddress } from "@chronoledger/solana";
import { type AccountMeta, Keypair, type PublicKey, TransactionInstruction } from "@solana/web3.js";
import { START, SvmNetwork } from "./support/network.ts";
import { REWARD, TaskBench, TERMS, transferFrom, utc } from "./support/tasks.ts";
import { bn, mockRelay, mockTarget, program } from "./support/vm.ts";

describe("a hostile task on Solana", () => {
  let network: SvmNetwork;
  let bench: TaskBench;
  const thief = Keypair.fromSeed(new Uint8Array(32).fill(31)).publicKey;

  beforeEach(async () => {
    network = await SvmNetwork.create();
    bench = await TaskBench.create(network);
    bench.vm.airdrop(thief, 1_000_000_000n);
  });

  /** As no well-behaved client would: the bytes as they are given. */
  const queueRaw = async (id: bigint, accounts: readonly PublicKey[], numWritable: number, code: Uint8Array) => {
    const owner = bench.owner.publicKey;
    const task = taskAddress(program.programId, owner, id);
    const instruction = await program.methods
      .queueTaskV0(bn(id), encodeTerms(TERMS), bn(REWARD), accounts.length, numWritable, Buffer.from(code))
      .accountsPartial({ owner, payer: owner, task })
      .remainingAccounts(accounts.map((pubkey) => ({ pubkey, isSigner: false, isWritable: false })))
      .instruction();
    return { task, sent: bench.vm.send([instruction], [bench.owner]) };
  };
  const runDue = (task: PublicKey) => {
    bench.vm.setTime(START + 10);
    return bench.run(task);
  };
  const code = (count: number, ...instructions: readonly (readonly number[])[]) =>
    Uint8Array.from([count, ...instructions.flat()]);

  it("cannot spend what its keeper has, though the keeper signs the transaction", async () => {
    const steal = await bench.target("steal", [bn(1_000n)], [bench.keeper.publicKey, thief]);
    const system = { pubkey: transferFrom(thief, thief, 0n).programId, isSigner: false, isWritable: false };
    const withSystem = new TransactionInstruction({ ...steal, keys: [...steal.keys, system] });
    const before = bench.vm.balance(thief);
    assert.match(
      (await runDue(await bench.queued({}, [withSystem]))).error ?? "",
      /PrivilegeEscalation|MissingRequiredSignature/,
    );
    // And by no program in between.
    const { keys, ...direct } = transferFrom(bench.keeper.publicKey, thief, 1_000n);
    const unsigned = keys.map((each): AccountMeta => ({ ...each, isSigner: false }));
    const task = await bench.queued({}, [new TransactionInstruction({ ...direct, keys: unsigned })]);
    assert.match((await runDue(task)).error ?? "", /MissingRequiredSignature/);
    assert.equal(bench.vm.balance(thief), before);
  });

  it("spends what lies at its owner's authority, and no other owner's", async () => {
    bench.vm.airdrop(bench.authority, 1_000_000_000n);
    const task = await bench.queued({}, [transferFrom(bench.authority, thief, 1_000n)]);
    const before = bench.vm.balance(thief);
    assert.equal((await runDue(task)).error, undefined);
    assert.equal(bench.vm.balance(thief) - before, 1_000n);

    const other = await TaskBench.create(await SvmNetwork.create());
    const foreign = transferFrom(bench.authority, thief, 1_000n);
    const by = Keypair.fromSeed(new Uint8Array(32).fill(33));
    other.vm.airdrop(by.publicKey, 1_000_000_000n);
    other.vm.airdrop(other.authority, 1_000_000_000n);
    const owner = by.publicKey;
    const address = taskAddress(program.programId, owner, 0n);
    const accounts = [other.authority, thief, foreign.programId];
    other.vm.ok(
      [
        await program.methods
          .queueTaskV0(
            bn(0),
            encodeTerms(TERMS),
            bn(REWARD),
            3,
            2,
            Buffer.from([1, 2, 2, 0, 1, 12, 0, ...foreign.data]),
          )
          .accountsPartial({ owner, payer: owner, task: address })
          .remainingAccounts(accounts.map((pubkey) => ({ pubkey, isSigner: false, isWritable: false })))
          .instruction(),
      ],
      [by],
    );
    other.vm.setTime(START + 10);
    assert.match((await other.run(address)).error ?? "", /MissingRequiredSignature/);
  });

  it("may not call the scheduler, be it to queue, to run, or to pay itself", async () => {
    const inner = await program.methods.expireTaskV0().accountsPartial({ task: thief, refund: thief }).instruction();
    assert.equal((await bench.queue({}, [inner])).sent.error, "TaskCallsScheduler");
  });

  it("gets none of the program's accounts to write to", async () => {
    const victim = await bench.queued();
    const task = await bench.queued({}, [await bench.target("noOp", [], [victim])]);
    assert.equal((await runDue(task)).error, "AccountProtected");
    const clock = await bench.queued({}, [await bench.target("noOp", [], [network.nodeSet])]);
    assert.equal((await runDue(clock)).error, "AccountProtected");
  });

  it("may read its own account while it runs", async () => {
    const address = taskAddress(program.programId, bench.owner.publicKey, 0n);
    const noOp = await bench.target("noOp", [], [address]);
    const reading = new TransactionInstruction({
      ...noOp,
      keys: noOp.keys.map((each) => ({ ...each, isWritable: false })),
    });
    assert.equal((await runDue(await bench.queued({}, [reading]))).error, undefined);
  });

  it("is run with exactly its accounts: none missing, none more, none other, none in another order", async () => {
    const address = await bench.queued();
    bench.vm.setTime(START + 10);
    const task = bench.task(address);
    const [first, ...rest] = task.accounts as [AccountMeta, ...AccountMeta[]];
    const more = { pubkey: thief, isSigner: false, isWritable: false };
    const lists: AccountMeta[][] = [rest, [...task.accounts, more], [more, ...rest], [...task.accounts].reverse(), []];
    for (const accounts of lists) assert.equal((await bench.runAs({ ...task, accounts })).error, "TaskAccountMismatch");
    assert.equal((await bench.runAs({ ...task, accounts: [first, ...rest] })).error, undefined);
  });

  it("gives its refund to the account that it names", async () => {
    const address = await bench.queued();
    bench.vm.setTime(START + 10);
    const sent = await bench.runAs({ ...bench.task(address), refund: bench.keeper.publicKey });
    assert.equal(sent.error, "RefundMismatch");
  });

  it("is refused when it names accounts that are not there, ends early, or has bytes left", async () => {
    const accounts = [bench.counter, mockTarget.programId];
    const malformed: readonly Uint8Array[] = [
      code(1, [2, 0, 0, 0]),
      code(1, [1, 1, 2, 0, 0]),
      code(1, [255, 0, 0, 0]),
      code(1, [1, 0, 1, 0]),
      code(1, [1, 0, 0]),
      code(1, [1]),
      code(1),
      code(2, [1, 0, 0, 0]),
      code(1, [1, 0, 0, 0], [0]),
      code(1, [1, 200, 0, 0]),
    ];
    for (const [i, bytes] of malformed.entries())
      assert.equal((await queueRaw(BigInt(i), accounts, 1, bytes)).sent.error, "TaskMalformed", `case ${i}`);
  });

  it("is refused without instructions, with too many, too many accounts for them, or more writable ones than accounts", async () => {
    const accounts = [bench.counter, mockTarget.programId];
    assert.equal((await queueRaw(0n, accounts, 1, new Uint8Array())).sent.error, "TaskSize");
    assert.equal((await queueRaw(0n, accounts, 1, code(0))).sent.error, "TaskSize");
    const nine = Array.from({ length: 9 }, () => [1, 0, 0, 0]);
    assert.equal((await queueRaw(0n, accounts, 1, code(9, ...nine))).sent.error, "TaskSize");
    assert.equal((await queueRaw(0n, accounts, 3, code(1, [1, 0, 0, 0]))).sent.error, "TaskSize");
    const metas = Array.from({ length: 129 }, () => 0);
    assert.equal((await queueRaw(0n, accounts, 1, code(1, [1, 129, ...metas, 0, 0]))).sent.error, "TaskSize");
  });

  it("is refused when the count of its accounts is not the number given", async () => {
    const owner = bench.owner.publicKey;
    for (const count of [1, 3]) {
      const instruction = await program.methods
        .queueTaskV0(bn(0), encodeTerms(TERMS), bn(REWARD), count, 0, Buffer.from(code(1, [1, 0, 0, 0])))
        .accountsPartial({ owner, payer: owner, task: taskAddress(program.programId, owner, 0n) })
        .remainingAccounts(
          [bench.counter, mockTarget.programId].map((pubkey) => ({ pubkey, isSigner: false, isWritable: false })),
        )
        .instruction();
      assert.equal(bench.vm.send([instruction], [bench.owner]).error, "TaskAccountMismatch");
    }
  });

  it("runs at its greatest size within the heap", async () => {
    const eight = await Promise.all(Array.from({ length: 8 }, () => bench.target("noOp", [], Array(15).fill(thief))));
    const task = await bench.queued({}, eight);
    const sent = await runDue(task);
    assert.equal(sent.error, undefined);
  });

  describe("that asks for its next window", () => {
    const recurrence = { kind: "asked", count: 2 } as const;
    const ask = (from: number, to: number) => bench.target("ask", [bn(utc(START + from)), bn(utc(START + to))]);

    for (const [what, from, to] of [
      ["is not after this one", 20, 30],
      ["ends before it starts", 40, 39],
      ["is shorter than the grace", 40, 41],
    ] as const)
      it(`fails, rather than ending in silence, when that ${what}`, async () => {
        const task = await bench.queued({ recurrence }, [await ask(from, to)]);
        assert.equal((await runDue(task)).error, "NextWindowInvalid");
        assert.equal(bench.task(task).number, 0);
      });

    it("runs no more often than it declared", async () => {
      const task = await bench.queued({ recurrence: { kind: "asked", count: 1 } }, [await ask(40, 50)]);
      assert.equal((await runDue(task)).error, "NextWindowInvalid");
    });

    it("is answered by its own last program, not by one that this one called, nor by one that came before", async () => {
      const inner = await ask(40, 50);
      const relay = mockRelay.methods
        .relay?.(inner.data)
        .accountsPartial({ program: mockTarget.programId })
        .instruction();
      for (const instructions of [[(await relay) as TransactionInstruction], [inner, await bench.increment()]]) {
        const task = await bench.queued({ recurrence }, instructions);
        assert.equal((await runDue(task)).error, undefined);
        assert.equal(bench.vm.exists(task), false);
        bench.vm.setTime(START);
      }
    });
  });

  it("cannot push its run out of the log", async () => {
    const task = await bench.queued({}, [await bench.target("shout", [400])]);
    bench.vm.setTime(START + 10);
    const instruction = await runTaskInstruction(program, bench.task(task), bench.keeper.publicKey);
    const sent = bench.vm.ok([instruction], [bench.keeper]);
    assert.ok(sent.logs.some((line) => line === "Log truncated"));
    assert.ok(sent.logs.findIndex((line) => line.startsWith("Program data:")) < 6);
  });

  it("keeps the numbers of the errors: they are positions, and only ever appended to", () => {
    const errors = program.idl.errors as unknown as readonly { code: number; name: string }[];
    assert.deepEqual(
      errors.slice(0, 3).map(({ code: number, name }) => [number, name]),
      [
        [6000, "onlyUpgradeAuthority"],
        [6001, "onlyGovernance"],
        [6002, "onlyPendingGovernance"],
      ],
    );
    const at = (name: string) => errors.find((each) => each.name === name)?.code;
    assert.deepEqual(["signatureCheckMissing", "tooEarly", "overflow"].map(at), [6017, 6048, 6056]);
    assert.deepEqual(
      errors.map(({ code: number }) => number),
      errors.map((_, i) => 6000 + i),
    );
  });
});
