import { certificateBytes, certify, fieldsOf, range, sign } from "./certificates.ts";
import {
  hex,
  type LeafFields,
  leafBytes,
  named,
  siblings,
  statementBytes,
  treeLevels,
  treeRoot,
  ZERO,
} from "./encoder.ts";
import { afterContext, evmContext } from "./intents.ts";
import { set } from "./node-sets.ts";

type After = { set: number; certificate: Buffer; nonce: Buffer };
type Proof = {
  name: string;
  set: number;
  leaf: Buffer;
  index: number;
  size: number;
  path: Buffer[];
  directions: bigint;
  certificate: Buffer;
  after: After | undefined;
  verdict: string;
};

const four = set(0);
const TIME = fieldsOf(four).timeTaiNs;

const leafFields = (changes: Partial<LeafFields> = {}): LeafFields => ({
  timeTaiNs: TIME - 5_000_000n,
  uncertaintyNs: 250_000n,
  serial: 1_000n,
  policyId: 1,
  flags: 0,
  imprint: named("a document"),
  context: named("a client's nonce"),
  ...changes,
});

const other = (index: number): Buffer =>
  leafBytes(leafFields({ serial: 2_000n + BigInt(index), imprint: named(`document ${index}`) }));

/** A batch of `size` leaves with ours at `index`, certified at TIME. */
function prove(
  name: string,
  size: number,
  index: number,
  changes: Partial<LeafFields> = {},
  setIndex = 0,
  flags = 0,
): Proof {
  const of = set(setIndex);
  const leaf = leafBytes(leafFields(changes));
  const leaves = range(size).map((at) => (at === index ? leaf : other(at)));
  const certificate = certify(of, { imprint: treeRoot(leaves), timeTaiNs: TIME, flags });
  return {
    name,
    set: setIndex,
    leaf,
    index,
    size,
    ...siblings(treeLevels(leaves), index),
    certificate,
    after: undefined,
    verdict: "accepted",
  };
}

const nonce = named("a nonce");
const earlier = certify(four, { timeTaiNs: TIME - 500_000_000n, sequence: 41n });
const later = certify(four, { timeTaiNs: TIME + 1n, sequence: 44n });
const same = certify(four, { timeTaiNs: TIME, sequence: 41n });
const elsewhere = certify(set(3), { timeTaiNs: TIME - 500_000_000n, sequence: 41n });

function bracketed(
  name: string,
  after: After,
  verdict: string,
  context = afterContext(after.certificate, after.nonce),
): Proof {
  return { ...prove(name, 3, 1, { context }), after, verdict };
}

function accepted(): Proof[] {
  const intent = evmContext(
    31_337n,
    named("contract").subarray(0, 20),
    named("sender").subarray(0, 20),
    Buffer.from("a9059cbb", "hex"),
  );
  return [
    prove("a batch of one", 1, 0),
    ...[
      [2, 0],
      [2, 1],
      [3, 2],
      [5, 4],
      [7, 3],
      [8, 7],
      [13, 12],
      [100, 42],
    ].map(([size = 0, index = 0]) => prove(`leaf ${index} of ${size}`, size, index)),
    prove("depth 10, first", 1_024, 0),
    prove("depth 10, somewhere", 1_024, 693),
    prove("depth 10, last", 1_024, 1_023),
    prove("the last of 1,025 has a path of one", 1_025, 1_024),
    prove("the leaf's reading equals the certificate's time", 4, 2, { timeTaiNs: TIME }),
    prove("the leaf's reading zero", 4, 2, { timeTaiNs: 0n }),
    prove("a leaf with greatest numbers", 4, 2, {
      uncertaintyNs: 2n ** 64n - 1n,
      serial: 2n ** 64n - 1n,
      policyId: 0xffff_ffff,
      flags: 0xffff_ffff,
    }),
    prove("bound to a call", 4, 2, { context: intent }),
    prove("a test network", 4, 2, {}, 2, 8),
    bracketed("bracketed", { set: 0, certificate: earlier, nonce }, "accepted"),
  ];
}

function wrongPaths(): Proof[] {
  const base = prove("", 7, 4);
  const wrong = (name: string, changes: Partial<Proof>, verdict = "proof/path"): Proof => ({
    ...base,
    name,
    ...changes,
    verdict,
  });
  const flip = (bytes: Buffer, at: number): Buffer =>
    Buffer.from(bytes.map((byte, index) => (index === at ? byte ^ 1 : byte)));
  return [
    ...[0, 8, 16, 24, 28, 32, 63, 64, 95].map((at) => wrong(`leaf, byte ${at} altered`, { leaf: flip(base.leaf, at) })),
    ...base.path.map((_, level) =>
      wrong(`sibling ${level} altered`, { path: base.path.map((hash, at) => (at === level ? flip(hash, 0) : hash)) }),
    ),
    wrong("siblings in reverse", { path: base.path.toReversed() }),
    wrong("another index of the same depth", { index: 5, directions: base.directions ^ 1n }),
    wrong("another certificate of the network", { certificate: later }),
    wrong("a heartbeat certificate", { certificate: certify(four, { imprint: ZERO, timeTaiNs: TIME }) }),
  ];
}

/** What no encoding of a proof can mean; a contract that takes only path and directions cannot see the sizes. */
function malformed(): Proof[] {
  const base = prove("", 7, 4);
  const wrong = (name: string, changes: Partial<Proof>): Proof => ({
    ...base,
    name,
    ...changes,
    verdict: "proof/malformed",
  });
  return [
    wrong("path one short", { path: base.path.slice(0, -1) }),
    wrong("path one long", { path: [...base.path, named("one more")] }),
    wrong("no path", { path: [] }),
    wrong("index equal to size", { index: 7 }),
    wrong("size zero", { index: 0, size: 0 }),
    wrong("leaf one byte short", { leaf: base.leaf.subarray(0, 95) }),
    wrong("leaf one byte long", { leaf: Buffer.concat([base.leaf, Buffer.of(0)]) }),
  ];
}

function wrongTimesAndCertificates(): Proof[] {
  const statement = statementBytes(fieldsOf(four, { imprint: treeRoot([leafBytes(leafFields())]), timeTaiNs: TIME }));
  const two = certificateBytes(
    statement,
    [0, 1],
    [0, 1].map((signer) => sign(four, statement, signer)),
  );
  return [
    {
      ...prove("the leaf's reading one nanosecond after", 4, 2, { timeTaiNs: TIME + 1n }),
      verdict: "proof/leaf-after-certificate",
    },
    {
      ...prove("the leaf's reading greatest", 1, 0, { timeTaiNs: 2n ** 64n - 1n }),
      verdict: "proof/leaf-after-certificate",
    },
    { ...prove("one signer too few", 1, 0), certificate: two, verdict: "certificate/quorum-short" },
    { ...prove("another network's set", 4, 2), set: 2, verdict: "statement/network" },
    { ...prove("no certificate", 1, 0), certificate: Buffer.alloc(0), verdict: "certificate/malformed" },
  ];
}

function wrongBrackets(): Proof[] {
  const bad = (name: string, after: After, context?: Buffer): Proof => bracketed(name, after, "proof/context", context);
  const good: After = { set: 0, certificate: earlier, nonce };
  const short = Buffer.concat([
    earlier.subarray(0, 160),
    Buffer.from("c0000000", "hex"),
    earlier.subarray(164, 164 + 128),
  ]);
  return [
    bad("bracketed, another nonce", good, afterContext(earlier, named("another nonce"))),
    bad("bracketed, another certificate", good, afterContext(same, nonce)),
    bad("bracketed, context is the nonce", good, nonce),
    bad("bracketed by a later certificate", { ...good, certificate: later }),
    bad("bracketed by a certificate of the same instant", { ...good, certificate: same }),
    bad("bracketed by a certificate of another network", { set: 3, certificate: elsewhere, nonce }),
    bracketed("bracketed by one signer too few", { ...good, certificate: short }, "certificate/quorum-short"),
    bracketed("bracketed, checked by another set", { ...good, set: 3 }, "statement/network"),
  ];
}

/** `.chrono`: magic 8, index 4, size 4, depth 1, leaf, path, certificate. */
function binary(proof: Proof): Buffer {
  const head = Buffer.alloc(17);
  head.write("ChrPrf1\n", 0, "ascii");
  head.writeUInt32BE(proof.index, 8);
  head.writeUInt32BE(proof.size, 12);
  head.writeUInt8(proof.path.length, 16);
  return Buffer.concat([head, proof.leaf, ...proof.path, proof.certificate]);
}

export function proofVectors() {
  const all = [...accepted(), ...wrongPaths(), ...malformed(), ...wrongTimesAndCertificates(), ...wrongBrackets()];
  return {
    vectors: all.map((proof) => ({
      name: proof.name,
      set: proof.set,
      leaf: hex(proof.leaf),
      index: proof.index,
      size: proof.size,
      path: proof.path.map(hex),
      directions: String(proof.directions),
      certificate: hex(proof.certificate),
      bracketed: proof.after !== undefined,
      afterSet: proof.after?.set ?? 0,
      afterCertificate: hex(proof.after?.certificate ?? Buffer.alloc(0)),
      afterNonce: hex(proof.after?.nonce ?? Buffer.alloc(0)),
      binary: hex(binary(proof)),
      verdict: proof.verdict,
    })),
  };
}
