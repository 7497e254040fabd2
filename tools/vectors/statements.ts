import { type Fields, fieldsToJson, hex, named, statementBytes, ZERO } from "./encoder.ts";
import { START } from "./node-sets.ts";
import { sha256 } from "./p256.ts";

export const plain: Fields = {
  kind: 2,
  flags: 0,
  taiMinusUtc: 37,
  networkId: 7,
  epoch: 1,
  policyId: 1,
  timeTaiNs: START + 1_000_000_001n,
  uncertaintyNs: 250_000n,
  sequence: 42n,
  previousTimeTaiNs: START + 1n,
  imprint: named("imprint"),
  link: named("link"),
  anchor: named("anchor"),
};

const U32 = 0xffff_ffff;
const U64 = 0xffff_ffff_ffff_ffffn;
const ONES = Buffer.alloc(32, 0xff);

/** Every field has another value in every byte, so that a swapped offset or byte order shows. */
const distinct: Fields = {
  kind: 3,
  flags: 5,
  taiMinusUtc: 0x0102,
  networkId: 0x03040506,
  epoch: 0x0708090a,
  policyId: 0x0b0c0d0e,
  timeTaiNs: 0x1112131415161718n,
  uncertaintyNs: 0x191a1b1c1d1e1f20n,
  sequence: 0x2122232425262728n,
  previousTimeTaiNs: 0x292a2b2c2d2e2f30n,
  imprint: Buffer.from(Array.from({ length: 32 }, (_, i) => 0x40 + i)),
  link: Buffer.from(Array.from({ length: 32 }, (_, i) => 0x60 + i)),
  anchor: Buffer.from(Array.from({ length: 32 }, (_, i) => 0x80 + i)),
};

const least: Fields = {
  ...plain,
  kind: 1,
  taiMinusUtc: -32_768,
  networkId: 0,
  epoch: 0,
  policyId: 0,
  timeTaiNs: 0n,
  uncertaintyNs: 0n,
  sequence: 0n,
  previousTimeTaiNs: 0n,
  imprint: ZERO,
  link: ZERO,
  anchor: ZERO,
};
const most: Fields = {
  kind: 5,
  flags: 15,
  taiMinusUtc: 32_767,
  networkId: U32,
  epoch: U32,
  policyId: U32,
  timeTaiNs: U64,
  uncertaintyNs: U64,
  sequence: U64,
  previousTimeTaiNs: U64,
  imprint: ONES,
  link: ONES,
  anchor: ONES,
};

function accepted(): [string, Fields][] {
  return [
    ["a quorum statement", plain],
    ["every byte of its own", distinct],
    ["everything least", least],
    ["everything greatest", most],
    ["a heartbeat: no imprint", { ...plain, imprint: ZERO }],
    ["the first of a network: no link", { ...plain, link: ZERO, sequence: 1n }],
    ["a negative TAI offset of one second", { ...plain, taiMinusUtc: -1 }],
    ...[1, 2, 3, 4, 5].map((kind): [string, Fields] => [`kind ${kind}`, { ...plain, kind }]),
    ...[1, 2, 4, 8, 15].map((flags): [string, Fields] => [`flags ${flags}`, { ...plain, flags }]),
  ];
}

const changed = (offset: number, value: number): Buffer => {
  const bytes = statementBytes(plain);
  bytes[offset] = value;
  return bytes;
};

function rejected(): [string, Buffer, string][] {
  const good = statementBytes(plain);
  return [
    ["empty", Buffer.alloc(0), "statement/malformed"],
    ["one byte short", good.subarray(0, 159), "statement/malformed"],
    ["one byte long", Buffer.concat([good, Buffer.of(0)]), "statement/malformed"],
    ["twice", Buffer.concat([good, good]), "statement/malformed"],
    ["all zero", Buffer.alloc(160), "statement/malformed"],
    ["first byte of the domain", changed(0, 0x63), "statement/malformed"],
    ["last byte of the domain: version 2", changed(15, 0x32), "statement/malformed"],
    [
      "a TPM structure's magic",
      Buffer.concat([Buffer.from("ff544347", "hex"), good.subarray(4)]),
      "statement/malformed",
    ],
    ...[0, 6, 7, 128, 255].map((kind): [string, Buffer, string] => [
      `kind ${kind}`,
      changed(16, kind),
      "statement/kind",
    ]),
    ...[16, 32, 64, 128, 24, 255].map((flags): [string, Buffer, string] => [
      `flags ${flags}`,
      changed(17, flags),
      "statement/flags",
    ]),
  ];
}

export const statementVectors = () => ({
  accepted: accepted().map(([name, fields]) => {
    const bytes = statementBytes(fields);
    return { name, ...fieldsToJson(fields), bytes: hex(bytes), digest: hex(sha256(bytes)) };
  }),
  rejected: rejected().map(([name, bytes, error]) => ({ name, bytes: hex(bytes), error })),
  anchorDigests: [0, 1, 4, 32].map((count) => {
    const anchors = Array.from({ length: count }, (_, index) => (index === 1 ? ZERO : named(`anchor ${index}`)));
    return { count, anchors: anchors.map(hex), digest: hex(sha256(...anchors)) };
  }),
});
