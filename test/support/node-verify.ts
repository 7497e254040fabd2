import { createPublicKey, verify, webcrypto } from "node:crypto";

/** The order of P-256, halved and rounded down: the highest s of a low-S signature. */
const HIGHEST_LOW_S = 0x7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8n;

const isLowS = (signature: Uint8Array): boolean =>
  signature.length === 64 && BigInt(`0x${Buffer.from(signature.subarray(32)).toString("hex")}`) <= HIGHEST_LOW_S;

const jwkOf = (key: Uint8Array) => ({
  kty: "EC",
  crv: "P-256",
  x: Buffer.from(key.subarray(0, 32)).toString("base64url"),
  y: Buffer.from(key.subarray(32)).toString("base64url"),
});

/** The signature rule of docs/protocol.md by OpenSSL, as a second opinion on core's verifySignature. */
export function verifyByNodeCrypto(message: Uint8Array, signature: Uint8Array, key: Uint8Array): boolean {
  if (key.length !== 64 || !isLowS(signature)) return false;
  try {
    const object = createPublicKey({ key: jwkOf(key), format: "jwk" });
    return verify("sha256", message, { key: object, dsaEncoding: "ieee-p1363" }, signature);
  } catch {
    return false;
  }
}

/** The same by WebCrypto, as a browser would. */
export async function verifyByWebCrypto(message: Uint8Array, signature: Uint8Array, key: Uint8Array): Promise<boolean> {
  if (key.length !== 64 || !isLowS(signature)) return false;
  try {
    const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
    const object = await webcrypto.subtle.importKey("jwk", jwkOf(key), algorithm, false, ["verify"]);
    return await webcrypto.subtle.verify(algorithm, object, Buffer.from(signature), Buffer.from(message));
  } catch {
    return false;
  }
}
