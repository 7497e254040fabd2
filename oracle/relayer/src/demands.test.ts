import assert from "node:assert/strict";
import { NS_PER_MS, NS_PER_S, unixNs } from "@chronoledger/core";
import { createLogger, createSystemClock, FakeClock } from "@chronoledger/service";
import { answerOf, FakeAggregator } from "../../../test/support/fake-aggregator.ts";
import { until } from "../../../test/support/until.ts";
import { Demands } from "./demands.ts";

const clock = createSystemClock();
const silent = createLogger("test", { write: () => undefined });
const soon = () => unixNs(clock.utcNow() + 40n * NS_PER_MS);

describe("demands", () => {
  let aggregator: FakeAggregator;
  let demands: Demands;
  let stop: AbortController;
  let running: Promise<void>;
  let offset: number | undefined = 37;
  const got: Uint8Array[] = [];
  beforeEach(async () => {
    got.length = 0;
    offset = 37;
    aggregator = new FakeAggregator();
    await aggregator.start();
    stop = new AbortController();
    demands = new Demands({
      aggregatorUrl: aggregator.url,
      clock,
      log: silent,
      signal: stop.signal,
      taiMinusUtc: () => offset,
      onCertificate: (bytes) => got.push(bytes),
    });
    running = demands.run();
  });
  afterEach(async () => {
    stop.abort();
    await running;
    aggregator.stop();
  });

  it("make an appointment for exactly the instant, in TAI, once", async () => {
    aggregator.onAppointment = (_, response) => void response.end(answerOf(new Uint8Array([1, 2])));
    const instant = soon();
    demands.add(instant);
    demands.add(instant);
    await until("the certificate", () => got.length === 1);
    assert.deepEqual(aggregator.asked, [
      { path: "/v1/appointments", body: JSON.stringify({ timeTaiNs: String(instant + 37n * NS_PER_S) }) },
    ]);
    assert.deepEqual(got, [new Uint8Array([1, 2])]);
    assert.deepEqual(demands.open(), [instant + 37n * NS_PER_S]);
  });

  it("ask again when the aggregator fails", async () => {
    let failures = 0;
    aggregator.onAppointment = (_, response) => {
      if (failures++ < 1) response.writeHead(500).end("no");
      else response.end(answerOf(new Uint8Array([3])));
    };
    demands.add(soon());
    await until("the certificate", () => got.length === 1);
    assert.equal(failures, 2);
  });

  it("wait until TAI - UTC is known", async () => {
    aggregator.onAppointment = (_, response) => void response.end(answerOf(new Uint8Array([4])));
    offset = undefined;
    demands.add(soon());
    assert.deepEqual(demands.open(), []);
    offset = 37;
    await until("the certificate", () => got.length === 1);
  });

  it("far ahead are not asked for yet", async () => {
    aggregator.onAppointment = (_, response) => void response.end(answerOf(new Uint8Array([5])));
    demands.add(unixNs(clock.utcNow() + 60n * NS_PER_S));
    demands.add(soon());
    await until("the near one", () => got.length === 1);
    assert.equal(aggregator.asked.length, 1);
    assert.equal(demands.open().length, 2);
  });

  it("are refused when they lie more than a day ahead or are too many", () => {
    const fake = new FakeClock(unixNs(NS_PER_S));
    const many = new Demands({
      aggregatorUrl: "",
      clock: fake,
      log: silent,
      signal: stop.signal,
      taiMinusUtc: () => undefined,
      onCertificate: () => undefined,
    });
    assert.throws(() => many.add(unixNs(86_402n * NS_PER_S)), { code: "input/out-of-range" });
    for (let i = 0; i < 10_000; i++) many.add(unixNs(BigInt(i)));
    assert.throws(() => many.add(unixNs(10_001n)), { code: "rate/limited" });
  });

  it("are forgotten a minute after their instant", () => {
    const fake = new FakeClock(unixNs(100n * NS_PER_S));
    const some = new Demands({
      aggregatorUrl: "",
      clock: fake,
      log: silent,
      signal: stop.signal,
      taiMinusUtc: () => 37,
      onCertificate: () => undefined,
    });
    some.add(unixNs(100n * NS_PER_S));
    fake.advance(60n * NS_PER_S);
    some.forgetOld();
    assert.equal(some.open().length, 1);
    fake.advance(1n);
    some.forgetOld();
    assert.equal(some.open().length, 0);
  });
});
