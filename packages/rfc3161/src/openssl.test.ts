import assert from "node:assert/strict";
import { fromBase64Url, sha256, type UnixNs } from "@chronoledger/core";
import {
  fourNodes,
  IMPRINT,
  newToken,
  newTsa,
  OpensslRig,
  POLICY,
  stamped,
  tokenOptions,
} from "../../../test/support/rfc3161-rig.ts";
import { failureOf } from "./failure.ts";
import { issueToken } from "./issue-token.ts";
import { parseRequest, requestFor } from "./request.ts";
import { parseResponse, tokenResponse } from "./response.ts";
import { verifyToken } from "./verify-token.ts";

/** Made once by OpenSSL 3.0.19, over the SHA-256 of "a document"; its signature happens to have a high s. */
const REQUEST = "MEQCAQEwMTANBglghkgBZQMEAgEFAAQgDR2lE4wDX/t6hIz6EIqQGy1+RBlfEd3EdeH+fBz52LMCCQCAVZ5ac52OpQEB/w==";
const RESPONSE =
  "MIIE/jADAgEAMIIE9QYJKoZIhvcNAQcCoIIE5jCCBOICAQMxDzANBglghkgBZQMEAgEFADCBgQYLKoZIhvcNAQkQAQSgcgRwMG4CAQEGBCoDBAEwMTANBglghkgBZQMEAgEFAAQgDR2lE4wDX/t6hIz6EIqQGy1+RBlfEd3EdeH+fBz52LMCAQsYFjIwMjYxMTI1MTYwNTAwLjY3OTY5MlowCgIBAYABFIECASwCCQCAVZ5ac52OpaCCAxEwggGWMIIBPKADAgECAgERMAoGCCqGSM49BAMCMBcxFTATBgNVBAMMDEludGVyb3Agcm9vdDAgFw0yNjExMjUxNjA1MDBaGA8yMTI2MTEwMTE2MDUwMFowFjEUMBIGA1UEAwwLSW50ZXJvcCBUU0EwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATj7rwv8j49AEyfRz6sBQI1PFn3LaCyy4YFiBaKKWWhb4h8+K9VbocMFDRF4iGqFYbF6gOCETlm2o89b5THXhG6o3gwdjAMBgNVHRMBAf8EAjAAMA4GA1UdDwEB/wQEAwIHgDAWBgNVHSUBAf8EDDAKBggrBgEFBQcDCDAdBgNVHQ4EFgQUpNzJfCgX8vBXGcyv23u+pKgbS+AwHwYDVR0jBBgwFoAUvRpOB0pTYCpodmg727kypvyJRYcwCgYIKoZIzj0EAwIDSAAwRQIgZDhrXmg+6p+0ZSzv8k8gUv/sqRqx4E4iy1iEiMBkFq0CIQCu60rDWm0XuNWQnqjmT9eYHUrAEIFAvoHQq2kpZIwCjTCCAXMwggEaoAMCAQICFEP0YRTmprrViQ9b40uuZiP6CF6tMAoGCCqGSM49BAMCMBcxFTATBgNVBAMMDEludGVyb3Agcm9vdDAgFw0yNjExMjUxNjA1MDBaGA8yMTI2MTEwMTE2MDUwMFowFzEVMBMGA1UEAwwMSW50ZXJvcCByb290MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEN17WcuCZtDy4AFd+18lrLhWqdT3IUs82QyqjMSz6prUM4q2YC23FmrC01rxSxX4Wf3MMfHZa7oLsUMbGYQ5vBqNCMEAwDwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAgQwHQYDVR0OBBYEFL0aTgdKU2AqaHZoO9u5Mqb8iUWHMAoGCCqGSM49BAMCA0cAMEQCIEcZBbBS7CzQn4KRransZBrLGwXzwWJhZohIX3yXr/heAiBkH/r5m7yjy3xCjluG5mPNJbsLADgS8pQSfEsXfXJqQDGCATEwggEtAgEBMBwwFzEVMBMGA1UEAwwMSW50ZXJvcCByb290AgERMA0GCWCGSAFlAwQCAQUAoIGkMBoGCSqGSIb3DQEJAzENBgsqhkiG9w0BCRABBDAcBgkqhkiG9w0BCQUxDxcNMjYxMTI1MTYwNTAwWjAvBgkqhkiG9w0BCQQxIgQgpduMp7il1kVRjzfzcXS47bfsoywWm4sfuA8iUeI2daMwNwYLKoZIhvcNAQkQAi8xKDAmMCQwIgQgqtuyMgp2XgZhkbLpEZPgTW+/4ZyVH3L9VbAmUEP7n9UwCgYIKoZIzj0EAwIESDBGAiEAg4Pfz3O30ZWZUxfpezyJbQT25xooTPqRlJYuK1LM4ZwCIQDhafBxI3VdK0g5+GZoWtV1FNfumr4U8CywNQ633iOqLA==";
const ROOT =
  "MIIBczCCARqgAwIBAgIUQ/RhFOamutWJD1vjS65mI/oIXq0wCgYIKoZIzj0EAwIwFzEVMBMGA1UEAwwMSW50ZXJvcCByb290MCAXDTI2MTEyNTE2MDUwMFoYDzIxMjYxMTAxMTYwNTAwWjAXMRUwEwYDVQQDDAxJbnRlcm9wIHJvb3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQ3XtZy4Jm0PLgAV37XyWsuFap1PchSzzZDKqMxLPqmtQzirZgLbcWasLTWvFLFfhZ/cwx8dlruguxQxsZhDm8Go0IwQDAPBgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwICBDAdBgNVHQ4EFgQUvRpOB0pTYCpodmg727kypvyJRYcwCgYIKoZIzj0EAwIDRwAwRAIgRxkFsFLsLNCfgpGtqexkGssbBfPBYmFmiEhffJev+F4CIGQf+vmbvKPLfEKOW4bmY80luwsAOBLylBJ8Sxd9cmpA";
const bytes = (base64: string): Uint8Array =>
  fromBase64Url(base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", ""));
const thrown = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    return error;
  }
  return assert.fail("nothing was thrown");
};

describe("a request and a response made by openssl", () => {
  const request = parseRequest(bytes(REQUEST));
  const response = parseResponse(bytes(RESPONSE));
  assert.ok(response.status === "granted");
  const trust = { issuerCertificate: bytes(ROOT) };

  it("read as what they are", () => {
    assert.deepEqual(request, {
      imprint: IMPRINT,
      nullParameters: true,
      nonce: 0x80559e5a739d8ea5n,
      certReq: true,
      extensions: [],
    });
  });

  it("verify under the root that issued the certificate, with a high s", () => {
    const { info } = verifyToken(response.token, { ...request, trust });
    assert.equal(info.genTime, 1_795_622_700_679_692_000n);
    assert.equal(info.accuracy, 1_020_300_000n);
    assert.equal(info.serial, 11n);
    assert.equal(info.policy, "1.2.3.4.1");
  });

  it("do not verify for another document, nonce or policy, nor with a quorum's proof demanded", () => {
    const code = { code: "proof/context" };
    const other = sha256(Uint8Array.of(1));
    assert.throws(() => verifyToken(response.token, { ...request, imprint: other, trust }), code);
    assert.throws(() => verifyToken(response.token, { ...request, nonce: 1n, trust }), code);
    assert.throws(() => verifyToken(response.token, { ...request, policy: "1.2.3", trust }), code);
    assert.throws(() => verifyToken(response.token, { ...request, trust, nodeSet: fourNodes().set }), code);
  });

  it("do not verify under another root, or after the certificate's end", async () => {
    const code = { code: "certificate/signature" };
    const other = await newTsa();
    for (const wrong of [{ issuerCertificate: other.certificate }, { tsaCertificate: other.certificate }])
      assert.throws(() => verifyToken(response.token, { ...request, trust: wrong }), code);
    const late = 9_000_000_000_000_000_000n as UnixNs;
    assert.throws(() => verifyToken(response.token, { ...request, trust, at: late }), code);
  });
});

describe("the openssl program", () => {
  let openssl: OpensslRig;
  beforeEach(() => {
    openssl = new OpensslRig();
    openssl.write("data", "a document");
  });
  afterEach(() => openssl.close());

  it("makes requests that are read, with and without nonce, policy and certificate", () => {
    for (const args of [[], ["-cert"], ["-no_nonce"], ["-cert", "-no_nonce", "-tspolicy", POLICY]]) {
      const made = openssl.run("ts", "-query", "-data", "data", "-sha256", ...args, "-out", "query");
      assert.equal(made.status, 0, made.output);
      const request = parseRequest(openssl.read("query"), { policies: [POLICY] });
      assert.deepEqual(request.imprint, IMPRINT);
      assert.equal(request.certReq, args.includes("-cert"));
      assert.equal(request.nonce === undefined, args.includes("-no_nonce"));
      assert.equal(request.policy, args.includes("-tspolicy") ? POLICY : undefined);
    }
  });

  it("makes requests that are rejected: another hash, another policy", () => {
    for (const [args, expected] of [
      [["-sha512"], "badAlg"],
      [["-sha1"], "badAlg"],
      [["-sha256", "-tspolicy", "1.2.3"], "unacceptedPolicy"],
    ] as const) {
      openssl.run("ts", "-query", "-data", "data", ...args, "-out", "query");
      const error = thrown(() => parseRequest(openssl.read("query"), { policies: [POLICY] }));
      assert.equal(failureOf(error), expected);
    }
  });

  it("reads our requests", () => {
    openssl.write("query", requestFor(IMPRINT, { nonce: (1n << 255n) + 5n, policy: POLICY }));
    const { status, output } = openssl.run("ts", "-query", "-in", "query", "-text");
    assert.equal(status, 0, output);
    assert.match(output, /Hash Algorithm: sha256/);
    assert.match(output, /Nonce: 0x80{61}05/);
    assert.match(output, /Certificate required: yes/);
    assert.ok(output.includes(POLICY));
  });

  it("verifies our answer to its request, and prints every digit of the time and of the accuracy", async () => {
    const tsa = await newTsa();
    openssl.run("ts", "-query", "-data", "data", "-sha256", "-cert", "-out", "query");
    const request = parseRequest(openssl.read("query"));
    const token = await issueToken(
      stamped(fourNodes()),
      tokenOptions(tsa, { ...request, includeCertificates: request.certReq, namesTsa: true }),
    );
    openssl.write("reply", tokenResponse({ status: "granted", token }));
    openssl.write("token", token);
    openssl.writeCertificate("tsa.pem", tsa.certificate);
    const trust = ["-CAfile", "tsa.pem", "-attime", "1795622100"];
    for (const what of [
      ["-queryfile", "query", "-in", "reply"],
      ["-data", "data", "-in", "token", "-token_in"],
    ]) {
      const verified = openssl.run("ts", "-verify", ...what, ...trust);
      assert.equal(verified.status, 0, verified.output);
      assert.match(verified.output, /Verification: OK/);
    }
    const { output } = openssl.run("ts", "-reply", "-in", "reply", "-text");
    assert.match(output, /Time stamp: Nov 25 15:54:00\.12345678 2026 GMT/);
    assert.match(output, /Accuracy: unspecified seconds, 0x01 millis, 0xEB micros/);
    assert.match(output, /Ordering: no/);
    assert.match(output, /TSA: DirName:.*CN ?= ?Test TSA 1/);
    const cms = openssl.run(
      "cms",
      "-verify",
      "-inform",
      "DER",
      "-in",
      "token",
      "-purpose",
      "timestampsign",
      "-out",
      "info",
      ...trust,
    );
    assert.equal(cms.status, 0, cms.output);
    assert.equal(openssl.run("asn1parse", "-inform", "DER", "-in", "info").status, 0);
  });

  it("refuses our token for another document, another nonce, and under another certificate", async () => {
    const tsa = await newTsa();
    const token = await newToken(fourNodes(), tsa, { nonce: 5n });
    openssl.write("reply", tokenResponse({ status: "granted", token }));
    openssl.writeCertificate("tsa.pem", tsa.certificate);
    openssl.writeCertificate("other.pem", (await newTsa()).certificate);
    openssl.write("changed", "another document");
    openssl.write("query", requestFor(IMPRINT, { nonce: 6n }));
    const refuses = (ca: string, ...what: readonly string[]) => {
      const { status, output } = openssl.run(
        "ts",
        "-verify",
        "-in",
        "reply",
        ...what,
        "-CAfile",
        ca,
        "-attime",
        "1795622100",
      );
      assert.notEqual(status, 0);
      return output;
    };
    assert.match(refuses("tsa.pem", "-data", "changed"), /imprint mismatch/);
    assert.match(refuses("tsa.pem", "-queryfile", "query"), /nonce mismatch/);
    assert.match(refuses("other.pem", "-data", "data"), /certificate verify error/);
  });

  it("reads our rejections", () => {
    for (const [failInfo, text] of [
      ["badAlg", "unrecognized or unsupported algorithm"],
      ["timeNotAvailable", "time source is not available"],
      ["systemFailure", "system failure"],
    ] as const) {
      openssl.write("reply", tokenResponse({ status: "rejection", failInfo, statusString: "come again" }));
      const { status, output } = openssl.run("ts", "-reply", "-in", "reply", "-text");
      assert.equal(status, 0, output);
      assert.match(output, /Status: Rejected/);
      assert.match(output, /Status description: come again/);
      assert.ok(output.includes(text), output);
    }
  });

  it("accepts the self-signed certificate for time-stamping and for nothing else", async () => {
    openssl.writeCertificate("tsa.pem", (await newTsa()).certificate);
    const verify = (purpose: string) =>
      openssl.run(
        "verify",
        "-x509_strict",
        "-CAfile",
        "tsa.pem",
        "-purpose",
        purpose,
        "-attime",
        "1795622100",
        "tsa.pem",
      );
    assert.equal(verify("timestampsign").status, 0, verify("timestampsign").output);
    assert.notEqual(verify("sslserver").status, 0);
    assert.notEqual(verify("smimesign").status, 0);
    const { output } = openssl.run("x509", "-in", "tsa.pem", "-noout", "-subject", "-nameopt", "RFC2253");
    assert.match(output, /CN=Test TSA 1,OU=Not a qualified TSA,O=ChronoLedger development network/);
  });
});
