import assert from "node:assert/strict";
import * as fc from "fast-check";
import { holds } from "../../../../test/support/property.ts";
import { type Address, isPublicAddress, parseTarget, resolveTarget } from "./target-guard.ts";

const STRICT = { allowPrivate: false };
const resolvesTo =
  (...addresses: string[]) =>
  async (): Promise<Address[]> =>
    addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));

const PRIVATE = [
  "0.0.0.0",
  "10.1.2.3",
  "100.64.0.1",
  "127.0.0.1",
  "127.255.255.255",
  "169.254.169.254",
  "172.16.0.1",
  "172.31.255.255",
  "192.0.0.8",
  "192.168.1.1",
  "198.18.0.1",
  "224.0.0.1",
  "239.255.255.250",
  "240.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::ffff:127.0.0.1",
  "::ffff:8.8.8.8",
  "::7f00:1",
  "64:ff9b::7f00:1",
  "fe80::1",
  "fe80::1%eth0",
  "fd00:ec2::254",
  "fc00::1",
  "ff02::1",
  "2001::1",
  "2001:db8::1",
  "2002:7f00:1::",
  "3fff::1",
];
const PUBLIC = [
  "1.1.1.1",
  "8.8.8.8",
  "100.63.255.255",
  "100.128.0.1",
  "172.15.0.1",
  "172.32.0.1",
  "2606:4700::1111",
  "2a00::1",
];

describe("an address that a target may not have", () => {
  for (const address of PRIVATE)
    it(`is ${address}`, () => {
      assert.equal(isPublicAddress(address), false);
    });
  for (const address of PUBLIC)
    it(`is not ${address}`, () => {
      assert.equal(isPublicAddress(address), true);
    });

  it("is the same however an IPv4 address is dressed up as IPv6", () => {
    const nets = fc.constantFrom([10], [127], [169, 254], [192, 168], [172, 20]);
    const v4 = fc
      .tuple(nets, fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 4, maxLength: 4 }))
      .map(([net, rest]) => [...net, ...rest].slice(0, 4));
    holds(
      fc.property(v4, (parts) => {
        const [a = 0, b = 0, c = 0, d = 0] = parts;
        const [high, low] = [((a << 8) | b).toString(16), ((c << 8) | d).toString(16)];
        for (const form of [
          parts.join("."),
          `::ffff:${parts.join(".")}`,
          `::ffff:${high}:${low}`,
          `::${high}:${low}`,
          `64:ff9b::${high}:${low}`,
          `2002:${high}:${low}::1`,
        ])
          assert.equal(isPublicAddress(form), false, form);
      }),
    );
  });

  it("is everything that is no address", () => {
    holds(fc.property(fc.string(), (text) => assert.equal(/^[\d.:a-f]+$/i.test(text) || !isPublicAddress(text), true)));
  });
});

describe("a target's text", () => {
  const refused = [
    "ftp://example.com",
    "http://example.com",
    "file:///etc/passwd",
    "https://user:secret@example.com",
    "https://127.0.0.1/x",
    "https://2130706433/",
    "https://0x7f.1/",
    "https://0177.0.0.1/",
    "https://[::1]/",
    "https://[::ffff:10.0.0.1]/",
    "javascript:alert(1)",
    "not an address",
    "",
  ];
  for (const text of refused)
    it(`is refused when it is ${JSON.stringify(text)}`, () => {
      assert.throws(() => parseTarget(text, STRICT), { code: "target/refused" });
    });

  it("is taken when it is https to a name", () => {
    assert.equal(parseTarget("https://example.com:8443/a?b", STRICT).href, "https://example.com:8443/a?b");
  });

  it("may be http and private where the operator allows it", () => {
    assert.equal(parseTarget("http://127.0.0.1:9/", { allowPrivate: true }).hostname, "127.0.0.1");
  });

  it("never shows a password in the refusal", () => {
    assert.throws(
      () => parseTarget("https://user:hunter2@example.com", STRICT),
      (error: Error) => !error.message.includes("hunter2"),
    );
  });
});

describe("a target's name", () => {
  const url = new URL("https://example.com/");

  it("leads to the address that will be called", async () => {
    const target = await resolveTarget(url, { ...STRICT, resolve: resolvesTo("1.1.1.1", "8.8.8.8") });
    assert.deepEqual([target.address, target.family], ["1.1.1.1", 4]);
  });

  it("is refused when any of its addresses is private", async () => {
    for (const address of PRIVATE)
      await assert.rejects(resolveTarget(url, { ...STRICT, resolve: resolvesTo("1.1.1.1", address) }), {
        code: "target/refused",
      });
  });

  it("may resolve later when it does not now", async () => {
    const fails = () => Promise.reject(new Error("ENOTFOUND"));
    await assert.rejects(resolveTarget(url, { ...STRICT, resolve: fails }), { code: "rpc/unavailable" });
    await assert.rejects(resolveTarget(url, { ...STRICT, resolve: resolvesTo() }), { code: "rpc/unavailable" });
  });
});
