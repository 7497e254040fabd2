import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../../..");
const SNAPSHOTS = join(ROOT, "snapshots");
const TESTS = join(ROOT, "test/contracts/gas");

/** Every name that a gas test writes, as "group: name". The group may stand inside a function that measures. */
function measuredNames(source: string): string[] {
  const group = /snapshot(?:GasLastCall|Value)\("(\w+)"/.exec(source)?.[1] ?? "";
  const calls = [...source.matchAll(/\b(?:vm\.snapshotGasLastCall|vm\.snapshotValue|_measure)\(([^;]*)\);/g)];
  return calls.flatMap(([, list = ""]) => {
    const strings = [...list.matchAll(/"([^"]+)"/g)].map(([, text = ""]) => text);
    if (strings.length === 0) return [];
    if (strings.length > 1) return [`${strings[0]}: ${strings[1]}`];
    // The group alone: the name comes in as an argument, and stands where the function is called.
    return strings[0] === group ? [] : [`${group}: ${strings[0]}`];
  });
}

// The check of snapshots fails on a change, and only mentions a new entry.
describe("gas snapshots", () => {
  const kept = readdirSync(SNAPSHOTS).flatMap((file) =>
    Object.keys(JSON.parse(readFileSync(join(SNAPSHOTS, file), "utf8"))).map(
      (name) => `${file.replace(".json", "")}: ${name}`,
    ),
  );
  const sources = readdirSync(TESTS).filter((file) => file.endsWith(".t.sol"));
  const measured = sources.flatMap((file) => measuredNames(readFileSync(join(TESTS, file), "utf8")));

  it("know every measurement, and no other", () => {
    assert.deepEqual([...measured].sort(), [...kept].sort());
    assert.ok(kept.length >= 14, "at least the known measurements");
  });

  it("would notice a new one", () => {
    assert.deepEqual(measuredNames('vm.snapshotGasLastCall("G", "new");'), ["G: new"]);
    assert.deepEqual(measuredNames('vm.snapshotValue("G", "a", 1); _measure(1, "b"); f("G", name);'), ["G: a", "G: b"]);
  });
});
