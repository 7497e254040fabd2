import assert from "node:assert/strict";
import { networkOf } from "./sign-up-limit.ts";

describe("the network of an address", () => {
  it("is an IPv4 address itself, also inside IPv6", () => {
    for (const address of ["127.0.0.1", "::ffff:192.0.2.7"]) assert.equal(networkOf(address), address);
  });

  it("is the first 64 bits of an IPv6 address, however it is written", () => {
    const same = ["2001:db8:0:7::1", "2001:0db8:0000:0007:ffff::", "2001:DB8::7:1:2:3:4", "2001:db8:0:7:a:b:c:d"];
    assert.deepEqual(new Set(same.map(networkOf)), new Set(["2001:db8:0:7"]));
    assert.equal(networkOf("::1"), "0:0:0:0");
    assert.equal(networkOf("fe80::1%eth0"), "fe80:0:0:0");
    assert.notEqual(networkOf("2001:db8:0:8::1"), "2001:db8:0:7");
  });
});
