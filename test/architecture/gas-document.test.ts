import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { cheaperPeers, type Row, signatureSlopes, wholeTransactions } from "../../tools/gas/comparison.ts";
import { DOCUMENT_FILE, gasDocument } from "../../tools/gas/document.ts";
import { type PeerFigure, readGasFigures } from "../../tools/gas/figures.ts";
import { bars, digits } from "../../tools/gas/markdown.ts";
import { changedGas, orderedGas, RECEIPT_NAMES, RECEIPTS_FILE } from "../../tools/gas/receipts.ts";
import { measuredCode } from "../bench/gas-receipts.ts";

const ROOT = join(import.meta.dirname, "..", "..");

describe("docs/gas.md", () => {
  const figures = readGasFigures(ROOT);
  const { receipts, snapshots, peers } = figures;
  const text = readFileSync(join(ROOT, DOCUMENT_FILE), "utf8");

  it("is what the committed figures make of it", () => {
    assert.equal(text, gasDocument(figures), "run npm run generate");
  });

  it("shows receipts of the code that is published", () => {
    assert.deepEqual(receipts.creationCode, measuredCode(), `${RECEIPTS_FILE}: run npm run bench -- gas --write`);
  });

  it("says when and how they were measured", () => {
    assert.match(receipts.measuredOn, /^20\d\d-\d\d-\d\d$/);
    for (const said of [receipts.measuredOn, receipts.conditions.chain, receipts.conditions.compiler])
      assert.ok(said.length > 0 && text.includes(said), said);
  });

  it("moves with every figure of ours", () => {
    for (const name of RECEIPT_NAMES) {
      const moved = { ...receipts, gas: { ...receipts.gas, [name]: receipts.gas[name] + 1 } };
      assert.notEqual(gasDocument({ ...figures, receipts: moved }), text, name);
    }
    for (const [group, values] of Object.entries(snapshots))
      for (const [name, value] of Object.entries(values)) {
        const moved = { ...snapshots, [group]: { ...values, [name]: String(Number(value) + 1) } };
        assert.notEqual(gasDocument({ ...figures, snapshots: moved }), text, `${group}: ${name}`);
      }
  });

  it("shows every figure of a peer, and for each peer a source and a condition", () => {
    const { storing, using, verifying, executing, scheduling, reading } = peers;
    const shown = [...storing, ...using, ...verifying, ...scheduling, ...reading];
    assert.ok(shown.length + executing.length >= 40);
    for (const { system, gas, basis } of shown)
      assert.ok(text.includes(digits(gas - (basis === "harness" ? peers.harness.offset : 0))), `${system}: ${gas}`);
    for (const { system, over } of executing) assert.ok(text.includes(digits(over)), `${system}: ${over}`);
    const named = new Set([...shown, ...executing].map(({ system }) => system));
    assert.deepEqual([...named].sort(), Object.keys(peers.systems).sort());
    for (const [system, { source, condition }] of Object.entries(peers.systems))
      assert.ok(source.length > 0 && condition.length > 0, system);
  });

  it("refuses to leave out a snapshot that it needs", () => {
    const { ChronoOracle: _, ...others } = snapshots;
    assert.throws(() => gasDocument({ ...figures, snapshots: others }), /needs the snapshot "ChronoOracle: submit/);
  });

  it("refuses a peer without a source", () => {
    assert.throws(() => gasDocument({ ...figures, peers: { ...peers, systems: {} } }), /no source is given for/);
  });
});

describe("the comparison of gas", () => {
  const { peers } = readGasFigures(ROOT);
  const peer = (gas: number, more: Partial<PeerFigure> = {}): PeerFigure => ({
    system: "api3",
    what: "w",
    gas,
    basis: "receipt",
    ...more,
  });
  const mine = (figure: number): Row => ({ ours: true, name: "Ours", what: "w", measured: "", figure, basis: "" });

  it("takes off what the harness added, and nothing from a receipt", () => {
    const rows = wholeTransactions(peers, [peer(50_000, { basis: "harness" }), peer(50_000)]);
    assert.deepEqual(
      rows.map(({ figure }) => figure),
      [45_000, 50_000],
    );
  });

  it("names the peers that cost less", () => {
    const theirs = wholeTransactions(peers, [peer(9), peer(11)]);
    assert.match(cheaperPeers([mine(10), mine(12), ...theirs]), /least, 10: API3, w \(9\)\.$/);
    assert.match(cheaperPeers([mine(9), ...theirs]), /^No peer here is below/);
  });

  it("finds the cost of a signature within one operation alone", () => {
    const rows = wholeTransactions(peers, [
      peer(1_000, { signatures: 1 }),
      peer(9_000, { signatures: 5 }),
      peer(4_000, { signatures: 3 }),
      peer(1, { signatures: 7, what: "another" }),
    ]);
    assert.deepEqual(signatureSlopes(rows), [{ name: "API3, w", from: 1, to: 5, gas: 2_000 }]);
  });

  it("draws bars to one scale and marks ours", () => {
    const picture = bars([
      { label: "a", value: 500, ours: false },
      { label: "bb", value: 1_000, ours: true },
    ]).split("\n");
    assert.deepEqual(picture.slice(1, 3), [`  a     500  ${"█".repeat(20)}`, `▶ bb  1,000  ${"█".repeat(40)}`]);
  });
});

describe("the receipts of gas", () => {
  const complete = Object.fromEntries(RECEIPT_NAMES.map((name, i) => [name, 1_000 + i]));

  it("come in the order that readers of the benchmark rely on", () => {
    const names =
      "submit3 submit5 submit7 schedule68 executeBlockOverhead executeAttestedOverhead cancel readCold readWarm";
    assert.deepEqual(RECEIPT_NAMES.slice(0, 10), [...names.split(" "), "verifyProofK3D10"]);
    const reversed = Object.fromEntries(Object.entries(complete).reverse());
    assert.deepEqual(Object.keys(orderedGas(reversed)), [...RECEIPT_NAMES]);
  });

  it("are all there, and no others", () => {
    const { cancel: _, ...without } = complete;
    assert.throws(() => orderedGas(without), /not measured: cancel/);
    assert.throws(() => orderedGas({ ...complete, readCold: Number.NaN }), /not measured: readCold/);
    assert.throws(() => orderedGas({ ...complete, other: 1 }), /no place for other/);
  });

  it("tell what changed", () => {
    const after = orderedGas({ ...complete, cancel: 1 });
    const { readCold: _, ...before } = complete;
    assert.deepEqual(changedGas(before, after), ["cancel: 1006 -> 1 (-1005)", "readCold: new, 1007"]);
    assert.deepEqual(changedGas(after, after), []);
  });
});
