import assert from "node:assert/strict";
import { isChronoError, toBase64Url } from "@chronoledger/core";
import { Stamp } from "@chronoledger/core/gateway";
import { STUB_KEY, StubGateway } from "../../../test/support/stub-gateway.ts";
import { eventHash } from "./canonical-event.ts";
import { ChronoLedgerClient } from "./client.ts";

const ID = `ar_${"A".repeat(22)}`;
const REPORT = { schema: "x/1", excursions: [{ node: 1, maxNs: "5" }], createdUtcNs: "1" };

describe("audit reports and exports of the client", () => {
  const gateway = new StubGateway();
  let client: ChronoLedgerClient;
  let kept: object = REPORT;

  before(async () => {
    await gateway.start();
    client = new ChronoLedgerClient({ url: gateway.url, apiKey: STUB_KEY });
    const summary = {
      ...{ id: ID, fromUtcNs: "1", toUtcNs: "9", createdUtcNs: "10", imprint: toBase64Url(eventHash(REPORT)) },
      ...{ stamps: 3, excursions: 1, verdict: "excursions" },
    };
    const stamp = Stamp.encode(await gateway.stamper.stamp(eventHash(REPORT)));
    const stored = () => ({ summary, report: kept, stamp });
    gateway.extra["POST /v1/compliance/reports"] = stored;
    gateway.extra["GET /v1/compliance/reports"] = stored;
    gateway.extra["POST /v1/compliance/exports"] = (body) => ({
      format: (body as { format: string }).format,
      mediaType: "text/csv",
      count: 1,
      ...((body as { format: string }).format === "RFC3161"
        ? { content: "AP8=", encoding: "base64" }
        : { content: "é\n", encoding: "text" }),
    });
  });
  after(() => gateway.stop());
  beforeEach(() => {
    kept = REPORT;
    gateway.seen.length = 0;
  });

  it("come with a stamp of the report itself", async () => {
    const report = await client.generateAuditReport(1n, 9n, true, { firm: "A. Firm" });
    assert.deepEqual(JSON.parse(gateway.seen.find(({ method }) => method === "POST")?.body ?? ""), {
      ...{ fromUtcNs: "1", toUtcNs: "9", includeProofs: true, regime: "mifid2-eu", firm: "A. Firm" },
    });
    assert.deepEqual(
      [report.verdict, report.stamps, report.excursions, report.from, report.to],
      ["excursions", 3, 1, 1n, 9n],
    );
    const result = await client.verifyProof(report, report.report);
    assert.ok(result.valid && result.event === "matches");
    await report.pdf();
    assert.equal(gateway.seen.at(-1)?.headers.accept, "application/pdf");
    await report.csv();
    assert.equal(gateway.seen.at(-1)?.headers.accept, "text/csv");
  });

  it("are refused when they are not what was stamped", async () => {
    kept = { ...REPORT, excursions: [] };
    await assert.rejects(
      client.generateAuditReport(1n, 9n, false),
      (error) =>
        isChronoError(error) && error.code === "proof/context" && /not the one that was stamped/.test(error.message),
    );
  });

  it("gives an export's bytes, whatever it was sent as", async () => {
    const text = await client.exportComplianceData("ISO8601", { from: 1n, to: 9n, digits: 9 });
    assert.deepEqual([...text.bytes()], [0xc3, 0xa9, 0x0a]);
    const tokens = await client.exportComplianceData("RFC3161", { from: 1n, to: 9n, regime: "cat" });
    assert.deepEqual([...tokens.bytes()], [0, 255]);
    await assert.rejects(client.exportComplianceData("Custom", { from: 1n, to: 9n, digits: 12 }), /digits/);
  });
});
