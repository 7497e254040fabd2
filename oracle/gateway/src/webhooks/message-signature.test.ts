import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createSystemClock } from "@chronoledger/service";
import { Webhook } from "standardwebhooks";
import { Vault } from "../http/vault.ts";
import { OLD_SECRET_NS, signatureHeaders, signingSecret, signingSecrets } from "./message-signature.ts";

const vault = new Vault("a-secret-of-the-vault-that-is-for-tests-only");
const nowS = createSystemClock().utcNow() / 1_000_000_000n;

describe("a message's signature", () => {
  const secret = signingSecret(vault, "webhook", "wh_a", 1);
  const body = Buffer.from('{"type":"schedule.executed","data":{"text":"häßlich"}}');

  it("is taken by the library of Standard Webhooks", () => {
    const headers = signatureHeaders([secret], { id: "wd_1", timestampS: nowS, body });
    assert.deepEqual(new Webhook(secret).verify(body, headers), JSON.parse(body.toString()));
  });

  it("is refused by it when the body, the id or the secret is another one", () => {
    const headers = signatureHeaders([secret], { id: "wd_1", timestampS: nowS, body });
    const webhook = new Webhook(secret);
    assert.throws(() => webhook.verify(Buffer.concat([body, Buffer.from(" ")]), headers));
    assert.throws(() => webhook.verify(body, { ...headers, "webhook-id": "wd_2" }));
    assert.throws(() => new Webhook(signingSecret(vault, "webhook", "wh_b", 1)).verify(body, headers));
  });

  it("covers bytes that are no text", () => {
    const bytes = Uint8Array.of(0xff, 0xfe, 0x00);
    const headers = signatureHeaders([secret], { id: "m", timestampS: 1n, body: bytes });
    const key = Buffer.from(secret.slice("whsec_".length), "base64");
    const wanted = createHmac("sha256", key).update("m.1.").update(bytes).digest("base64");
    assert.equal(headers["webhook-signature"], `v1,${wanted}`);
  });

  it("is made by both secrets for a day after a rotation, and by the new one after it", () => {
    const version = { id: "wh_a", version: 2, rotatedAt: 1_000n };
    const old = signingSecret(vault, "webhook", "wh_a", 1);
    const fresh = signingSecret(vault, "webhook", "wh_a", 2);
    assert.deepEqual(signingSecrets(vault, "webhook", version, 1_000n + OLD_SECRET_NS - 1n), [fresh, old]);
    assert.deepEqual(signingSecrets(vault, "webhook", version, 1_000n + OLD_SECRET_NS), [fresh]);
    const headers = signatureHeaders([fresh, old], { id: "wd_1", timestampS: nowS, body });
    for (const each of [fresh, old]) new Webhook(each).verify(body, headers);
  });

  it("differs between webhooks, schedules and versions", () => {
    const all = [
      signingSecret(vault, "webhook", "x", 1),
      signingSecret(vault, "schedule", "x", 1),
      signingSecret(vault, "webhook", "x", 2),
      signingSecret(vault, "webhook", "y", 1),
    ];
    assert.equal(new Set(all).size, all.length);
  });
});
