import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import {
  decodeStatement,
  ERROR_CODES,
  encodeCertificate,
  encodeLeaf,
  encodeProof,
  encodeStatement,
  FLAG,
  KIND,
  type Leaf,
  MAX_CERTIFICATE_BYTES,
  MAX_NODES,
  NodeSetFile,
  PROOF_MEDIA_TYPE,
  STATEMENT_BYTES,
  STATEMENT_DOMAIN,
  type Statement,
} from "@chronoledger/core";
import certificates from "./certificates.json" with { type: "json" };
import { fromHex, toStatement } from "./load.ts";
import proofs from "./proofs.json" with { type: "json" };
import statements from "./statements.json" with { type: "json" };

const text = readFileSync(new URL("../../docs/protocol.md", import.meta.url), "utf8");

/** The cells of every row of the table under this header, without backquotes. */
function table(header: string, after = ""): string[][] {
  const lines = text
    .slice(text.indexOf(after))
    .split("\n")
    .map((line) => line.trim());
  const start = lines.indexOf(header);
  assert.ok(start >= 0, `no table ${header}`);
  const end = lines.findIndex((line, index) => index > start && !line.startsWith("|"));
  return lines.slice(start + 2, end).map((line) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.replaceAll("`", "").trim()),
  );
}

/** Where two encodings differ: first offset and length, which must be one run. */
function changed(before: Uint8Array, now: Uint8Array): [number, number] {
  const at = [...before.keys()].filter((index) => before[index] !== now[index]);
  const [first = -1] = at;
  assert.deepEqual(
    at,
    Array.from({ length: at.length }, (_, index) => first + index),
  );
  return [first, at.length];
}

const ones = new Uint8Array(32).fill(0xff);
const MAX = 2n ** 64n - 1n;
const zero = toStatement(statements.accepted.find(({ name }) => name === "everything least") ?? assert.fail());
const inverted: Readonly<Record<string, Partial<Statement>>> = {
  taiMinusUtc: { taiMinusUtc: 0x7eff },
  networkId: { networkId: 0xffff_ffff },
  epoch: { epoch: 0xffff_ffff },
  policyId: { policyId: 0xffff_ffff },
  timeTaiNs: { time: MAX as never },
  uncertaintyNs: { uncertainty: MAX as never },
  sequence: { sequence: MAX },
  previousTimeTaiNs: { previousTime: MAX as never },
  imprint: { imprint: ones },
  link: { link: ones },
  anchor: { anchor: ones },
  kind: { kind: 5 },
  flags: { flags: 15 },
};

describe("docs/protocol.md", () => {
  it("states the statement's fields where the code puts them, and covers all bytes", () => {
    const rows = table("| offset | length | field | meaning |", "## 3.");
    let end = 0;
    for (const [offset, length, field = "", meaning] of rows) {
      assert.equal(Number(offset), end, field);
      end += Number(length);
      if (field === "domain") {
        assert.equal(meaning, `ASCII ${STATEMENT_DOMAIN}`);
        assert.equal(Number(length), STATEMENT_DOMAIN.length);
        continue;
      }
      const change = inverted[field] ?? assert.fail(`unknown field ${field}`);
      assert.deepEqual(
        changed(encodeStatement(zero), encodeStatement({ ...zero, ...change })),
        [Number(offset), Number(length)],
        field,
      );
    }
    assert.equal(end, STATEMENT_BYTES);
    assert.equal(rows.length, 1 + Object.keys(inverted).length);
  });

  it("states every kind and every flag", () => {
    const kinds = table("| kind | name | signed by | fields that mean something else than above |");
    assert.deepEqual(
      kinds.map(([kind]) => Number(kind)),
      Object.values(KIND),
    );
    const flags = table("| bit | value | flag |");
    assert.deepEqual(
      flags.map(([, value]) => Number(value)),
      Object.values(FLAG),
    );
    for (const [bit, value] of flags) assert.equal(2 ** Number(bit), Number(value));
  });

  it("states the certificate's parts and the largest set", () => {
    const rows = table("| offset | length | part |", "## 4.");
    assert.deepEqual(
      rows.map(([offset]) => Number(offset)),
      [0, STATEMENT_BYTES, STATEMENT_BYTES + 4],
    );
    const statement = encodeStatement(zero);
    const one = encodeCertificate({ statement, signers: [0], signatures: [new Uint8Array(64).fill(9)] });
    assert.deepEqual(one.subarray(0, 160), statement);
    assert.equal(one[164], 9);
    assert.equal(one.length, 164 + 64);
    assert.ok(text.includes(`\`1 <= n <= ${MAX_NODES}\``));
    assert.ok(text.includes(`certificate, ${MAX_CERTIFICATE_BYTES.toLocaleString("en")} bytes at most`));
  });

  it("names every code by which the vectors refuse a certificate or proof, and no code that does not exist", () => {
    const codes = [...text.matchAll(/`((?:statement|certificate|proof|clock)\/[a-z-]+)`/g)].map(
      (match) => match[1] ?? "",
    );
    for (const code of codes) assert.ok((ERROR_CODES as readonly string[]).includes(code), code);
    const refusals = [...certificates.vectors, ...proofs.vectors]
      .map(({ verdict }) => verdict)
      .filter((verdict) => verdict !== "accepted");
    for (const verdict of new Set(refusals)) assert.ok(codes.includes(verdict), verdict);
    assert.ok(new Set(codes).size >= 20);
  });

  it("states the leaf's fields where the code puts them", () => {
    const leaf: Leaf = {
      time: 0n as never,
      uncertainty: 0n as never,
      serial: 0n,
      policyId: 0,
      flags: 0,
      imprint: new Uint8Array(32),
      context: new Uint8Array(32),
    };
    const changes: Readonly<Record<string, Partial<Leaf>>> = {
      timeTaiNs: { time: MAX as never },
      uncertaintyNs: { uncertainty: MAX as never },
      serial: { serial: MAX },
      policyId: { policyId: 0xffff_ffff },
      flags: { flags: 0xffff_ffff },
      imprint: { imprint: ones },
      context: { context: ones },
    };
    const rows = table("| offset | length | field | meaning |", "## 6.");
    assert.equal(rows.length, Object.keys(changes).length);
    for (const [offset, length, field = ""] of rows)
      assert.deepEqual(
        changed(encodeLeaf(leaf), encodeLeaf({ ...leaf, ...changes[field] })),
        [Number(offset), Number(length)],
        field,
      );
  });

  it("states the binary form of a proof, the media type and the domains of contexts", () => {
    const rows = table("| offset | length | part |", "**Binary**");
    assert.deepEqual(
      rows.map(([offset]) => offset),
      ["0", "8", "12", "16", "17", "113", "then"],
    );
    const vector = proofs.vectors.find(({ name }) => name === "leaf 12 of 13") ?? assert.fail();
    const { index, size } = vector;
    const [leaf, path, certificate] = [fromHex(vector.leaf), vector.path.map(fromHex), fromHex(vector.certificate)];
    const bytes = Buffer.from(encodeProof({ leaf, index, size, path, certificate }));
    assert.equal(bytes.subarray(0, 8).toString(), "ChrPrf1\n");
    assert.deepEqual([bytes.readUInt32BE(8), bytes.readUInt32BE(12), bytes[16]], [index, size, path.length]);
    assert.deepEqual(new Uint8Array(bytes.subarray(17, 113)), leaf);
    assert.deepEqual(new Uint8Array(bytes.subarray(113, 145)), path[0]);
    assert.ok(text.includes(PROOF_MEDIA_TYPE));
    for (const domain of ["After1", "Intent1", "Intent2"]) assert.ok(text.includes(`"ChronoLedger/${domain}"`));
  });

  it("states the members of a node set's JSON", () => {
    const members = table("| member | form |").flatMap(([names = ""]) => names.split(", "));
    assert.deepEqual(members.toSorted(), Object.keys(NodeSetFile.shape).toSorted());
    for (const member of Object.keys(NodeSetFile.shape.policy.shape)) assert.ok(text.includes(`"${member}"`), member);
  });

  it("the signed example decodes as the document says", () => {
    const bytes = fromHex(statements.accepted[0]?.bytes ?? "");
    assert.equal(Buffer.from(bytes.subarray(0, 16)).toString("latin1"), STATEMENT_DOMAIN);
    assert.equal(decodeStatement(bytes).kind, KIND.quorum);
  });
});
