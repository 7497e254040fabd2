import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import {
  bytesToHex,
  decodeProof,
  fromBase64Url,
  openBatch,
  PROOF_MEDIA_TYPE,
  proofFromJson,
  toBase64Url,
  verifyProof,
} from "@chronoledger/core";
import { Stamp, StampBatch } from "@chronoledger/core/gateway";
import * as z from "zod";
import { GatewayRig } from "../../../../test/support/gateway-rig.ts";
import { until } from "../../../../test/support/until.ts";

type Json = Record<string, unknown>;

describe("stamps over HTTP", function () {
  this.timeout(60_000);
  const rig = new GatewayRig();
  let firm: { id: string; key: string };

  const usage = async (accountId: string): Promise<number> => {
    const { rows } = (await rig.database.execute(
      `select quantities from gateway_account_months where account_id = '${accountId}'`,
    )) as unknown as { rows: { quantities: Record<string, number> }[] };
    return rows.flatMap(({ quantities }) => Object.values(quantities)).reduce((sum, each) => sum + each, 0);
  };
  const stamp = (key: string, body: unknown = {}, headers: Record<string, string> = {}) =>
    rig.ask("POST", "/v1/stamps", { key, body, headers });

  before(async () => {
    await rig.start();
    await until("the nodes agree on a time", () => rig.gateway.context.arrival.now() !== undefined);
    firm = await rig.account("enterprise");
  });
  after(() => rig.stop());

  it("answers with a stamp whose proof anybody can verify, and which holds the time of arrival", async () => {
    const imprint = createHash("sha256").update("a contract").digest();
    const before = rig.oracle.taiNow();
    const { status, text } = await stamp(firm.key, { imprint: toBase64Url(imprint) });
    const after = rig.oracle.taiNow();
    assert.equal(status, 201, text);
    const made = z.decode(Stamp, JSON.parse(text) as never);
    const verified = verifyProof(proofFromJson(made.proof), rig.oracle.quorum.set);
    assert.equal(bytesToHex(verified.leaf.imprint), imprint.toString("hex"));
    assert.equal(verified.existedBefore, made.existedBeforeTaiNs);
    assert.equal(verified.arrival.time, made.timeTaiNs);
    assert.ok(made.timeTaiNs + made.uncertaintyNs >= before && made.timeTaiNs - made.uncertaintyNs <= after);
    assert.equal(made.timeUtcNs, made.timeTaiNs - 37_000_000_000n);
    assert.deepEqual([made.test, made.nistCompliant, made.precision], [true, false, "ns"]);
  });

  it("keeps to the tier's precision", async () => {
    const small = await rig.account("developer");
    const { timeTaiNs, uncertaintyNs, precision } = z.decode(Stamp, (await stamp(small.key)).json());
    assert.deepEqual([timeTaiNs % 1_000_000n, uncertaintyNs % 1_000_000n, precision], [0n, 0n, "ms"]);
  });

  it("charges and makes a request once, however often it is sent with one Idempotency-Key", async () => {
    const { id, key } = await rig.account("enterprise");
    const headers = { "idempotency-key": "one-key" };
    const together = await Promise.all([1, 2, 3].map(() => stamp(key, { imprint: "A".repeat(43) }, headers)));
    const later = await stamp(key, { imprint: "A".repeat(43) }, headers);
    assert.equal(new Set([...together, later].map(({ text }) => text)).size, 1);
    assert.deepEqual(
      [...together, later].map(({ headers: of }) => of.get("idempotency-replayed")),
      [null, "true", "true", "true"],
    );
    const other = await stamp(key, { imprint: `${"A".repeat(42)}E` }, headers);
    assert.deepEqual([other.status, other.json<Json>().code], [422, "idempotency/mismatch"]);
    assert.equal(await usage(id), 1);
  });

  it("stamps a batch from which every proof is derived offline", async () => {
    const { id, key } = await rig.account("professional");
    const imprints = Array.from({ length: 70 }, () => randomBytes(32).toString("base64url"));
    const { status, text } = await rig.ask("POST", "/v1/stamps/batch", { key, body: { imprints } });
    assert.equal(status, 201, text);
    const batch = z.decode(StampBatch, JSON.parse(text) as never);
    const opened = openBatch(batch);
    assert.equal(opened.count, 70);
    for (const [i, imprint] of imprints.entries()) {
      const { leaf } = verifyProof(opened.proof(i), rig.oracle.quorum.set);
      assert.equal(toBase64Url(leaf.imprint), imprint);
    }
    assert.equal(await usage(id), 70);
    const again = await rig.ask("GET", `/v1/batches/${batch.id}`, { key });
    assert.deepEqual(again.json(), JSON.parse(text));
    const one = await rig.ask("GET", `/v1/stamps/st_${batch.sequence}_${batch.firstIndex + 69}`, { key });
    assert.equal(one.json<Json>().imprint, imprints[69]);
  });

  it("draws as many imprints as are wanted, up to the tier's limit", async () => {
    const { key } = await rig.account("developer");
    const drawn = await rig.ask("POST", "/v1/stamps/batch", { key, body: { count: 900 } });
    assert.equal(openBatch(z.decode(StampBatch, drawn.json())).count, 900);
    const tooMany = await rig.ask("POST", "/v1/stamps/batch", { key, body: { count: 1_001 } });
    assert.deepEqual([tooMany.status, tooMany.json<Json>().code], [413, "input/too-large"]);
    const overQuota = await rig.ask("POST", "/v1/stamps/batch", { key, body: { count: 101 } });
    assert.deepEqual([overQuota.status, overQuota.json<Json>().code], [429, "quota/exceeded"]);
    assert.equal((await rig.ask("POST", "/v1/stamps/batch", { key, body: { count: 100 } })).status, 201);
  });

  it("lists what was stamped, page by page, newest first", async () => {
    const { key } = await rig.account("enterprise");
    const ids: unknown[] = [];
    for (let i = 0; i < 3; i++) ids.unshift((await stamp(key)).json<Json>().id);
    ids.unshift((await rig.ask("POST", "/v1/stamps/batch", { key, body: { count: 2 } })).json<Json>().id);
    const listed: unknown[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const page = await rig.ask("GET", `/v1/stamps?limit=3${cursor === "" ? "" : `&cursor=${cursor}`}`, { key });
      const { items, next } = page.json<{ items: Json[]; next: string | null }>();
      listed.push(...items.map(({ id }) => id));
      cursor = next;
    }
    assert.deepEqual(listed, ids);
  });

  it("shows stamps and batches to nobody but their account, and proofs to everybody", async () => {
    const [owner, stranger] = [await rig.account(), await rig.account()];
    const { id } = (await stamp(owner.key)).json<{ id: string }>();
    const batch = (await rig.ask("POST", "/v1/stamps/batch", { key: owner.key, body: { count: 2 } })).json<Json>();
    assert.equal((await rig.ask("GET", `/v1/stamps/${id}`, { key: owner.key })).status, 200);
    for (const path of [`/v1/stamps/${id}`, `/v1/batches/${batch.id}`, "/v1/stamps/st_999999_0"])
      assert.equal((await rig.ask("GET", path, { key: stranger.key })).status, 404, path);
    assert.equal((await rig.ask("GET", `/v1/proofs/${id}`)).status, 200);
  });

  it("serves a proof as JSON and as a file, for good", async () => {
    const { id, proof } = (await stamp(firm.key)).json<{ id: string; proof: unknown }>();
    const json = await rig.ask("GET", `/v1/proofs/${id}`);
    assert.equal(json.headers.get("content-type"), PROOF_MEDIA_TYPE);
    assert.deepEqual(json.json(), proof);
    assert.match(json.headers.get("cache-control") ?? "", /immutable/);
    const etag = json.headers.get("etag") ?? "";
    const again = await rig.ask("GET", `/v1/proofs/${id}`, { headers: { "if-none-match": `"other", ${etag}` } });
    assert.deepEqual([again.status, again.text], [304, ""]);
    const file = await fetch(`${rig.url}/v1/proofs/${id}`, { headers: { accept: "application/octet-stream" } });
    assert.notEqual(file.headers.get("etag"), etag);
    verifyProof(decodeProof(new Uint8Array(await file.arrayBuffer())), rig.oracle.quorum.set);
  });

  it("verifies proofs for nothing without a key, and counts them with a key of the scope", async () => {
    const { id, key } = await rig.account("enterprise");
    const made = (await stamp(key)).json<{ proof: { leaf: string } }>();
    const forged = {
      ...made.proof,
      leaf: toBase64Url(fromBase64Url(made.proof.leaf).map((byte, i) => (i === 40 ? byte ^ 1 : byte))),
    };
    const free = await rig.ask("POST", "/v1/verify", { body: { proof: made.proof } });
    assert.equal(free.json<Json>().valid, true, free.text);
    const refused = await rig.ask("POST", "/v1/verify", { body: { proof: forged } });
    assert.deepEqual(
      [refused.status, refused.json<Json>().valid, refused.json<Json>().code],
      [200, false, "proof/path"],
    );
    const body = { proofs: [made.proof, forged] };
    assert.equal(await usage(id), 1);
    const headers = { "idempotency-key": "verify-once" };
    for (let i = 0; i < 2; i++) {
      const paid = await rig.ask("POST", "/v1/verify/batch", { key, body, headers });
      assert.deepEqual(
        paid.json<{ results: Json[] }>().results.map(({ valid }) => valid),
        [true, false],
      );
    }
    assert.equal(await usage(id), 3);
    assert.equal(
      (await rig.ask("POST", "/v1/verify", { key: `clk_${"x".repeat(65)}`, body: { proof: made.proof } })).status,
      401,
    );
  });

  it("tells of the network without a key", async () => {
    const status = (await rig.ask("GET", "/v1/status")).json<{ stamps: number; reading: Json; test: boolean }>();
    assert.ok(status.stamps > 0 && status.test);
    assert.equal(status.reading.taiMinusUtc, 37);
    const set = (await rig.ask("GET", "/v1/node-set")).json<{ keys: string[] }>();
    assert.equal(set.keys.length, 4);
    const latest = (await rig.ask("GET", "/v1/certificates/latest")).json<{ sequence: string }>();
    assert.ok(BigInt(latest.sequence) > 0n);
  });

  it("answers 503 while there is no certificate or no time, and charges nothing", async () => {
    const { id, key } = await rig.account("enterprise");
    rig.oracle.failing = true;
    assert.deepEqual([(await stamp(key)).status, await usage(id)], [503, 0]);
    rig.oracle.failing = false;
    assert.equal((await stamp(key)).status, 201);
  });

  it("refuses a revoked key at once, although it was used a moment ago", async () => {
    const { key } = await rig.account("enterprise");
    const second = (await rig.ask("POST", "/v1/keys", { key, body: { name: "of a desk", scopes: ["stamp"] } })).json<{
      key: { id: string };
      secret: string;
    }>();
    assert.equal((await stamp(second.secret)).status, 201);
    await rig.database.execute(`update gateway_keys set revoked_at = 1 where id = '${second.key.id}'`);
    assert.equal((await stamp(second.secret)).status, 401);
  });
});
