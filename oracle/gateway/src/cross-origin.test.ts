import assert from "node:assert/strict";
import { GatewayRig } from "../../../test/support/gateway-rig.ts";

describe("a page of another origin", function () {
  this.timeout(60_000);
  const rig = new GatewayRig();
  before(() => rig.start());
  after(() => rig.stop());
  const origin = "https://example.org";

  it("may ask with a key, and read what a client needs of the headers", async () => {
    const preflight = await rig.ask("OPTIONS", "/v1/stamps", {
      headers: {
        origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type,idempotency-key",
      },
    });
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers.get("access-control-allow-origin"), "*");
    assert.match(preflight.headers.get("access-control-allow-headers") ?? "", /Authorization.*Idempotency-Key/);
    const answer = await rig.ask("GET", "/v1/account", { headers: { origin } });
    assert.equal(answer.status, 401);
    assert.equal(answer.headers.get("access-control-allow-origin"), "*");
    assert.match(answer.headers.get("access-control-expose-headers") ?? "", /Retry-After/);
  });

  it("gets no credentials sent along by the browser", async () => {
    const { headers } = await rig.ask("GET", "/v1/tiers", { headers: { origin } });
    assert.equal(headers.get("access-control-allow-credentials"), null);
    assert.equal((await rig.ask("GET", "/v1/account")).headers.get("www-authenticate"), "Bearer");
  });
});
