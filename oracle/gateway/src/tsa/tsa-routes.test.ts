import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toBase64Url } from "@chronoledger/core";
import { parseResponse, verifyToken } from "@chronoledger/rfc3161";
import { sql } from "drizzle-orm";
import { GatewayRig } from "../../../../test/support/gateway-rig.ts";
import { until } from "../../../../test/support/until.ts";
import { rowsOf } from "../store/rows-of.ts";
import { openTsa } from "./open-tsa.ts";

const QUERY = "application/timestamp-query";
const REPLY = "application/timestamp-reply";

describe("RFC 3161 over HTTP", function () {
  this.timeout(60_000);
  const rig = new GatewayRig();
  const folder = mkdtempSync(join(tmpdir(), "chrono-tsa-"));
  const file = (name: string) => join(folder, name);
  const openssl = (...given: string[]) => execFileSync("openssl", given, { encoding: "utf8", stdio: "pipe" });
  let key: string;
  let accountId: string;

  before(async () => {
    await rig.start();
    await until("the nodes to agree", async () => (await rig.ask("GET", "/readyz")).status === 200);
    ({ key, id: accountId } = await rig.account("enterprise"));
    writeFileSync(file("data"), "a document");
    writeFileSync(file("tsa.pem"), (await rig.ask("GET", "/v1/tsa/certificate")).text);
  });
  // On a busy machine the looks at the nodes may come late.
  beforeEach(async () => {
    await until("the nodes to agree", async () => (await rig.ask("GET", "/readyz")).status === 200);
  });
  after(async () => {
    await rig.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const post = async (body: Uint8Array, headers: Record<string, string> = {}) => {
    const response = await fetch(`${rig.url}/v1/tsa`, {
      method: "POST",
      headers: { "content-type": QUERY, authorization: `Bearer ${key}`, ...headers },
      body: body as BodyInit,
    });
    return {
      status: response.status,
      type: response.headers.get("content-type"),
      bytes: new Uint8Array(await response.arrayBuffer()),
    };
  };
  const query = (name: string, ...more: string[]): Uint8Array => {
    openssl("ts", "-query", "-data", file("data"), "-sha256", "-out", file(name), ...more);
    return readFileSync(file(name));
  };
  const used = async (meter: string) => {
    const rows = await rowsOf<{ quantity: string }>(
      rig.database,
      sql`select quantity::text from gateway_usage where account_id = ${accountId} and meter = ${meter}`,
    );
    return Number(rows[0]?.quantity ?? 0);
  };

  it("gives tokens that openssl verifies against the request and the data, with and without the certificate in them", async () => {
    for (const more of [["-cert"], []]) {
      const { status, type, bytes } = await post(query("query.tsq", ...more));
      assert.equal(status, 200);
      assert.equal(type, REPLY);
      writeFileSync(file("reply.tsr"), bytes);
      const trust = ["-CAfile", file("tsa.pem"), "-untrusted", file("tsa.pem")];
      const ok = openssl("ts", "-verify", "-queryfile", file("query.tsq"), "-in", file("reply.tsr"), ...trust);
      assert.match(ok, /Verification: OK/);
      assert.match(
        openssl("ts", "-verify", "-data", file("data"), "-in", file("reply.tsr"), ...trust),
        /Verification: OK/,
      );
      const text = openssl("ts", "-reply", "-in", file("reply.tsr"), "-text");
      assert.match(text, /Status: Granted/);
      assert.match(text, /Accuracy: .*micros/);
    }
  });

  it("gives tokens that carry the quorum's proof, and is charged one stamp each", async () => {
    const before = [await used("stamp.precise"), await used("proof.generation")];
    const response = parseResponse((await post(query("proof.tsq", "-cert"))).bytes);
    assert.ok(response.status === "granted");
    const { certificates } = await openTsa(rig.gateway.context);
    const { proof } = verifyToken(response.token, {
      imprint: createHash("sha256").update("a document").digest(),
      trust: { tsaCertificate: certificates[0] },
      nodeSet: rig.oracle.quorum.set,
    });
    assert.ok(proof !== undefined);
    assert.deepEqual([await used("stamp.precise"), await used("proof.generation")], [(before[0] ?? 0) + 1, before[1]]);
  });

  it("answers what it cannot stamp with a rejection under 200, which costs nothing", async () => {
    const before = await used("stamp.precise");
    openssl("ts", "-query", "-data", file("data"), "-sha1", "-out", file("sha1.tsq"));
    const cases: [Uint8Array, string][] = [
      [readFileSync(file("sha1.tsq")), "badAlg"],
      [Uint8Array.of(1, 2, 3), "badDataFormat"],
      [query("policy.tsq", "-tspolicy", "1.2.3.4"), "unacceptedPolicy"],
    ];
    for (const [body, expected] of cases) {
      const { status, type, bytes } = await post(body);
      assert.deepEqual([status, type], [200, REPLY]);
      const response = parseResponse(bytes);
      assert.ok(response.status === "rejection");
      assert.deepEqual(response.failInfo, [expected]);
    }
    assert.equal(await used("stamp.precise"), before);
  });

  it("says that time is not available when the network is not", async () => {
    rig.oracle.failing = true;
    try {
      const response = parseResponse((await post(query("down.tsq"))).bytes);
      assert.ok(response.status === "rejection");
      assert.deepEqual(response.failInfo, ["timeNotAvailable"]);
    } finally {
      rig.oracle.failing = false;
    }
  });

  it("leaves to HTTP who may ask, and how large and of which kind a request may be", async () => {
    assert.equal((await post(query("q.tsq"), { authorization: "Bearer nonsense" })).status, 401);
    assert.equal((await post(randomBytes(9_000))).status, 413);
    assert.equal((await post(query("q.tsq"), { "content-type": "text/plain" })).status, 400);
  });

  it("charges a repeat with the same Idempotency-Key once, and refuses it for another request", async () => {
    const before = await used("stamp.precise");
    const body = query("once.tsq");
    const headers = { "idempotency-key": "a-time-stamp" };
    const [first, second] = [await post(body, headers), await post(body, headers)];
    assert.deepEqual([first.status, second.status], [200, 200]);
    assert.equal(await used("stamp.precise"), before + 1);
    assert.equal((await post(query("twice.tsq"), headers)).status, 422);
  });

  it("gives a token for a stamp that is there, to its account alone, for the price of a proof", async () => {
    const imprint = createHash("sha256").update("a document").digest();
    const made = await rig.ask("POST", "/v1/stamps", { key, body: { imprint: toBase64Url(imprint) } });
    const { id } = made.json<{ id: string }>();
    const get = (by: string) =>
      fetch(`${rig.url}/v1/proofs/${id}/rfc3161`, { headers: { authorization: `Bearer ${by}` } });
    const before = await used("proof.generation");
    const answer = await get(key);
    assert.equal(answer.headers.get("content-type"), REPLY);
    writeFileSync(file("later.tsr"), new Uint8Array(await answer.arrayBuffer()));
    const trust = ["-CAfile", file("tsa.pem")];
    assert.match(
      openssl("ts", "-verify", "-data", file("data"), "-in", file("later.tsr"), ...trust),
      /Verification: OK/,
    );
    assert.equal(await used("proof.generation"), before + 1);
    assert.equal((await get((await rig.account("enterprise")).key)).status, 404);
  });

  describe("key and certificate", () => {
    const settings = (more: object) => ({
      config: { ...rig.gateway.context.config, ...more },
      clock: rig.gateway.context.clock,
    });

    it("stay the same when the gateway is started again", async () => {
      const { certificatePem } = await openTsa(settings({}));
      assert.equal(certificatePem, readFileSync(file("tsa.pem"), "utf8"));
    });

    it("may be the operator's, and are refused when they do not belong together or may not stamp", async () => {
      const make = (name: string, ...usage: string[]) => {
        openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", file(`${name}.key`));
        const subject = ["-subj", `/CN=${name}`, "-days", "10"];
        const extensions = usage.flatMap((each) => ["-addext", each]);
        openssl(
          "req",
          "-x509",
          "-new",
          "-key",
          file(`${name}.key`),
          "-out",
          file(`${name}.crt`),
          ...subject,
          ...extensions,
        );
      };
      make("good", "extendedKeyUsage=critical,timeStamping", "keyUsage=critical,digitalSignature");
      make("unfit", "extendedKeyUsage=serverAuth");
      const with_ = (keyName: string, certificateName: string) =>
        openTsa(
          settings({
            GATEWAY_TSA_KEY_FILE: file(`${keyName}.key`),
            GATEWAY_TSA_CERTIFICATE_FILE: file(`${certificateName}.crt`),
          }),
        );
      assert.equal((await with_("good", "good")).certificates.length, 1);
      await assert.rejects(with_("unfit", "good"), { code: "config/invalid" });
      await assert.rejects(with_("unfit", "unfit"), { code: "config/invalid" });
      await assert.rejects(with_("good", "absent"), { code: "config/invalid" });
      await assert.rejects(openTsa(settings({ GATEWAY_TSA_KEY_FILE: file("good.key") })), { code: "config/invalid" });
    });
  });
});
