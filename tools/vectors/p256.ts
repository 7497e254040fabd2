import { createECDH, createHash, createHmac, createPublicKey, verify } from "node:crypto";

/** Parameters of P-256 (SP 800-186). */
export const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
export const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;
export const HALF_N = (N - 1n) / 2n;

export type Point = { readonly x: bigint; readonly y: bigint } | undefined;

export const sha256 = (...parts: Uint8Array[]): Buffer => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
};
export const be32 = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, "0"), "hex");
export const fromBe = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
export const mod = (value: bigint, m: bigint): bigint => ((value % m) + m) % m;

export function inverse(value: bigint, m: bigint): bigint {
  let [a, b, u, v] = [mod(value, m), m, 1n, 0n];
  while (a !== 0n) {
    const q = b / a;
    [a, b, u, v] = [b - q * a, a, v - q * u, u];
  }
  return mod(v, m);
}

function power(base: bigint, exponent: bigint, m: bigint): bigint {
  let result = 1n;
  let square = mod(base, m);
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % m;
    square = (square * square) % m;
  }
  return result;
}

/** The point with this x and an even y, if there is one (p = 3 mod 4). */
export function pointAt(x: bigint): Point {
  const square = mod(x ** 3n - 3n * x + B, P);
  const y = power(square, (P + 1n) / 4n, P);
  if ((y * y) % P !== square) return undefined;
  return { x, y: y % 2n === 0n ? y : P - y };
}

export function addPoints(a: Point, b: Point): Point {
  if (a === undefined) return b;
  if (b === undefined) return a;
  if (a.x === b.x && mod(a.y + b.y, P) === 0n) return undefined;
  const slope = a.x === b.x ? (3n * a.x * a.x - 3n) * inverse(2n * a.y, P) : (b.y - a.y) * inverse(b.x - a.x, P);
  const x = mod(slope * slope - a.x - b.x, P);
  return { x, y: mod(slope * (a.x - x) - a.y, P) };
}

export function multiply(point: Point, scalar: bigint): Point {
  let sum: Point;
  let double = point;
  for (let rest = mod(scalar, N); rest > 0n; rest >>= 1n) {
    if (rest & 1n) sum = addPoints(sum, double);
    double = addPoints(double, double);
  }
  return sum;
}

/** scalar * G, by OpenSSL. x || y, 64 bytes. */
export function publicKeyOf(scalar: bigint): Buffer {
  const ecdh = createECDH("prime256v1");
  ecdh.setPrivateKey(be32(scalar));
  return ecdh.getPublicKey().subarray(1);
}

export const keyBytes = (point: Point): Buffer => {
  if (point === undefined) throw new Error("the identity has no coordinates");
  return Buffer.concat([be32(point.x), be32(point.y)]);
};
export const pointOf = (key: Uint8Array): Point => ({ x: fromBe(key.subarray(0, 32)), y: fromBe(key.subarray(32)) });

/** A private key that anyone can make again: SHA-256 of a name. Worth nothing as a secret. */
export const privateKeyOf = (name: string): bigint =>
  (fromBe(sha256(Buffer.from(`ChronoLedger test key: ${name}`))) % (N - 1n)) + 1n;

/** RFC 6979 section 3.2 with HMAC-SHA-256. */
function nonceOf(secret: bigint, digest: Uint8Array): bigint {
  const hmac = (key: Uint8Array, ...parts: Uint8Array[]) => {
    const mac = createHmac("sha256", key);
    for (const part of parts) mac.update(part);
    return mac.digest();
  };
  const seed = [be32(secret), be32(fromBe(digest) % N)];
  let k: Buffer = Buffer.alloc(32, 0);
  let v: Buffer = Buffer.alloc(32, 1);
  for (const step of [0, 1]) {
    k = hmac(k, v, Buffer.of(step), ...seed);
    v = hmac(k, v);
  }
  for (;;) {
    v = hmac(k, v);
    const nonce = fromBe(v);
    if (nonce > 0n && nonce < N) return nonce;
    k = hmac(k, v, Buffer.of(0));
    v = hmac(k, v);
  }
}

export const joinSignature = (r: bigint, s: bigint): Buffer => Buffer.concat([be32(r), be32(s)]);

/** ECDSA over SHA-256 with the given nonce; s as it comes, high or low. */
export function signWithNonce(secret: bigint, message: Uint8Array, nonce: bigint): { r: bigint; s: bigint } {
  const r = fromBe(publicKeyOf(nonce).subarray(0, 32)) % N;
  return { r, s: mod(inverse(nonce, N) * (fromBe(sha256(message)) + r * secret), N) };
}

/** Deterministic (RFC 6979), low-S; checked by OpenSSL before it is returned. */
export function signMessage(secret: bigint, message: Uint8Array): Buffer {
  const { r, s } = signWithNonce(secret, message, nonceOf(secret, sha256(message)));
  const signature = joinSignature(r, s > HALF_N ? N - s : s);
  if (!opensslAccepts(message, signature, publicKeyOf(secret)))
    throw new Error("OpenSSL refuses a signature of the generator");
  return signature;
}

/** What OpenSSL says, which knows no low-S rule. */
export function opensslAccepts(message: Uint8Array, signature: Uint8Array, key: Uint8Array): boolean {
  try {
    const [x, y] = [key.subarray(0, 32), key.subarray(32)].map((part) => Buffer.from(part).toString("base64url"));
    const object = createPublicKey({ key: { kty: "EC", crv: "P-256", x: x ?? "", y: y ?? "" }, format: "jwk" });
    return verify("sha256", message, { key: object, dsaEncoding: "ieee-p1363" }, signature);
  } catch {
    return false;
  }
}

/** The key under which (r, s) is a valid signature of the message with the nonce's point R: Q = (s R - h G) / r. */
export function recoverKey(message: Uint8Array, point: Point, r: bigint, s: bigint): Buffer {
  const base = pointOf(publicKeyOf(1n));
  const h = fromBe(sha256(message));
  const sum = addPoints(multiply(point, s), multiply(base, N - (h % N)));
  return keyBytes(multiply(sum, inverse(r, N)));
}
