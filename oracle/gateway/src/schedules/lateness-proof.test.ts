import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { fromBase64Url } from "@chronoledger/core";
import { createSystemClock } from "@chronoledger/service";
import { GatewayRig } from "../../../../test/support/gateway-rig.ts";
import { CalledTarget } from "../../../../test/support/schedule-rig.ts";
import { until } from "../../../../test/support/until.ts";
import { type ScheduleRunner, startScheduleRunner } from "./schedule-runner.ts";

describe("the lateness of a call", () => {
  const rig = new GatewayRig();
  let target: CalledTarget;
  let runner: ScheduleRunner;
  before(async () => {
    target = await new CalledTarget().start();
    await rig.start();
    runner = startScheduleRunner(rig.gateway.context);
  });
  after(async () => {
    await runner.stop();
    await rig.stop();
    target.stop();
  });

  it("is provable: its record is stamped by the quorum, once, and costs no stamp", async () => {
    const { key } = await rig.account();
    await until("a time", () => rig.gateway.context.arrival.now());
    const executeUtcNs = String(createSystemClock().utcNow() + 2_000_000_000n);
    const made = await rig.ask("POST", "/v1/schedules", { key, body: { target: target.url, executeUtcNs } });
    assert.equal(made.status, 201, made.text);
    const { id } = made.json<{ id: string }>();
    type Status = { state: string; record: string; stamp: { id: string; imprint: string; proof: unknown } | null };
    const status = await until("a stamp", async () => {
      const now = (await rig.ask("GET", `/v1/schedules/${id}`, { key })).json<Status>();
      return now.stamp !== null && now;
    });
    assert.equal(status.state, "executed");
    const record = createHash("sha256").update(status.record).digest();
    assert.deepEqual(Buffer.from(fromBase64Url(status.stamp?.imprint ?? "")), record);
    const verified = await rig.ask("POST", "/v1/verify", { body: { proof: status.stamp?.proof } });
    assert.equal(verified.json<{ valid: boolean }>().valid, true, verified.text);
    assert.equal(target.received.length, 1);
    const usage = (await rig.ask("GET", "/v1/usage", { key })).json<{ quantities: Record<string, number> }>();
    assert.deepEqual(
      [usage.quantities["schedule.simple"], usage.quantities["stamp.precise"]],
      [1, 0],
      JSON.stringify(usage),
    );
  });
});
