import assert from "node:assert/strict";
import { isChronoError, nodeSetToJson, sha256, toBase64Url } from "@chronoledger/core";
import { newQuorum } from "../../../test/support/quorum.ts";
import { STUB_KEY, StubGateway } from "../../../test/support/stub-gateway.ts";
import { ChronoLedgerClient } from "./client.ts";
import type { ChronoLedgerClientOptions } from "./client-options.ts";
import { openAccount } from "./open-account.ts";

const rejects = (promise: Promise<unknown>, code: string, text: RegExp = /./) =>
  assert.rejects(promise, (error) => isChronoError(error) && error.code === code && text.test(error.message));

describe("client of a gateway", () => {
  const gateway = new StubGateway();
  const clientOf = (options: ChronoLedgerClientOptions = {}) =>
    new ChronoLedgerClient({ url: gateway.url, apiKey: STUB_KEY, ...options });

  before(() => gateway.start());
  after(() => gateway.stop());
  beforeEach(() => {
    gateway.tamper = undefined;
    gateway.faults.length = 0;
    gateway.seen.length = 0;
    gateway.tier = "regulatory";
  });

  it("gives the time with its interval and a proof", async () => {
    const stamp = await clientOf().getTimestamp();
    assert.equal(typeof stamp.timestamp, "bigint");
    assert.equal(BigInt(stamp.confidence), stamp.uncertainty);
    assert.ok(stamp.existedBefore > stamp.timestamp);
    assert.equal(stamp.nistCompliant, false);
    assert.equal(stamp.test, true);
    assert.equal(stamp.trust, "gateway");
    assert.match(JSON.stringify(stamp), /"time":"20\d\d-.*Z"/);
  });

  it("sends hashes, never data", async () => {
    const secret = "the price is 101.25";
    const client = clientOf();
    const stamp = await client.stamp(secret);
    await client.generateProof({ secret }, stamp.timestamp);
    await client.getMiFIDIITimestamp({ secret });
    assert.deepEqual(stamp.imprint, sha256(new TextEncoder().encode(secret)));
    assert.ok(gateway.seen.every(({ body }) => !body.includes("101.25")));
  });

  it("stamps other random bytes each time, so that an old answer is not taken for a new one", async () => {
    const client = clientOf();
    const [old] = [await client.getTimestamp(), gateway.seen.length];
    gateway.tamper = (path, answer) => (path === "/v1/stamps" ? JSON.parse(JSON.stringify(wireOf(old))) : answer);
    await rejects(client.getTimestamp(), "proof/context", /not what was stamped/);
  });

  it("opens a batch whose proofs stand alone", async () => {
    const client = clientOf();
    const batch = await client.getTimestampBatch(5);
    assert.equal(batch.count, 5);
    assert.equal(new Set(Array.from(batch, ({ imprint }) => toBase64Url(imprint))).size, 5);
    const results = await client.verifyProofBatch([...batch]);
    assert.ok(results.every((each) => each.valid && each.timestamp === batch.timestamp));
    assert.throws(() => batch.proof(5), /proof\/malformed/);
    await rejects(client.getTimestampBatch(0), "input/out-of-range");
    await rejects(client.getTimestampBatch(65_537), "input/out-of-range");
  });

  it("does not take an old batch for a new one", async () => {
    const client = clientOf();
    let old: unknown;
    gateway.tamper = (path, answer) => {
      if (path !== "/v1/stamps/batch") return answer;
      old ??= answer;
      return old;
    };
    await client.getTimestampBatch(3);
    await rejects(client.getTimestampBatch(3), "proof/context", /field: imprint, index: 0/);
    await rejects(client.getTimestampBatch(4), "proof/context", /field: count/);
  });

  it("waits for a scheduled stamp by the network's clock", async () => {
    const time = gateway.oracle.clock.utcNow() + 300_000_000n;
    const scheduled = await clientOf().scheduleTimestamp(time);
    assert.equal((await scheduled.status()).state, "waiting");
    const stamp = await scheduled.wait();
    assert.equal(stamp.exact, false);
    assert.deepEqual(stamp.imprint, scheduled.imprint);
    assert.ok(stamp.existedBefore >= time);
    const late = await clientOf().scheduleTimestamp(time + 3_600_000_000_000n);
    await assert.rejects(late.wait({ signal: AbortSignal.abort(new Error("enough")) }), /enough/);
  });

  it("schedules, follows and cancels a call", async () => {
    const client = clientOf();
    const target = `0x${"a".repeat(40)}`;
    const id = await client.scheduleExecution(target, Uint8Array.of(1, 255), 2_000_000_000_000_000_000n, 100_000, {
      window: 5n,
    });
    assert.match(gateway.seen.at(-1)?.body ?? "", /"calldata":"0x01ff".*"windowNs":"5","gasLimit":100000/);
    const status = await client.getExecutionStatus(id);
    assert.deepEqual([status.state, status.executeTime, status.window], ["accepted", 2_000_000_000_000_000_000n, 5n]);
    assert.equal(await client.cancelExecution(id), true);
    assert.equal((await client.getExecutionStatus(id)).state, "cancelled");
    await rejects(client.scheduleExecution(target, "0xabc", 1n, 100_000), "input/malformed", /calldata/);
    await rejects(client.scheduleExecution(target, "0x", 1n, 5), "input/malformed", /gasLimit/);
  });

  it("keeps what a regulator would have to be told", async () => {
    const stamp = await clientOf().getMiFIDIITimestamp({ id: 7n }, { activity: "hft", reference: "A-1" });
    assert.match(stamp.value, /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/);
    assert.deepEqual([stamp.regime, stamp.activity, stamp.withinLimit], ["mifid2-eu", "hft", false]);
    assert.deepEqual(stamp.reasons, ["the test flag is set"]);
    assert.equal(JSON.parse(JSON.stringify(stamp)).value, stamp.value);
    const british = await clientOf({ compliance: ["MiFID_II_UK"] }).getMiFIDIITimestamp({});
    assert.equal(british.regime, "mifid2-uk");
  });

  it("refuses a printed time that the proof does not hold", async () => {
    gateway.tamper = (path, answer) =>
      path === "/v1/compliance/stamps" ? { ...answer, value: "2020-01-01T00:00:00.0000000Z" } : answer;
    await rejects(clientOf().getMiFIDIITimestamp({}), "proof/context", /prints another time/);
  });

  for (const [field, value] of [
    ["timeTaiNs", "1000"],
    ["timeUtcNs", "1000"],
    ["uncertaintyNs", "1"],
    ["existedBeforeTaiNs", "1"],
    ["sequence", "999999"],
    ["taiMinusUtc", 36],
    ["test", false],
    ["nistCompliant", true],
    ["imprint", "A".repeat(43)],
    ["context", `B${"A".repeat(42)}`],
  ] as const)
    it(`refuses a stamp that states another ${field} than it proves`, async () => {
      gateway.tamper = (path, answer) => (path === "/v1/stamps" ? { ...answer, [field]: value } : answer);
      await rejects(clientOf().getTimestamp(), "proof/context");
    });

  for (const [field, value] of [
    ["count", 4],
    ["timeUtcNs", "1000"],
    ["timeTaiNs", "1000"],
    ["existedBeforeTaiNs", "1"],
    ["sequence", "999999"],
    ["test", false],
    ["taiMinusUtc", 36],
  ] as const)
    it(`refuses a batch that states another ${field} than it proves`, async () => {
      gateway.tamper = (path, answer) => (path === "/v1/stamps/batch" ? { ...answer, [field]: value } : answer);
      await rejects(clientOf().getTimestampBatch(3), "proof/context");
    });

  it("refuses proofs that do not hold against pinned keys, unless verification is switched off", async () => {
    const nodeSet = newQuorum({ n: 4 }).set;
    await rejects(clientOf({ nodeSet }).getTimestamp(), "certificate/signature", /pinned/);
    assert.equal((await clientOf({ nodeSet, verify: false }).getTimestamp()).trust, "unverified");
    gateway.seen.length = 0;
    const pinned = clientOf({ nodeSet: nodeSetToJson(gateway.oracle.quorum.set) });
    assert.equal((await pinned.getTimestamp()).trust, "pinned");
    assert.deepEqual(
      gateway.seen.map(({ path }) => path),
      ["/v1/stamps"],
    );
  });

  it("fetches the node set once", async () => {
    const client = clientOf();
    await Promise.all([client.getTimestamp(), client.getTimestamp()]);
    await client.getTimestamp();
    assert.equal(gateway.seen.filter(({ path }) => path === "/v1/node-set").length, 1);
  });

  it("names both when the account has another tier than expected, and charges nothing", async () => {
    gateway.tier = "developer";
    const before = gateway.stamps;
    await rejects(
      clientOf({ tier: "regulatory" }).getTimestamp(),
      "config/invalid",
      /expected: regulatory, account: developer/,
    );
    await rejects(
      clientOf({ compliance: ["CAT"] }).getCATTimestamp({}),
      "config/invalid",
      /expected: CAT, account: tier developer, none/,
    );
    assert.equal(gateway.stamps, before);
    gateway.tier = "regulatory";
  });

  it("asks for the account once", async () => {
    const client = clientOf({ tier: "regulatory" });
    await client.getTimestamp();
    await client.getTimestamp();
    assert.equal(gateway.seen.filter(({ path }) => path === "/v1/account").length, 1);
  });

  it("refuses options that cannot be meant, with a remedy", () => {
    for (const [options, message] of [
      [{ url: "ftp://x" }, /url.*https/],
      [{ apiKey: "clk_ short" }, /apiKey.*not shown/],
      [{ timeoutMs: 0 }, /timeoutMs/],
      [{ retries: -1 }, /retries/],
      [{ compliance: ["MiFID"] as never }, /MiFID.*MiFID_II, MiFID_II_UK, CAT, SFTR/],
    ] as const)
      assert.throws(
        () => clientOf(options),
        (error) => isChronoError(error) && message.test(error.message),
      );
  });

  it("takes address and key from the environment, and says what is missing", async () => {
    const { CHRONO_URL, CHRONO_API_KEY } = process.env;
    try {
      process.env.CHRONO_URL = `${gateway.url}/`;
      process.env.CHRONO_API_KEY = STUB_KEY;
      assert.ok((await new ChronoLedgerClient().getTimestamp()).test);
      delete process.env.CHRONO_API_KEY;
      await rejects(new ChronoLedgerClient().getTimestamp(), "config/invalid", /CHRONO_API_KEY/);
      delete process.env.CHRONO_URL;
      assert.equal(new ChronoLedgerClient().url, "http://127.0.0.1:4714");
    } finally {
      for (const [name, value] of Object.entries({ CHRONO_URL, CHRONO_API_KEY }))
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
    }
  });

  it("opens an account without a key", async () => {
    const account = await openAccount("me", { url: gateway.url });
    assert.equal(account.apiKey, STUB_KEY);
    assert.equal(gateway.seen.at(-1)?.headers.authorization, undefined);
  });
});

const wireOf = (stamp: Awaited<ReturnType<ChronoLedgerClient["getTimestamp"]>>) => ({
  id: stamp.id,
  timeTaiNs: String(stamp.timestamp + 37_000_000_000n),
  uncertaintyNs: String(stamp.uncertainty),
  taiMinusUtc: 37,
  timeUtcNs: String(stamp.timestamp),
  precision: stamp.precision,
  existedBeforeTaiNs: String(stamp.existedBeforeTai),
  sequence: String(stamp.sequence),
  imprint: toBase64Url(stamp.imprint),
  context: toBase64Url(stamp.context),
  test: stamp.test,
  nistCompliant: stamp.nistCompliant,
  proof: stamp.proof.toJSON(),
});
