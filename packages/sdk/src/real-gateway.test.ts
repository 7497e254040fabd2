import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { isChronoError } from "@chronoledger/core";
import { GatewayRig } from "../../../test/support/gateway-rig.ts";
import { until } from "../../../test/support/until.ts";
import { ChronoLedgerClient } from "./client.ts";
import { openAccount } from "./open-account.ts";
import { verifyProof } from "./verify-proof.ts";

describe("the client against a gateway", () => {
  const rig = new GatewayRig();
  let client: ChronoLedgerClient;

  before(async () => {
    await rig.start();
    const { key } = await rig.account("regulatory");
    client = new ChronoLedgerClient({ url: rig.url, apiKey: key, tier: "regulatory", compliance: ["MiFID_II", "CAT"] });
  });
  after(() => rig.stop());

  it("opens an account and stamps with its key", async () => {
    const account = await openAccount("a developer", { url: rig.url });
    const stamp = await new ChronoLedgerClient({ url: rig.url, apiKey: account.apiKey, tier: "developer" }).stamp(
      "text",
    );
    assert.equal(stamp.precision, "ms");
    assert.ok(verifyProof(stamp.proof, rig.oracle.quorum.set).valid);
  });

  it("stamps, in batches too, and counts each once", async () => {
    const before = await stampsUsed();
    const stamp = await client.getTimestamp();
    assert.equal(stamp.precision, "ns");
    assert.equal(stamp.test, true);
    const batch = await client.getTimestampBatch(100);
    const results = await client.verifyProofBatch([...batch]);
    assert.ok(results.every(({ valid }) => valid));
    assert.equal((await stampsUsed()) - before, 101);
  });

  it("charges a repeat with the same key once, and gives the same stamp", async () => {
    const before = await stampsUsed();
    const call = { idempotencyKey: "order-17" };
    const [one, two] = [await client.stamp("order 17", call), await client.stamp("order 17", call)];
    assert.equal(one.id, two.id);
    assert.equal((await stampsUsed()) - before, 1);
    await assert.rejects(
      client.stamp("order 18", call),
      (error) => isChronoError(error) && error.code === "idempotency/mismatch" && /draw a new one/.test(error.message),
    );
  });

  it("proves an event and verifies it offline", async () => {
    const event = { order: "A-1", price: 101n };
    const proof = await client.generateProof(event, rig.oracle.clock.utcNow());
    const result = verifyProof(JSON.parse(JSON.stringify(proof)) as object, rig.oracle.quorum.set, { event });
    assert.ok(result.valid && result.claim?.relation === "at-arrival");
  });

  it("stamps for each regime in its own format", async () => {
    const trade = { order: "A-1" };
    const [mifid, cat, sftr] = [
      await client.getMiFIDIITimestamp(trade, { reference: "A-1" }),
      await client.getCATTimestamp(trade),
      await client.getSFTRTimestamp(trade),
    ];
    assert.match(mifid.value, /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/);
    assert.match(cat.value, /^20\d{6} \d{6}\.\d+$/);
    assert.match(sftr.value, /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    for (const stamp of [mifid, cat, sftr]) {
      assert.ok(stamp.reasons.length > 0, "a test network is no evidence");
      assert.ok((await client.verifyProof(stamp, trade)).valid);
    }
  });

  it("gets a certificate at an instant of the future", async () => {
    const time = rig.oracle.clock.utcNow() + 2_000_000_000n;
    const scheduled = await client.scheduleTimestamp(time);
    const stamp = await scheduled.wait({ signal: AbortSignal.timeout(30_000) });
    assert.ok(stamp.existedBefore >= time);
    if (stamp.exact) assert.equal(stamp.existedBefore, time);
    assert.equal(await scheduled.cancel(), false);
    const later = await client.scheduleTimestamp(time + 3_600_000_000_000n);
    assert.equal(await later.cancel(), true);
  });

  it("has an address called at its instant and proves when", async () => {
    const bodies: string[] = [];
    const target = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      bodies.push(Buffer.concat(chunks).toString("hex"));
      response.end();
    });
    await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
    try {
      const url = `http://127.0.0.1:${(target.address() as AddressInfo).port}/hook`;
      const time = rig.oracle.clock.utcNow() + 1_000_000_000n;
      const id = await client.scheduleExecution(url, "0xc0ffee", time);
      const done = await until("the call's record", async () => {
        const status = await client.getExecutionStatus(id);
        return status.state === "executed" && status.stamp !== null && status;
      });
      assert.deepEqual(bodies, ["c0ffee"]);
      assert.ok(done.lateness !== null && done.lateness >= 0n);
      assert.equal(await client.cancelExecution(id), false);
      const late = await client.scheduleExecution(url, "0x", time + 3_600_000_000_000n);
      assert.equal(await client.cancelExecution(late), true);
    } finally {
      target.closeAllConnections();
      target.close();
    }
  });

  it("reports on a period and exports it", async () => {
    await client.getMiFIDIITimestamp({ order: "A-2" });
    const to = rig.oracle.clock.utcNow();
    const period = { from: to - 60_000_000_000n, to };
    const report = await client.generateAuditReport(period.from, period.to, true, { firm: "A. Firm" });
    assert.ok((await client.verifyProof(report, report.report)).valid);
    assert.equal(new TextDecoder().decode((await report.pdf()).subarray(0, 5)), "%PDF-");
    assert.match(await report.csv(), /stamps/);
    for (const format of ["NIST", "ISO8601", "RFC3161"] as const)
      assert.ok((await client.exportComplianceData(format, period)).bytes().length > 0, format);
    const custom = await client.exportComplianceData("Custom", { ...period, columns: ["id", "time"], digits: 6 });
    assert.ok(custom.count > 0);
  });

  it("makes and revokes keys", async () => {
    const made = await client.account.createKey({ name: "stamps only", scopes: ["stamp"], expiresUtcNs: null });
    const narrow = new ChronoLedgerClient({ url: rig.url, apiKey: made.secret });
    assert.ok((await narrow.getTimestamp()).test);
    await assert.rejects(narrow.account.usage(), /auth\/forbidden/);
    await client.account.revokeKey(made.key.id);
    await assert.rejects(narrow.getTimestamp(), /auth\/refused/);
    assert.ok((await client.account.keys()).some(({ id }) => id === made.key.id));
  });

  const stampsUsed = async () => (await client.account.usage()).stamps.used;
});
