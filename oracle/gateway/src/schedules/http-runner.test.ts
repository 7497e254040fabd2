import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ExecutionStatus } from "@chronoledger/core/gateway";
import { createSystemClock, FakeClock } from "@chronoledger/service";
import { sql } from "drizzle-orm";
import { Webhook } from "standardwebhooks";
import { CalledTarget, ScheduleRig } from "../../../../test/support/schedule-rig.ts";
import { until } from "../../../../test/support/until.ts";
import { type ScheduleRunner, startScheduleRunner } from "./schedule-runner.ts";

const S = 1_000_000_000n;
const MS = 1_000_000n;
type Wire = {
  [Key in keyof ExecutionStatus]: ExecutionStatus[Key] extends bigint | null ? string : ExecutionStatus[Key];
};

describe("a call of an address", () => {
  let rig: ScheduleRig;
  let target: CalledTarget;
  let account: { id: string; key: string };
  const clock = createSystemClock();
  const runners: ScheduleRunner[] = [];

  const run = (on = rig, leaseNs?: bigint): ScheduleRunner => {
    const runner = startScheduleRunner(on.context, { pollMs: 20, ...(leaseNs === undefined ? {} : { leaseNs }) });
    runners.push(runner);
    return runner;
  };
  const stopAll = async () => {
    for (const runner of runners.splice(0)) await runner.stop();
  };
  /** So soon, or a little later where this machine is too busy for that. */
  const schedule = async (inNs: bigint, more: Record<string, unknown> = {}, now = () => clock.utcNow() as bigint) => {
    for (let ahead = inNs; ; ahead *= 2n) {
      const executeUtcNs = String(now() + ahead);
      const body = { target: target.url, calldata: "0xff00c0de", executeUtcNs, windowNs: String(10n * S), ...more };
      const made = await rig.ask<Wire>(account.key, "POST", "/v1/schedules", body);
      if (made.status === 201) return made.body;
      assert.match(JSON.stringify(made.body), /an instant in the future is needed/);
    }
  };
  const read = async (id: string) => (await rig.ask<Wire>(account.key, "GET", `/v1/schedules/${id}`)).body;
  const untilState = (id: string, state: string) =>
    until(`the schedule is ${state}`, async () => {
      const status = await read(id);
      return status.state === state && status;
    });
  const events = async () =>
    (await rig.rows<{ event: string }>(sql`select event from gateway_deliveries order by created_at`)).map(
      (row) => row.event,
    );
  const listen = () =>
    rig.ask(account.key, "POST", "/v1/webhooks", {
      url: target.url,
      events: ["schedule.executed", "schedule.failed", "schedule.expired", "schedule.cancelled"],
    });

  describe("by the system's clock", () => {
    before(async () => {
      rig = await ScheduleRig.open();
      await rig.serve();
    });
    after(() => rig.stop());
    beforeEach(async () => {
      await rig.clear();
      target = await new CalledTarget().start();
      account = await rig.account();
    });
    afterEach(async () => {
      await stopAll();
      target.stop();
    });

    it("comes at its instant and not before, signed, with its id as Idempotency-Key, and its lateness is stamped", async () => {
      run();
      await listen();
      const made = await schedule(400n * MS);
      assert.equal(made.state, "armed");
      const status = await until("a stamp", async () => {
        const now = await read(made.id);
        return now.stamp !== null && now;
      });
      assert.equal(status.state, "executed");
      const [got] = target.received;
      assert.ok(got !== undefined && got.at >= BigInt(made.executeUtcNs), "not before its instant");
      assert.deepEqual([...got.body], [0xff, 0x00, 0xc0, 0xde]);
      assert.equal(got.headers["idempotency-key"], made.id);
      assert.ok(BigInt(status.latenessNs) >= 0n && BigInt(status.latenessUncertaintyNs) >= 1_000n);
      const [order] = rig.stamped;
      assert.ok(order !== undefined && "length" in order.leaves);
      assert.deepEqual(
        Buffer.from(order.leaves[0]?.imprint ?? []),
        createHash("sha256")
          .update(status.record ?? "")
          .digest(),
      );
      assert.deepEqual([order.caller, order.accountId], [undefined, account.id]);
      assert.equal(JSON.parse(status.record ?? "").latenessNs, status.latenessNs);
      assert.deepEqual(await events(), ["schedule.executed"]);
    });

    it("is signed so that the library takes it, by the secret of the account, and by the former one after a rotation", async () => {
      run();
      const text = Buffer.from('{"do":"it"}');
      const secret = async (method: string, path: string) =>
        (await rig.ask<{ secret: string }>(account.key, method, path)).body.secret;
      const former = await secret("GET", "/v1/schedules/signing-secret");
      const fresh = await secret("POST", "/v1/schedules/signing-secret/rotate");
      assert.notEqual(fresh, former);
      assert.equal(await secret("GET", "/v1/schedules/signing-secret"), fresh);
      const made = await schedule(200n * MS, { calldata: `0x${text.toString("hex")}` });
      await untilState(made.id, "executed");
      const [got] = target.received;
      for (const each of [former, fresh])
        new Webhook(each).verify(got?.body ?? "", got?.headers as Record<string, string>);
    });

    it("is made again within the window when it fails, always with the same id", async () => {
      target.answers = [500, 503, 200];
      run();
      const made = await schedule(100n * MS);
      const status = await untilState(made.id, "executed");
      assert.equal(status.attempts, 3);
      assert.deepEqual(new Set(target.received.map(({ headers }) => headers["idempotency-key"])), new Set([made.id]));
      assert.equal(target.received.length, 3);
    });

    it("fails at once when the target refuses it, without the answer's text", async () => {
      target.answers = [404];
      run();
      const made = await schedule(100n * MS);
      const status = await untilState(made.id, "failed");
      assert.deepEqual([status.attempts, status.httpStatus, status.reason], [1, 404, "the target answered 404"]);
      assert.equal(rig.stamped.length, 0);
    });

    it("fails when every attempt in its window failed", async () => {
      target.answers = [500];
      run();
      const made = await schedule(100n * MS, { windowNs: String(S) });
      const status = await untilState(made.id, "failed");
      assert.ok(status.attempts >= 2);
    });

    it("is not made when it is cancelled before", async () => {
      await listen();
      const made = await schedule(3_600n * S);
      run();
      const { body } = await rig.ask<{ cancelled: boolean; status: Wire }>(
        account.key,
        "DELETE",
        `/v1/schedules/${made.id}`,
      );
      assert.deepEqual([body.cancelled, body.status.state], [true, "cancelled"]);
      const again = await rig.ask<{ cancelled: boolean }>(account.key, "DELETE", `/v1/schedules/${made.id}`);
      assert.equal(again.body.cancelled, true);
      assert.deepEqual(await events(), ["schedule.cancelled"]);
    });

    it("is cancelled up to the last moment, and nothing is sent", async () => {
      run();
      const made = await schedule(1_000n * MS);
      await until("it is claimed", async () => {
        const [row] = await rig.rows<{ owner: string | null }>(sql`select lease_owner as owner from gateway_schedules`);
        return row?.owner !== null;
      });
      await rig.ask(account.key, "DELETE", `/v1/schedules/${made.id}`);
      await until("its instant has passed", () => clock.utcNow() > BigInt(made.executeUtcNs) + 50n * MS);
      assert.equal((await read(made.id)).state, "cancelled");
      assert.equal(target.received.length, 0);
    });

    it("that is under way ends as it ends when it is cancelled meanwhile", async () => {
      target.answers = ["hang"];
      run();
      const made = await schedule(100n * MS);
      await until("it is called", () => target.received.length === 1);
      const { body } = await rig.ask<{ cancelled: boolean; status: Wire }>(
        account.key,
        "DELETE",
        `/v1/schedules/${made.id}`,
      );
      assert.deepEqual([body.cancelled, body.status.state], [false, "cancelling"]);
      target.stop();
      assert.equal((await untilState(made.id, "cancelled")).attempts, 1);
    });

    it("is made once when two gateways share the database", async () => {
      run();
      run();
      const all = await Promise.all(Array.from({ length: 15 }, (_, i) => schedule(600n * MS + BigInt(i) * MS)));
      for (const { id } of all) await untilState(id, "executed");
      assert.equal(target.received.length, 15);
      for (const { at, headers } of target.received) {
        const made = all.find(({ id }) => id === headers["idempotency-key"]);
        assert.ok(made !== undefined && at >= BigInt(made.executeUtcNs));
      }
    });

    it("stays executed while its record cannot be stamped", async () => {
      rig.stampsFail = true;
      run();
      const made = await schedule(100n * MS);
      await untilState(made.id, "executed");
      await until("a try to stamp it", async () => {
        const [row] = await rig.rows<{ again: boolean }>(
          sql`select lease_owner is null and not settled as again from gateway_schedules`,
        );
        return row?.again;
      });
      assert.equal((await read(made.id)).stamp, null);
    });
  });

  describe("after a crash", () => {
    it("is made again by the next gateway, with the same id, when nobody knows whether it arrived", async () => {
      const dataDir = mkdtempSync(join(tmpdir(), "chrono-schedules-"));
      target = await new CalledTarget().start();
      target.answers = ["hang", 200];
      try {
        rig = await ScheduleRig.open({ dataDir });
        await rig.serve();
        account = await rig.account();
        run(rig, 0n);
        const made = await schedule(100n * MS, { windowNs: String(60n * S) });
        await until("the first attempt", () => target.received.length === 1);
        await stopAll();
        const [row] = await rig.rows<{ firing: boolean }>(sql`select firing from gateway_schedules`);
        assert.equal(row?.firing, true, "the crash is between the call and its record");
        // A process that is killed gives no lease back.
        await rig.db.execute(
          sql`update gateway_schedules set lease_owner = 'gone', lease_until = ${made.executeUtcNs}::numeric * 2`,
        );
        await rig.stop();
        rig = await ScheduleRig.open({ dataDir });
        await rig.serve();
        runners.push(startScheduleRunner({ ...rig.context, databaseKind: "embedded" }));
        const status = await untilState(made.id, "executed");
        assert.equal(status.attempts, 2);
        assert.deepEqual(
          target.received.map(({ headers }) => headers["idempotency-key"]),
          [made.id, made.id],
        );
      } finally {
        await stopAll();
        target.stop();
        await rig.stop();
        rmSync(dataDir, { recursive: true, force: true });
      }
    });
  });

  describe("by a clock that is moved by hand", () => {
    let fake: FakeClock;
    before(async () => {
      fake = new FakeClock(clock.utcNow());
      rig = await ScheduleRig.open({ clock: fake });
      await rig.serve();
    });
    after(() => rig.stop());
    beforeEach(async () => {
      await rig.clear();
      target = await new CalledTarget().start();
      account = await rig.account();
    });
    afterEach(async () => {
      await stopAll();
      target.stop();
    });

    it("expires when no gateway was there in its window, and is never made late", async () => {
      await listen();
      const made = await schedule(60n * S, {}, () => fake.utcNow());
      fake.advance(71n * S);
      run();
      const status = await untilState(made.id, "expired");
      assert.deepEqual([status.attempts, status.reason], [0, "no gateway was there in its window"]);
      assert.equal(target.received.length, 0);
      assert.deepEqual(await events(), ["schedule.expired"]);
    });

    it("is not tried again after its window", async () => {
      target.answers = [500];
      run();
      const made = await schedule(S, { windowNs: String(S) }, () => fake.utcNow());
      fake.advance(S);
      await until("the next attempt is planned", async () => {
        const [row] = await rig.rows<{ planned: boolean }>(
          sql`select next_attempt_at > execute_at and not firing as planned from gateway_schedules`,
        );
        return row?.planned;
      });
      fake.advance(2n * S);
      const status = await untilState(made.id, "failed");
      assert.deepEqual([status.attempts, target.received.length], [1, 1]);
    });

    it("waits for its instant by the clock, even when that is set back meanwhile", async () => {
      run();
      const made = await schedule(3n * S, {}, () => fake.utcNow());
      fake.advance(2_900n * MS);
      await until("it is about to be made", async () => {
        const [row] = await rig.rows<{ firing: boolean }>(sql`select firing from gateway_schedules`);
        return row?.firing;
      });
      fake.step(-1n * S);
      fake.advance(500n * MS);
      await rig.ask(account.key, "GET", "/v1/schedules");
      assert.equal(target.received.length, 0);
      fake.advance(600n * MS);
      await untilState(made.id, "executed");
      assert.equal((await read(made.id)).latenessNs, "0");
    });
  });
});
