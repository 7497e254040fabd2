import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";
import { ChronoError, normaliseLowS, P256_N, type VerifySignature } from "@chronoledger/core";
import { readIfPresent, writeDurably } from "./durable-file.ts";

/** Signs with a P-256 key that may live anywhere: a file, a TPM, an HSM. */
export interface StatementSigner {
  /** x || y, 64 bytes. */
  readonly publicKey: Uint8Array;
  /** Whether a certified hardware key signs. If not, the test flag must stand in every statement. */
  readonly hardware: boolean;
  /** ECDSA over SHA-256 of the message: r || s, 64 bytes, low-S. */
  sign(message: Uint8Array): Promise<Uint8Array>;
}

function rawPublicKey(key: KeyObject): Uint8Array {
  const jwk = createPublicKey(key).export({ format: "jwk" });
  if (jwk.crv !== "P-256" || jwk.x === undefined || jwk.y === undefined)
    throw new ChronoError(
      "config/invalid",
      { curve: jwk.crv ?? "none" },
      { remedy: "the node key must be an EC key on P-256" },
    );
  return Uint8Array.from([...Buffer.from(jwk.x, "base64url"), ...Buffer.from(jwk.y, "base64url")]);
}

/** A key in memory, from PEM. For development: a network that people rely on has keys in hardware. */
export function softwareSigner(pem: string): StatementSigner {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    // The cause is left out: it could repeat parts of the key.
    throw new ChronoError("config/invalid", { what: "node key" }, { remedy: "a PEM private key on P-256 is needed" });
  }
  return {
    publicKey: rawPublicKey(key),
    hardware: false,
    sign: async (message) => normaliseLowS(sign("sha256", message, { key, dsaEncoding: "ieee-p1363" })),
  };
}

/** Reads the PEM file, or makes a new key in it. */
export function loadOrCreateKey(path: string): StatementSigner {
  const existing = readIfPresent(path);
  if (existing !== undefined) return softwareSigner(existing.toString("utf8"));
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = privateKey.export({ format: "pem", type: "pkcs8" }).toString();
  writeDurably(path, pem);
  return softwareSigner(pem);
}

const HALF_N = P256_N >> 1n;
const keys = new Map<string, KeyObject>();
/** Keys of retired sets need not stay for ever. */
const KEYS_KEPT = 256;

/** The same verdicts as core's verifySignature, by OpenSSL: several times as fast. */
export const verifyByOpenSsl: VerifySignature = (message, signature, key) => {
  if (signature.length !== 64 || key.length !== 64) return false;
  if (BigInt(`0x${Buffer.from(signature.subarray(32)).toString("hex")}`) > HALF_N) return false;
  try {
    const name = Buffer.from(key).toString("base64url");
    let object = keys.get(name);
    if (object === undefined) {
      const [x, y] = [key.subarray(0, 32), key.subarray(32)].map((part) => Buffer.from(part).toString("base64url"));
      object = createPublicKey({ key: { kty: "EC", crv: "P-256", x, y } as never, format: "jwk" });
      if (keys.size >= KEYS_KEPT) keys.clear();
      keys.set(name, object);
    }
    return verify("sha256", message, { key: object, dsaEncoding: "ieee-p1363" }, signature);
  } catch {
    return false;
  }
};
