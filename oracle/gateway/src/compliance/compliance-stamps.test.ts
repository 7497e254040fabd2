import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { parseCatTime, parseIso8601 } from "@chronoledger/compliance";
import { proofFromJson, toBase64Url, verifyProof } from "@chronoledger/core";
import { ComplianceStamp, type Regime } from "@chronoledger/core/gateway";
import { sql } from "drizzle-orm";
import { GatewayRig } from "../../../../test/support/gateway-rig.ts";
import { until } from "../../../../test/support/until.ts";
import { rowsOf } from "../store/rows-of.ts";

const path = "/v1/compliance/stamps";
const imprint = toBase64Url(createHash("sha256").update("an order").digest());

describe("stamps under a regime", function () {
  this.timeout(60_000);
  const rig = new GatewayRig();
  let key: string;
  let accountId: string;

  before(async () => {
    await rig.start();
    await until("the nodes to agree", async () => (await rig.ask("GET", "/readyz")).status === 200);
    ({ key, id: accountId } = await rig.account("enterprise"));
  });
  // On a busy machine the looks at the nodes may come late.
  beforeEach(async () => {
    await until("the nodes to agree", async () => (await rig.ask("GET", "/readyz")).status === 200);
  });
  after(() => rig.stop());

  const stamp = async (body: object, headers: Record<string, string> = {}, by = key) => {
    const answer = await rig.ask("POST", path, { key: by, body: { imprint, ...body }, headers });
    assert.equal(answer.status, 201, answer.text);
    return ComplianceStamp.parse(answer.json());
  };
  const usage = async () => {
    const [row] = await rowsOf<{ n: string }>(
      rig.database,
      sql`select coalesce(sum(quantity), 0)::text as n from gateway_usage where account_id = ${accountId} and meter = 'stamp.compliant'`,
    );
    return Number(row?.n);
  };

  const forms: readonly (readonly [Regime, string, RegExp])[] = [
    ["mifid2-eu", "hft", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/],
    ["mifid2-uk", "hft", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/],
    ["cat", "participant", /^\d{8} \d{6}\.\d{9}$/],
    ["sftr", "reporting", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/],
  ];
  for (const [regime, activity, form] of forms)
    it(`print the time as ${regime} wants it, of the strictest class unless one is named, and hold the true time`, async () => {
      const made = await stamp({ regime, reference: "order 7" });
      assert.equal(made.activity, activity);
      assert.match(made.value, form);
      const meanings = regime === "cat" ? parseCatTime(made.value) : [parseIso8601(made.value).timeUtcNs];
      assert.ok(
        meanings.some((time) => made.stamp.timeUtcNs - time >= 0n && made.stamp.timeUtcNs - time <= made.uncertaintyNs),
      );
      const { leaf } = verifyProof(proofFromJson(made.stamp.proof), rig.oracle.quorum.set);
      assert.equal(toBase64Url(leaf.imprint), imprint);
      assert.equal(leaf.time, made.stamp.timeTaiNs);
    });

  it("say what speaks against them: the test flag, the uncertainty, the missing chain to UTC", async () => {
    const { reasons, withinLimit } = await stamp({ regime: "mifid2-eu", activity: "hft" });
    assert.ok(reasons.some((text) => /test flag/.test(text)));
    assert.ok(reasons.some((text) => /may be off by/.test(text)));
    assert.ok(reasons.some((text) => /No chain of comparisons/.test(text)));
    assert.equal(withinLimit, false);
    assert.equal((await stamp({ regime: "mifid2-eu", activity: "voice" })).withinLimit, true);
  });

  it("take a class by its own name or with the regime's before it", async () => {
    assert.equal((await stamp({ regime: "cat", activity: "industry-member" })).activity, "industry-member");
    assert.equal((await stamp({ regime: "cat", activity: "cat-industry-member" })).activity, "industry-member");
  });

  it("are refused for a class that the regime does not have, before anything is charged", async () => {
    const before = await usage();
    for (const [regime, activity] of [
      ["mifid2-uk", "si-fast"],
      ["sftr", "hft"],
      ["cat", "nonsense"],
    ]) {
      const { status, text } = await rig.ask("POST", path, { key, body: { regime, activity, imprint } });
      assert.equal(status, 400, text);
      assert.match(text, /input\/out-of-range/);
    }
    assert.equal(await usage(), before);
  });

  it("are charged once for one Idempotency-Key, and the repeat prints the same", async () => {
    const before = await usage();
    const headers = { "idempotency-key": "one-order" };
    const first = await stamp({ regime: "cat" }, headers);
    assert.deepEqual(await stamp({ regime: "cat" }, headers), first);
    assert.equal(await usage(), before + 1);
    const other = await rig.ask("POST", path, { key, body: { regime: "sftr", imprint }, headers });
    assert.equal(other.status, 422);
  });

  it("are finer only as far as the tier gives it, and say so", async () => {
    const { key: by } = await rig.account("professional");
    const { reasons, granularityNs } = await stamp({ regime: "mifid2-eu", activity: "hft" }, {}, by);
    assert.equal(granularityNs, 1_000n);
    assert.ok(reasons.some((text) => /tier gives 1000 ns/.test(text)));
  });

  it("are for tiers with compliance: others are told which", async () => {
    const { key: by } = await rig.account("developer");
    const { status, text } = await rig.ask("POST", path, { key: by, body: { regime: "cat", imprint } });
    assert.equal(status, 403);
    assert.match(text, /professional/);
  });

  it("stand in the account's list with their regime, and keep the reference out of the log", async () => {
    const { items } = (await rig.ask("GET", "/v1/stamps?limit=1000", { key })).json<{
      items: { regime: string | null }[];
    }>();
    assert.ok(items.every(({ regime }) => regime !== null));
    assert.ok(!rig.logged.join("\n").includes("order 7"));
  });

  describe("retention", () => {
    it("is 7 years unless set, and 5 at least", async () => {
      const ask = (method: string, body?: object) =>
        rig.ask(method, "/v1/compliance/retention", { key, ...(body === undefined ? {} : { body }) });
      assert.deepEqual((await ask("GET")).json(), { years: 7 });
      assert.deepEqual((await ask("PUT", { years: 12 })).json(), { years: 12 });
      assert.deepEqual((await ask("GET")).json(), { years: 12 });
      assert.equal((await ask("PUT", { years: 4 })).status, 400);
    });
  });

  describe("what needs no account", () => {
    it("lists the rules with what to ask for them", async () => {
      const { rules } = (await rig.ask("GET", "/v1/compliance/regimes")).json<{
        rules: { regime: string | null; activity: string; rule: { divergenceLimitNs: string | null } }[];
      }>();
      const hft = rules.find(({ regime, activity }) => regime === "mifid2-eu" && activity === "hft");
      assert.equal(hft?.rule.divergenceLimitNs, "100000");
    });

    it("checks a firm's answers", async () => {
      const answers = {
        atUtcNs: "1790000000000000000",
        jurisdictions: ["EU"],
        systems: [
          {
            name: "engine",
            roles: ["venue-member"],
            activities: ["hft"],
            gatewayLatencyP99Ns: null,
            maxDivergenceNs: "200000",
            granularityNs: "100",
            stampingPointIdentified: true,
          },
        ],
        traceability: "documented-chain",
        satellite: "not-used",
        monitoring: "continuous",
        businessDaySync: null,
        monthsSinceReview: 3,
        retentionYears: 7,
        easilyAccessibleYears: null,
      };
      const { status, text, json } = await rig.ask("POST", "/v1/compliance/check", { body: answers });
      assert.equal(status, 200, text);
      assert.equal(json<{ verdict: string }>().verdict, "falls-short");
    });

    it("calculates costs, and refuses numbers that would not stay exact", async () => {
      const small = { years: 3, tier: "enterprise", stampsPerYear: 1_000, systems: 2 };
      assert.equal((await rig.ask("POST", "/v1/compliance/roi", { body: small })).status, 200);
      const huge = { ...small, grandmasterClocks: 1_000_000, grandmasterPriceCents: 1_000_000_000_000 };
      assert.equal((await rig.ask("POST", "/v1/compliance/roi", { body: huge })).status, 400);
    });
  });
});
