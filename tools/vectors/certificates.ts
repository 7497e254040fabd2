import { bitmapBytes, type Fields, hex, named, statementBytes } from "./encoder.ts";
import { DAY, START, set, type TestSet } from "./node-sets.ts";
import { be32, fromBe, N, privateKeyOf, sha256, signMessage } from "./p256.ts";
import { plain } from "./statements.ts";

type Vector = { name: string; set: number; bytes: Buffer; verdict: string };

export const range = (count: number, from = 0): number[] => Array.from({ length: count }, (_, index) => from + index);

/** What this set would say, one second after it begins. */
export const fieldsOf = (of: TestSet, changes: Partial<Fields> = {}): Fields => ({
  ...plain,
  networkId: of.networkId,
  epoch: of.epoch,
  policyId: of.policyId,
  timeTaiNs: of.validFrom + 1_000_000_001n,
  previousTimeTaiNs: of.validFrom + 1n,
  ...changes,
});

export const sign = (of: TestSet, statement: Buffer, signer: number): Buffer =>
  signMessage(of.secrets[signer] ?? 0n, statement);

export const certificateBytes = (
  statement: Buffer,
  signers: readonly number[],
  signatures: readonly Buffer[],
): Buffer => Buffer.concat([statement, bitmapBytes(signers), ...signatures]);

export function certify(of: TestSet, changes: Partial<Fields> = {}, signers: readonly number[] = range(of.k)): Buffer {
  const statement = statementBytes(fieldsOf(of, changes));
  return certificateBytes(
    statement,
    signers,
    signers.map((signer) => sign(of, statement, signer)),
  );
}

const four = set(0);
const accept = (name: string, changes: Partial<Fields>, index = 0, signers?: readonly number[]): Vector => ({
  name,
  set: index,
  bytes: certify(set(index), changes, signers),
  verdict: "accepted",
});
/** Correctly signed, but it says what this set must not say. */
const refuse = (name: string, changes: Partial<Fields>, verdict: string, index = 0): Vector => ({
  name,
  set: index,
  bytes: certify(set(index), changes),
  verdict,
});
const broken = (name: string, bytes: Buffer, verdict: string, index = 0): Vector => ({
  name,
  set: index,
  bytes,
  verdict,
});

function acceptedOnes(): Vector[] {
  return [
    ...[
      [0, 1, 2],
      [0, 1, 3],
      [0, 2, 3],
      [1, 2, 3],
      [0, 1, 2, 3],
    ].map((s) => accept(`4 nodes, signers ${s.join(" ")}`, {}, 0, s)),
    accept("next epoch", {}, 1),
    accept("test flag where the policy allows it", { flags: 8 }, 2),
    accept("no test flag where the policy would allow it", {}, 2),
    accept("1 node", {}, 3),
    accept("5 nodes need 4", {}, 4, [0, 2, 3, 4]),
    accept("7 nodes, 5 signers", {}, 5),
    accept("7 nodes, all sign", {}, 5, range(7)),
    accept("10 nodes, the last 7 sign", {}, 6, range(7, 3)),
    accept("32 nodes, the last 22 sign", {}, 7, range(22, 10)),
    accept("32 nodes, all sign", {}, 7, range(32)),
    accept("at the first instant of the epoch", { timeTaiNs: START, previousTimeTaiNs: START - 1n }),
    accept("at the last instant of the epoch", { timeTaiNs: START + 90n * DAY - 1n }),
    accept("uncertainty at the policy's bound", { uncertaintyNs: 50_000_000n }),
    accept("uncertainty zero", { uncertaintyNs: 0n }),
    accept("previous time one nanosecond before", { previousTimeTaiNs: START + 1_000_000_000n }),
    accept("a heartbeat", { imprint: Buffer.alloc(32) }),
    accept("the first certificate of a network", { link: Buffer.alloc(32), sequence: 1n }),
    ...[1, 2, 4, 7].map((flags) => accept(`flags ${flags}`, { flags })),
    accept("another TAI offset", { taiMinusUtc: 38 }),
    accept("a negative TAI offset", { taiMinusUtc: -1 }),
  ];
}

function wrongStatements(): Vector[] {
  return [
    refuse("another network", { networkId: 8 }, "statement/network"),
    refuse("network zero", { networkId: 0 }, "statement/network"),
    refuse("an earlier epoch", { epoch: 0 }, "statement/epoch"),
    refuse("a later epoch", { epoch: 2 }, "statement/epoch"),
    broken("the next epoch's certificate before this set", certify(set(1)), "statement/epoch"),
    broken("this epoch's certificate before the next set", certify(four), "statement/epoch", 1),
    refuse("another policy", { policyId: 2 }, "statement/policy"),
    ...[0, 1, 3, 4, 5, 6, 255].map((kind) => refuse(`kind ${kind}`, { kind }, "statement/kind")),
    ...[16, 32, 64, 128].map((flags) => refuse(`unknown flag ${flags}`, { flags }, "statement/flags")),
    refuse("test flag without the policy's leave", { flags: 8 }, "statement/test-flag"),
    refuse("test flag among others without the policy's leave", { flags: 15 }, "statement/test-flag"),
    refuse("unknown flag on a test network", { flags: 24 }, "statement/flags", 2),
    refuse(
      "one nanosecond before the epoch",
      { timeTaiNs: START - 1n, previousTimeTaiNs: START - 2n },
      "statement/validity",
    ),
    refuse("at the end of the epoch, which is exclusive", { timeTaiNs: START + 90n * DAY }, "statement/validity"),
    refuse("at the end of time", { timeTaiNs: 2n ** 64n - 1n }, "statement/validity"),
    refuse("at zero", { timeTaiNs: 0n, previousTimeTaiNs: 0n }, "statement/validity"),
    refuse("uncertainty one above the policy's bound", { uncertaintyNs: 50_000_001n }, "statement/uncertainty"),
    refuse("uncertainty greatest", { uncertaintyNs: 2n ** 64n - 1n }, "statement/uncertainty"),
    refuse("a tighter policy's bound", { uncertaintyNs: 1_000_001n }, "statement/uncertainty", 5),
    refuse("previous time equal to the time", { previousTimeTaiNs: START + 1_000_000_001n }, "statement/span"),
    refuse("previous time after the time", { previousTimeTaiNs: START + 1_000_000_002n }, "statement/span"),
    refuse("previous time greatest", { previousTimeTaiNs: 2n ** 64n - 1n }, "statement/span"),
    ...[0, 9, 15].map((at) => {
      const statement = statementBytes(fieldsOf(four));
      statement.writeUInt8(statement.readUInt8(at) ^ 1, at);
      const bytes = certificateBytes(
        statement,
        [0, 1, 2],
        range(3).map((signer) => sign(four, statement, signer)),
      );
      return broken(`domain, byte ${at}`, bytes, "statement/malformed");
    }),
  ];
}

function wrongShapes(): Vector[] {
  const good = certify(four);
  const statement = good.subarray(0, 160);
  const all = range(4).map((signer) => sign(four, statement, signer));
  const three = all.slice(0, 3);
  const outsider = signMessage(privateKeyOf("an outsider"), statement);
  const single = certify(set(3));
  return [
    broken("empty", Buffer.alloc(0), "certificate/malformed"),
    broken("the statement alone", statement, "certificate/malformed"),
    broken("cut inside the bitmap", good.subarray(0, 163), "certificate/malformed"),
    broken("one byte short", good.subarray(0, -1), "certificate/malformed"),
    broken("one signature short", good.subarray(0, -64), "certificate/malformed"),
    broken("a trailing byte", Buffer.concat([good, Buffer.of(0)]), "certificate/malformed"),
    broken("a signature that no bit names", certificateBytes(statement, [0, 1, 2], all), "certificate/malformed"),
    broken("a bit without a signature", certificateBytes(statement, [0, 1, 2, 3], three), "certificate/malformed"),
    broken("no signer", certificateBytes(statement, [], []), "certificate/quorum-short"),
    broken("one signer", certificateBytes(statement, [1], [sign(four, statement, 1)]), "certificate/quorum-short"),
    broken("one signer too few of 4", certify(four, {}, [1, 3]), "certificate/quorum-short"),
    broken("one signer too few of 5", certify(set(4), {}, [0, 1, 2]), "certificate/quorum-short", 4),
    broken("one signer too few of 7", certify(set(5), {}, range(4)), "certificate/quorum-short", 5),
    broken("one signer too few of 10", certify(set(6), {}, range(6)), "certificate/quorum-short", 6),
    broken("one signer too few of 32", certify(set(7), {}, range(21)), "certificate/quorum-short", 7),
    broken(
      "a bit at n besides a quorum",
      certificateBytes(statement, [0, 1, 2, 4], [...three, outsider]),
      "certificate/signer-unknown",
    ),
    broken(
      "a bit at n instead of a member",
      certificateBytes(statement, [0, 1, 4], [...all.slice(0, 2), outsider]),
      "certificate/signer-unknown",
    ),
    broken(
      "the last bit besides a quorum",
      certificateBytes(statement, [0, 1, 2, 31], [...three, outsider]),
      "certificate/signer-unknown",
    ),
    broken(
      "the last bit with a member's signature",
      certificateBytes(statement, [0, 1, 2, 31], all),
      "certificate/signer-unknown",
    ),
    broken("only bits above n", certificateBytes(statement, [29, 30, 31], three), "certificate/signer-unknown"),
    broken(
      "a single node's bit moved by one",
      certificateBytes(single.subarray(0, 160), [1], [single.subarray(164)]),
      "certificate/signer-unknown",
      3,
    ),
  ];
}

/** Each with one wrong signature at the given place of three (or of four: then a quorum of valid ones stands beside it). */
function wrongSignatures(): Vector[] {
  const statement = statementBytes(fieldsOf(four));
  const other = statementBytes(fieldsOf(four, { sequence: 43n }));
  const all = range(4).map((signer) => sign(four, statement, signer));
  const put = (at: number, signature: Buffer, count = 3): Buffer =>
    certificateBytes(
      statement,
      range(count),
      all.slice(0, count).map((own, index) => (index === at ? signature : own)),
    );
  const part = (at: number, s: "r" | "s") =>
    fromBe((all[at] ?? Buffer.alloc(64)).subarray(s === "r" ? 0 : 32, s === "r" ? 32 : 64));
  const rs = (r: bigint, s: bigint): Buffer => Buffer.concat([be32(r), be32(s)]);
  const bad = (name: string, bytes: Buffer): Vector => broken(name, bytes, "certificate/signature");
  return [
    ...[0, 1, 2].map((at) => bad(`high-S at place ${at}`, put(at, rs(part(at, "r"), N - part(at, "s"))))),
    bad("high-S beside a quorum of valid ones", put(3, rs(part(3, "r"), N - part(3, "s")), 4)),
    bad("r zero", put(0, rs(0n, part(0, "s")))),
    bad("s zero", put(1, rs(part(1, "r"), 0n))),
    bad("r and s zero", put(2, Buffer.alloc(64))),
    bad("r equal to n", put(0, rs(N, part(0, "s")))),
    bad("s equal to n", put(0, rs(part(0, "r"), N))),
    bad("r greatest", put(1, rs(2n ** 256n - 1n, part(1, "s")))),
    bad("s greatest", put(2, rs(part(2, "r"), 2n ** 256n - 1n))),
    bad("r one more", put(2, rs(part(2, "r") + 1n, part(2, "s")))),
    bad("s one less", put(2, rs(part(2, "r"), part(2, "s") - 1n))),
    bad("r and s exchanged", put(1, rs(part(1, "s"), part(1, "r")))),
    bad(
      "two signatures exchanged",
      certificateBytes(
        statement,
        [0, 1, 2],
        [1, 0, 2].map((at) => all[at] ?? Buffer.alloc(64)),
      ),
    ),
    bad(
      "one signature under three bits",
      certificateBytes(
        statement,
        [0, 1, 2],
        [0, 0, 0].map((at) => all[at] ?? Buffer.alloc(64)),
      ),
    ),
    bad("one signature under two bits", put(1, sign(four, statement, 0))),
    bad("right signatures under other bits", certificateBytes(statement, [1, 2, 3], all.slice(0, 3))),
    bad("by an outsider", put(2, signMessage(privateKeyOf("an outsider"), statement))),
    bad("by an outsider beside a quorum of valid ones", put(3, signMessage(privateKeyOf("an outsider"), statement), 4)),
    bad("by the same node of the next epoch", put(0, sign(set(1), statement, 0))),
    bad("over another statement", put(2, sign(four, other, 2))),
    bad("over the digest instead of the statement", put(0, sign(four, sha256(statement), 0))),
    bad("over statement and bitmap", put(0, sign(four, Buffer.concat([statement, bitmapBytes([0, 1, 2])]), 0))),
  ];
}

/** Signed, then changed: each field that no header rule judges. */
function alteredFields(): Vector[] {
  const changes: [string, Partial<Fields>][] = [
    ["imprint", { imprint: named("another imprint") }],
    ["link", { link: named("another link") }],
    ["anchor", { anchor: named("another anchor") }],
    ["time", { timeTaiNs: START + 1_000_000_002n }],
    ["previous time", { previousTimeTaiNs: START + 2n }],
    ["uncertainty", { uncertaintyNs: 249_999n }],
    ["sequence", { sequence: 43n }],
    ["TAI offset", { taiMinusUtc: 36 }],
    ["holdover flag", { flags: 4 }],
  ];
  const signatures = certify(four).subarray(160);
  return changes.map(([field, change]) =>
    broken(
      `${field} altered`,
      Buffer.concat([statementBytes(fieldsOf(four, change)), signatures]),
      "certificate/signature",
    ),
  );
}

export function certificateVectors() {
  const vectors = [...acceptedOnes(), ...wrongStatements(), ...wrongShapes(), ...wrongSignatures(), ...alteredFields()];
  return {
    vectors: vectors.map(({ name, set: index, bytes, verdict }) => {
      const whole = bytes.length >= 164;
      return {
        name,
        set: index,
        bytes: hex(bytes),
        whole,
        statement: hex(whole ? bytes.subarray(0, 160) : Buffer.alloc(0)),
        signers: hex(whole ? bytes.subarray(160, 164) : Buffer.alloc(4)),
        signatures: hex(whole ? bytes.subarray(164) : Buffer.alloc(0)),
        verdict,
      };
    }),
  };
}
