import { hex, statementBytes } from "./encoder.ts";
import {
  be32,
  fromBe,
  HALF_N,
  inverse,
  joinSignature,
  keyBytes,
  mod,
  N,
  opensslAccepts,
  P,
  type Point,
  pointAt,
  pointOf,
  privateKeyOf,
  publicKeyOf,
  recoverKey,
  sha256,
  signMessage,
  signWithNonce,
} from "./p256.ts";
import { plain } from "./statements.ts";

type Case = [name: string, message: Buffer, signature: Buffer, key: Buffer, valid: boolean];

const secret = privateKeyOf("signature vectors");
const key = publicKeyOf(secret);
const message = statementBytes(plain);
const good = signMessage(secret, message);
const [goodR, goodS] = [fromBe(good.subarray(0, 32)), fromBe(good.subarray(32))];

/** The key and message of RFC 6979 A.2.5: values that others computed. The s of "sample" is high. */
function published(): Case[] {
  const theirKey = Buffer.from(
    "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
    "hex",
  );
  const sample = {
    r: 0xefd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716n,
    s: 0xf7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8n,
  };
  const test = Buffer.from(
    "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083",
    "hex",
  );
  return [
    ['RFC 6979 A.2.5, "test"', Buffer.from("test"), test, theirKey, true],
    ['RFC 6979 A.2.5, "sample": high-S', Buffer.from("sample"), joinSignature(sample.r, sample.s), theirKey, false],
    [
      'RFC 6979 A.2.5, "sample", s turned',
      Buffer.from("sample"),
      joinSignature(sample.r, N - sample.s),
      theirKey,
      true,
    ],
  ];
}

function plainOnes(): Case[] {
  const messages: [string, Buffer][] = [
    ["empty message", Buffer.alloc(0)],
    ["one zero byte", Buffer.alloc(1)],
    ["55 bytes: one SHA-256 block", Buffer.alloc(55, 0x61)],
    ["56 bytes: the padding needs a second block", Buffer.alloc(56, 0x61)],
    ["64 bytes", Buffer.alloc(64, 0x61)],
    ["1,000 bytes", Buffer.alloc(1_000, 0x61)],
    ["a statement", message],
  ];
  return messages.map(([name, bytes]) => [name, bytes, signMessage(secret, bytes), key, true]);
}

/** The first text "PREFIX n" for which the test holds. */
function search<T>(prefix: string, attempt: (candidate: Buffer) => T | undefined): T {
  for (let i = 0; i < 2_000_000; i++) {
    const found = attempt(Buffer.from(`${prefix} ${i}`));
    if (found !== undefined) return found;
  }
  throw new Error(`nothing found: ${prefix}`);
}

function leadingZeros(): Case[] {
  const where = (name: string, test: (signature: Buffer) => boolean): Case => {
    const bytes = search(name, (candidate) => (test(signMessage(secret, candidate)) ? candidate : undefined));
    return [name, bytes, signMessage(secret, bytes), key, true];
  };
  const withKey = (name: string, offset: number): Case => {
    const found = search(name, (candidate) => {
      const one = privateKeyOf(candidate.toString());
      return publicKeyOf(one)[offset] === 0 ? one : undefined;
    });
    return [name, message, signMessage(found, message), publicKeyOf(found), true];
  };
  const digest = search("digest with two leading zero bytes", (bytes) =>
    sha256(bytes).readUInt16BE(0) === 0 ? bytes : undefined,
  );
  return [
    where("r with a leading zero byte", (signature) => signature[0] === 0),
    where("s with a leading zero byte", (signature) => signature[32] === 0),
    where("r with its top bit set", (signature) => (signature[0] ?? 0) >= 0x80),
    withKey("x with a leading zero byte", 0),
    withKey("y with a leading zero byte", 32),
    ["digest with two leading zero bytes", digest, signMessage(secret, digest), key, true],
  ];
}

/** Keys made to fit the signature: Q = (s R - h G) / r. */
function madeToFit(): Case[] {
  const nonce = pointOf(publicKeyOf(privateKeyOf("a nonce")));
  const r = (nonce?.x ?? 0n) % N;
  const fit = (name: string, point: Point, rr: bigint, s: bigint, valid: boolean): Case => [
    name,
    message,
    joinSignature(rr, s),
    recoverKey(message, point, rr, s),
    valid,
  ];
  // x of R lies in [n, p): only r = x - n can match, and a verifier must compare modulo n.
  let x = N;
  let wrapped = pointAt(x);
  while (wrapped === undefined || x === N) wrapped = pointAt(++x);
  let small = 1n;
  while (pointAt(small) === undefined) small++;
  const wrappedKey = recoverKey(message, wrapped, x - N, 2n);
  return [
    fit("s = 1", nonce, r, 1n, true),
    fit("s = 2", nonce, r, 2n, true),
    fit("s = (n - 1) / 2, the highest low one", nonce, r, HALF_N, true),
    fit("s = (n + 1) / 2, the lowest high one", nonce, r, HALF_N + 1n, false),
    fit("s = n - 1", nonce, r, N - 1n, false),
    fit("the smallest r that is an x", pointAt(small), small, 7n, true),
    ["x of R above n: r = x - n", message, joinSignature(x - N, 2n), wrappedKey, true],
    ["x of R above n: r = x, not reduced", message, joinSignature(x, 2n), wrappedKey, false],
    ["s = 1 written as n + 1", message, joinSignature(r, N + 1n), recoverKey(message, nonce, r, 1n), false],
  ];
}

/** Sums in which both addends are the same point, or cancel. */
function degenerateSums(): Case[] {
  const k = privateKeyOf("a nonce for a doubling");
  const h = fromBe(sha256(message)) % N;
  const r = fromBe(publicKeyOf(k).subarray(0, 32)) % N;
  const doubling = mod(h * inverse(r, N), N);
  const { s } = signWithNonce(doubling, message, k);
  const cancelling = publicKeyOf(mod(-h * inverse(r, N), N));
  const one = signMessage(1n, message);
  const last = signMessage(N - 1n, message);
  return [
    [
      "u1 G = u2 Q: the sum is a doubling",
      message,
      joinSignature(r, s > HALF_N ? N - s : s),
      publicKeyOf(doubling),
      true,
    ],
    ["u1 G = -u2 Q: the sum is the identity", message, joinSignature(r, 3n), cancelling, false],
    ["private key 1: Q = G", message, one, publicKeyOf(1n), true],
    ["private key n - 1: Q = -G", message, last, publicKeyOf(N - 1n), true],
    ["private key 1, signature under n - 1", message, last, publicKeyOf(1n), false],
  ];
}

function outOfRange(): Case[] {
  const values: [string, bigint][] = [
    ["0", 0n],
    ["n", N],
    ["n + 1", N + 1n],
    ["p", P],
    ["2^256 - 1", 2n ** 256n - 1n],
  ];
  return [
    ...values.map(([name, value]): Case => [`r = ${name}`, message, joinSignature(value, goodS), key, false]),
    ...values.map(([name, value]): Case => [`s = ${name}`, message, joinSignature(goodR, value), key, false]),
    ["r = s = 0", message, Buffer.alloc(64), key, false],
    ["r = s = 1", message, joinSignature(1n, 1n), key, false],
    ["r = 1, s = 0", message, joinSignature(1n, 0n), key, false],
    ["r = 0, s = 1", message, joinSignature(0n, 1n), key, false],
    ["r = n, s = 0", message, joinSignature(N, 0n), key, false],
    ["r = n - 1", message, joinSignature(N - 1n, goodS), key, false],
    ["all ones", message, Buffer.alloc(64, 0xff), key, false],
  ];
}

function wrongPairs(): Case[] {
  const flipped = Buffer.from(message);
  flipped.writeUInt8(flipped.readUInt8(159) ^ 1, 159);
  const point = pointOf(key);
  return [
    ["high-S twin of a valid one", message, joinSignature(goodR, N - goodS), key, false],
    ["message with one bit changed", flipped, good, key, false],
    ["digest as the message", sha256(message), good, key, false],
    ["r and s exchanged", message, joinSignature(goodS, goodR), key, false],
    ["-r", message, joinSignature(N - goodR, goodS), key, false],
    ["another key", message, good, publicKeyOf(privateKeyOf("another")), false],
    ["the negated key", message, good, keyBytes(point && { x: point.x, y: P - point.y }), false],
    ["x and y exchanged", message, good, Buffer.concat([key.subarray(32), key.subarray(0, 32)]), false],
  ];
}

function wrongKeysAndLengths(): Case[] {
  let x = 1n;
  while (pointAt(x) === undefined) x++;
  const small = pointAt(x);
  const y = small?.y ?? 0n;
  const ending = search("y with a trailing zero byte", (candidate) => {
    const one = privateKeyOf(candidate.toString());
    return publicKeyOf(one)[63] === 0 ? one : undefined;
  });
  const der = Buffer.concat([
    Buffer.from("3044", "hex"),
    Buffer.of(2, 32),
    good.subarray(0, 32),
    Buffer.of(2, 32),
    good.subarray(32),
  ]);
  return [
    ["key zero", message, good, Buffer.alloc(64), false],
    ["key with y = 0", message, good, Buffer.concat([key.subarray(0, 32), Buffer.alloc(32)]), false],
    [
      "key with y one more: off the curve",
      message,
      good,
      Buffer.concat([key.subarray(0, 32), be32(fromBe(key.subarray(32)) + 1n)]),
      false,
    ],
    ["key on the curve with a small x", message, good, Buffer.concat([be32(x), be32(y)]), false],
    ["key with x + p, not reduced", message, good, Buffer.concat([be32(x + P), be32(y)]), false],
    ["key with x = p", message, good, Buffer.concat([be32(P), be32(y)]), false],
    ["key all ones", message, good, Buffer.alloc(64, 0xff), false],
    [
      "key of 63 bytes, the last one having been zero",
      message,
      signMessage(ending, message),
      publicKeyOf(ending).subarray(0, 63),
      false,
    ],
    ["key of 63 bytes", message, good, key.subarray(0, 63), false],
    ["key of 65 bytes: SEC 1", message, good, Buffer.concat([Buffer.of(4), key]), false],
    ["no key", message, good, Buffer.alloc(0), false],
    ["signature of 63 bytes", message, good.subarray(0, 63), key, false],
    ["signature of 65 bytes", message, Buffer.concat([good, Buffer.of(0)]), key, false],
    ["signature in DER", message, der, key, false],
    ["no signature", message, Buffer.alloc(0), key, false],
  ];
}

export function signatureVectors() {
  const cases = [
    ...published(),
    ...plainOnes(),
    ...leadingZeros(),
    ...madeToFit(),
    ...degenerateSums(),
    ...outOfRange(),
    ...wrongPairs(),
    ...wrongKeysAndLengths(),
  ];
  for (const [name, bytes, signature, own, valid] of cases) {
    const lowS = signature.length === 64 && fromBe(signature.subarray(32)) <= HALF_N;
    if ((lowS && own.length === 64 && opensslAccepts(bytes, signature, own)) !== valid)
      throw new Error(`OpenSSL disagrees: ${name}`);
  }
  return {
    vectors: cases.map(([name, bytes, signature, own, valid]) => ({
      name,
      message: hex(bytes),
      signature: hex(signature),
      key: hex(own),
      fixedLengths: signature.length === 64 && own.length === 64,
      valid,
    })),
  };
}
