import assert from "node:assert/strict";
import { NS_PER_MS, unixNs } from "@chronoledger/core";
import { FakeClock } from "./fake-clock.ts";
import { createHttpServer } from "./http-server.ts";
import { createLogger } from "./log.ts";
import { limitRate, RateLimiter } from "./rate-limit.ts";

describe("the rate limit", () => {
  it("allows a burst, then as many as flow in", () => {
    const clock = new FakeClock(unixNs(0n));
    const limiter = new RateLimiter(clock, { perSecond: 10, burst: 3 });
    const taken = (count: number) => Array.from({ length: count }, () => limiter.take("a")).filter(Boolean).length;
    assert.equal(taken(5), 3);
    clock.advance(100n * NS_PER_MS);
    assert.equal(taken(5), 1);
    clock.advance(10_000n * NS_PER_MS);
    assert.equal(taken(5), 3, "never more than the burst");
  });

  it("counts each address by itself", () => {
    const limiter = new RateLimiter(new FakeClock(unixNs(0n)), { perSecond: 1, burst: 1 });
    assert.deepEqual([limiter.take("a"), limiter.take("a"), limiter.take("b")], [true, false, true]);
  });

  it("forgets the address that was quiet for longest when there are too many", () => {
    const limiter = new RateLimiter(new FakeClock(unixNs(0n)), { perSecond: 1, burst: 1 });
    for (let i = 0; i <= 10_000; i++) limiter.take(String(i));
    assert.equal(limiter.take("0"), true, "forgotten");
    assert.equal(limiter.take("10000"), false, "remembered");
  });

  it("answers rate/limited under /v1 alone", async () => {
    const log = createLogger("test", { write: () => undefined });
    const server = createHttpServer({ log, name: "test", host: "127.0.0.1", port: 0, notReady: () => undefined });
    limitRate(server.app, new FakeClock(unixNs(0n)), { perSecond: 1, burst: 1 });
    server.app.get("/v1/thing", () => ({}));
    const codes = [];
    for (const url of ["/v1/thing", "/v1/thing", "/healthz"]) codes.push((await server.app.inject({ url })).statusCode);
    assert.deepEqual(codes, [200, 429, 200]);
    await server.close();
  });
});
