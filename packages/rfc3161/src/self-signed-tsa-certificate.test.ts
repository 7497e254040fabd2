import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import type { UnixNs } from "@chronoledger/core";
import { newKey, VALIDITY } from "../../../test/support/rfc3161-rig.ts";
import { parseX509 } from "./certificate.ts";
import { refusalAsTsa, refusalAt } from "./certificate-profile.ts";
import { selfSignedTsaCertificate } from "./self-signed-tsa-certificate.ts";

const options = { commonName: "Test TSA 1", serial: 7n, ...VALIDITY };

describe("the self-signed certificate of a development network", () => {
  it("reads in node:crypto, which verifies it, and says that it is not qualified", async () => {
    const certificate = new X509Certificate(await selfSignedTsaCertificate({ ...options, ...newKey() }));
    assert.ok(certificate.verify(certificate.publicKey));
    assert.equal(certificate.ca, false);
    assert.equal(certificate.serialNumber, "07");
    assert.deepEqual(certificate.keyUsage, ["1.3.6.1.5.5.7.3.8"]);
    assert.match(certificate.subject, /OU=Not a qualified TSA/);
    assert.equal(certificate.subject, certificate.issuer);
  });

  it("reads back, is fit to stamp, and is valid from and until whole seconds", async () => {
    const key = newKey();
    const certificate = parseX509(await selfSignedTsaCertificate({ ...options, ...key }));
    assert.equal(refusalAsTsa(certificate), undefined);
    assert.deepEqual(certificate.publicKey, key.publicKey);
    assert.equal(certificate.notBefore, VALIDITY.notBefore - (VALIDITY.notBefore % 1_000_000_000n));
    assert.equal(refusalAt(certificate, certificate.notBefore), undefined);
    assert.equal(refusalAt(certificate, certificate.notAfter), undefined);
    assert.notEqual(refusalAt(certificate, (certificate.notBefore - 1n) as UnixNs), undefined);
    assert.notEqual(refusalAt(certificate, (certificate.notAfter + 1n) as UnixNs), undefined);
  });

  it("may outlive the year 2050", async () => {
    const notAfter = 4_000_000_000_000_000_000n as UnixNs;
    const der = await selfSignedTsaCertificate({ ...options, notAfter, ...newKey() });
    assert.equal(parseX509(der).notAfter, notAfter);
    assert.match(new X509Certificate(der).validTo, /2096/);
  });

  it("is not made of values out of range", async () => {
    const key = newKey();
    for (const wrong of [
      { commonName: "" },
      { commonName: "x".repeat(65) },
      { serial: 0n },
      { serial: 1n << 159n },
      { notAfter: VALIDITY.notBefore },
      { publicKey: new Uint8Array(64) },
      { publicKey: key.publicKey.subarray(1) },
    ])
      await assert.rejects(selfSignedTsaCertificate({ ...options, ...key, ...wrong }), { code: "input/out-of-range" });
    const sign = async () => new Uint8Array(3);
    await assert.rejects(selfSignedTsaCertificate({ ...options, ...key, sign }), { code: "input/malformed" });
  });
});
