import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { AuditReport } from "@chronoledger/compliance";
import { decodeProof, proofFromJson, toBase64Url, verifyProof } from "@chronoledger/core";
import { type ComplianceExport, StoredReport } from "@chronoledger/core/gateway";
import { parseToken } from "@chronoledger/rfc3161";
import { sql } from "drizzle-orm";
import * as z from "zod";
import { GatewayRig } from "../../../../test/support/gateway-rig.ts";
import { until } from "../../../../test/support/until.ts";
import { rowsOf } from "../store/rows-of.ts";

const reports = "/v1/compliance/reports";
const HOUR = 3_600_000_000_000n;
const imprintOf = (text: string) => toBase64Url(createHash("sha256").update(text).digest());

describe("reports and exports", function () {
  this.timeout(60_000);
  const rig = new GatewayRig();
  let key: string;
  let orderId: string;

  const now = (): bigint => rig.gateway.context.clock.utcNow();
  const period = (more: object = {}) => ({ fromUtcNs: String(now() - HOUR), toUtcNs: String(now()), ...more });
  const post = (path: string, body: object, headers: Record<string, string> = {}, by = key) =>
    rig.ask("POST", path, { key: by, body, headers });
  const make = async (more: object = {}, headers: Record<string, string> = {}) => {
    const answer = await post(reports, period(more), headers);
    assert.equal(answer.status, 201, answer.text);
    const { summary, report, stamp } = StoredReport.parse(answer.json());
    return { summary, stamp, report: AuditReport.parse(report), answer };
  };

  before(async () => {
    await rig.start();
    await until("the nodes to agree", async () => (await rig.ask("GET", "/readyz")).status === 200);
    ({ key } = await rig.account("regulatory"));
    const order = { regime: "mifid2-eu", activity: "hft", imprint: imprintOf("order"), reference: "=1+1" };
    const made = await post("/v1/compliance/stamps", order);
    assert.equal(made.status, 201, made.text);
    orderId = made.json<{ stamp: { id: string } }>().stamp.id;
    await post("/v1/stamps/batch", { count: 3 });
    await until("observations", async () => {
      const [row] = await rowsOf<{ n: number }>(
        rig.database,
        sql`select count(*)::integer as n from gateway_observations`,
      );
      return (row?.n ?? 0) >= 8;
    });
  });
  // On a busy machine the looks at the nodes may come late.
  beforeEach(async () => {
    await until("the nodes to agree", async () => (await rig.ask("GET", "/readyz")).status === 200);
  });
  after(() => rig.stop());

  describe("a report", () => {
    it("states what was recorded, claims no more, and is stamped by the quorum", async () => {
      const { report, summary, stamp } = await make({ firm: "A firm", activity: "hft" });
      assert.equal(report.organisation, "A firm");
      assert.match(report.notices[0] ?? "", /no evidence for a regulator/);
      assert.equal(report.verdict.result, "no-evidence");
      assert.deepEqual([report.clocks.length, report.divergence.overall.length], [4, 4]);
      for (const { source, test, keyProtection, assessment, chain } of report.clocks) {
        assert.deepEqual([source, test, keyProtection], ["software", true, "software"]);
        assert.equal(assessment.laboratory, null);
        assert.deepEqual(
          chain.map(({ reference, evidence }) => [reference, evidence]),
          [["software", null]],
        );
      }
      assert.ok(report.divergence.overall.every(({ measured }) => measured > 0));
      assert.equal(report.divergence.limitNs, 100_000n);
      assert.ok(report.softwareChanges.some(({ what }) => what === "start"));
      assert.ok(report.verification.certificates.count >= 2);
      const items = report.stamps.items.map(({ id, regime, class: name }) => [id.slice(0, 3), regime, name]);
      assert.deepEqual(items, [
        ["st_", "mifid-eu", "hft"],
        ["sb_", null, null],
      ]);
      const { leaf } = verifyProof(proofFromJson(stamp.proof), rig.oracle.quorum.set);
      assert.deepEqual(Buffer.from(leaf.imprint), Buffer.from(summary.imprint));
    });

    it("is what was stamped to the byte, by the type that gives the bytes alone", async () => {
      const { summary } = await make();
      const accept = "application/vnd.chronoledger.audit-report+json";
      const file = await rig.ask("GET", `${reports}/${summary.id}`, { key, headers: { accept } });
      assert.ok(file.headers.get("content-type")?.startsWith(accept));
      assert.deepEqual(createHash("sha256").update(file.text).digest(), Buffer.from(summary.imprint));
      const stored = await rig.ask("GET", `${reports}/${summary.id}`, { key });
      assert.ok(stored.text.includes(file.text));
    });

    it("is shown as CSV, safe for spreadsheets, and as PDF", async () => {
      const { summary } = await make();
      const csv = await rig.ask("GET", `${reports}/${summary.id}`, { key, headers: { accept: "text/csv" } });
      assert.match(csv.text, /^# summary[^\r\n]*\r\n/);
      assert.match(csv.text, /\r\n\r\n# stamps/);
      const response = await fetch(`${rig.url}${reports}/${summary.id}`, {
        headers: { authorization: `Bearer ${key}`, accept: "application/pdf" },
      });
      assert.equal(response.headers.get("content-type"), "application/pdf");
      assert.match(Buffer.from(await response.arrayBuffer()).toString("latin1"), /^%PDF-/);
    });

    it("carries the proofs where they are asked for, which takes the largest tier", async () => {
      const { report } = await make({ includeProofs: true });
      const order = report.stamps.items.find(({ id }) => id === orderId);
      assert.ok(order?.proof != null);
      const { leaf } = verifyProof(decodeProof(order.proof), rig.oracle.quorum.set);
      assert.equal(toBase64Url(leaf.imprint), imprintOf("order"));
      const { key: enterprise } = await rig.account("enterprise");
      assert.equal((await post(reports, period({ includeProofs: true }), {}, enterprise)).status, 403);
      assert.equal((await post(reports, period(), {}, enterprise)).status, 201);
      const { key: professional } = await rig.account("professional");
      const refused = await post(reports, period(), {}, professional);
      assert.equal(refused.status, 403);
      assert.match(refused.text, /enterprise/);
    });

    it("is made once for one Idempotency-Key, also when many ask at once", async () => {
      const body = period();
      const headers = { "idempotency-key": "monthly" };
      const answers = await Promise.all(Array.from({ length: 4 }, () => post(reports, body, headers)));
      assert.deepEqual(
        answers.map(({ status }) => status),
        [201, 201, 201, 201],
      );
      assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
      assert.equal((await post(reports, { ...body, includeProofs: true }, headers)).status, 422);
    });

    it("goes on where it stopped when the network was away: the same report is stamped later", async () => {
      const body = period();
      const headers = { "idempotency-key": "interrupted" };
      rig.oracle.failing = true;
      const failed = await post(reports, body, headers).finally(() => {
        rig.oracle.failing = false;
      });
      assert.equal(failed.status, 503, failed.text);
      const [waiting] = await rowsOf<{ id: string }>(
        rig.database,
        sql`select id from gateway_reports where sequence is null`,
      );
      assert.ok(waiting !== undefined);
      assert.equal((await rig.ask("GET", `${reports}/${waiting.id}`, { key })).status, 404);
      const later = await post(reports, body, headers);
      assert.equal(later.status, 201, later.text);
      assert.equal(later.json<{ summary: { id: string } }>().summary.id, waiting.id);
    });

    it("of many stamps is made and shown in a thread of its own, and is the same to the byte", async () => {
      const by = (await rig.account("regulatory")).key;
      await post("/v1/stamps/batch", { count: 1_200 }, {}, by);
      // A request for each leaf.
      await rig.database.execute(sql`
        insert into gateway_stamps (account_id, sequence, leaf_index, count, time_utc, uncertainty, precision, meter)
        select account_id, sequence, leaf_index + i, 1, time_utc, uncertainty, precision, meter
        from gateway_stamps, generate_series(1, 1199) as i where count = 1200`);
      await rig.database.execute(sql`update gateway_stamps set count = 1 where count = 1200`);
      const made = await post(reports, period(), {}, by);
      assert.equal(made.status, 201, made.text);
      const { summary, report } = StoredReport.parse(made.json());
      const { stamps } = AuditReport.parse(report);
      assert.deepEqual([stamps.items.length, new Set(stamps.items.map(({ id }) => id)).size], [1_200, 1_200]);
      const accept = "application/vnd.chronoledger.audit-report+json";
      const show = (type: string) => rig.ask("GET", `${reports}/${summary.id}`, { key: by, headers: { accept: type } });
      const file = await show(accept);
      assert.deepEqual(createHash("sha256").update(file.text).digest(), Buffer.from(summary.imprint));
      assert.match((await show("text/csv")).text, /# stamps/);
      assert.match((await show("application/pdf")).text, /^%PDF-/);
    });

    it("is refused for a period that is empty, in the future or too long, and for a class that is none", async () => {
      for (const more of [
        { toUtcNs: String(now() - 2n * HOUR) },
        { toUtcNs: String(now() + HOUR) },
        { fromUtcNs: String(now() - 401n * 24n * HOUR) },
        { fromUtcNs: "0", toUtcNs: "18446744073709551615" },
        { activity: "nonsense" },
      ]) {
        const { status, text } = await post(reports, period(more));
        assert.equal(status, 400, text);
      }
      assert.equal((await post(reports, period({ regime: "sftr" }))).status, 201);
      // Before the clocks were observed, and before the present act: what there is, is told.
      const old = { fromUtcNs: "1600000000000000000", toUtcNs: "1600003600000000000" };
      const early = await post(reports, old);
      assert.equal(early.status, 201, early.text);
      assert.match(early.text, /2017\/574/);
    });

    it("is listed and read by its account alone", async () => {
      const list = async (query: string) =>
        (await rig.ask("GET", `${reports}${query}`, { key })).json<{ items: { id: string }[]; next: string | null }>();
      const { items } = await list("?limit=1000");
      const first = await list("?limit=2");
      const second = await list(`?limit=1000&cursor=${first.next}`);
      assert.deepEqual([...first.items, ...second.items], items);
      const stranger = await rig.account("regulatory");
      const id = items[0]?.id;
      assert.equal((await rig.ask("GET", `${reports}/${id}`, { key: stranger.key })).status, 404);
    });
  });

  describe("an export", () => {
    const exported = async (body: object) => {
      const answer = await post("/v1/compliance/exports", period(body));
      assert.equal(answer.status, 200, answer.text);
      return answer.json<z.input<typeof ComplianceExport>>();
    };

    it("is ISO 8601 with as many digits as asked for, widening the uncertainty by those left out", async () => {
      const { content, count } = await exported({ format: "ISO8601", digits: 3, regime: "mifid2-eu" });
      assert.equal(count, 1);
      const [head, line = ""] = content.split("\r\n");
      assert.equal(head, "id,time,uncertaintyNs,existedBefore,regime,test");
      assert.match(line, new RegExp(`^${orderId},\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z,\\d+,`));
    });

    it("is NIST's line, which names NIST only where the chain ends there", async () => {
      const { content } = await exported({ format: "NIST" });
      assert.match(content, /UTC\(CHRONO\) \*/);
      assert.ok(!content.includes("UTC(NIST)"));
    });

    it("is CSV of the columns asked for, in their order, safe for spreadsheets", async () => {
      const columns = ["reference", "id", "proof", "imprint"];
      const { content } = await exported({ format: "Custom", columns, regime: "mifid2-eu" });
      assert.equal(
        content,
        `reference,id,proof,imprint\r\n'=1+1,${orderId},/v1/proofs/${orderId},${imprintOf("order")}\r\n`,
      );
    });

    it("is RFC 3161 tokens by id, one for each leaf of a batch", async () => {
      const { content, count, encoding } = await exported({ format: "RFC3161" });
      assert.equal(encoding, "text");
      const tokens = z.array(z.object({ id: z.string(), token: z.base64() })).parse(JSON.parse(content));
      assert.equal(tokens.length, count);
      assert.equal(new Set(tokens.map(({ id }) => id)).size, count);
      const order = tokens.find(({ id }) => id === orderId);
      const { info } = parseToken(Uint8Array.from(Buffer.from(order?.token ?? "", "base64")));
      assert.equal(toBase64Url(info.imprint), imprintOf("order"));
      await post("/v1/stamps/batch", { count: 501 });
      const { status } = await post("/v1/compliance/exports", period({ format: "RFC3161" }));
      assert.equal(status, 413);
    });

    it("takes a tier that has it, and a period as a report does", async () => {
      const { key: basic } = await rig.account("professional");
      assert.equal((await post("/v1/compliance/exports", period({ format: "NIST" }), {}, basic)).status, 403);
      const future = period({ format: "NIST", toUtcNs: String(now() + HOUR) });
      assert.equal((await post("/v1/compliance/exports", future)).status, 400);
    });
  });
});
