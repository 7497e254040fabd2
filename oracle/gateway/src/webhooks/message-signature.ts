import { createHmac } from "node:crypto";
import type { Vault } from "../http/vault.ts";

export const SECRET_PREFIX = "whsec_";
/** After a rotation the old secret signs beside the new one for a day, so that receivers can change at leisure. */
export const OLD_SECRET_NS = 86_400n * 1_000_000_000n;

export type SecretVersion = {
  readonly id: string;
  readonly version: number;
  /** UTC, ns; null when it never was rotated. */
  readonly rotatedAt: bigint | null;
};

/** Derived, never stored: `whsec_` and base64 of 32 bytes, as www.standardwebhooks.com has it. */
export const signingSecret = (vault: Vault, purpose: "webhook" | "schedule", id: string, version: number): string =>
  SECRET_PREFIX + vault.derive(purpose, `${id}/${version}`).toString("base64");

/** The newest first. */
export function signingSecrets(
  vault: Vault,
  purpose: "webhook" | "schedule",
  { id, version, rotatedAt }: SecretVersion,
  now: bigint,
): string[] {
  const oldToo = version > 1 && rotatedAt !== null && now - rotatedAt < OLD_SECRET_NS;
  return [version, ...(oldToo ? [version - 1] : [])].map((each) => signingSecret(vault, purpose, id, each));
}

export type Message = {
  /** The same in each repeat: what receivers tell repeats by. */
  readonly id: string;
  /** Unix seconds of this attempt. */
  readonly timestampS: bigint;
  readonly body: Uint8Array;
};

/**
 * Headers of Standard Webhooks: HMAC-SHA-256 over the bytes "id.timestamp.body", one signature for each secret. Not by its library,
 * which turns bodies into text first, so that its signature does not cover bytes that are no UTF-8.
 */
export function signatureHeaders(
  secrets: readonly string[],
  { id, timestampS, body }: Message,
): Record<"webhook-id" | "webhook-timestamp" | "webhook-signature", string> {
  const sign = (secret: string): string =>
    createHmac("sha256", Buffer.from(secret.slice(SECRET_PREFIX.length), "base64"))
      .update(`${id}.${timestampS}.`)
      .update(body)
      .digest("base64");
  return {
    "webhook-id": id,
    "webhook-timestamp": String(timestampS),
    "webhook-signature": secrets.map((secret) => `v1,${sign(secret)}`).join(" "),
  };
}
