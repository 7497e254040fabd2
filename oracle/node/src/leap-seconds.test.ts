import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { NS_PER_S, type TaiNs, type UnixNs } from "@chronoledger/core";
import {
  BUILT_IN_LEAP_TABLE,
  hasExpired,
  type LeapTable,
  parseLeapSeconds,
  taiMinusUtcAt,
  taiOffsetAt,
} from "./leap-seconds.ts";

const utc = (seconds: bigint): UnixNs => (seconds * NS_PER_S) as UnixNs;
/** The insertion of 2016-12-31 and, for the test, a deletion a thousand days later. */
const DELETION = 1_483_228_800n + 86_400n * 1_000n;
const table: LeapTable = {
  entries: [
    { utc: 1_435_708_800n, taiMinusUtc: 36 },
    { utc: 1_483_228_800n, taiMinusUtc: 37 },
    { utc: DELETION, taiMinusUtc: 36 },
  ],
  expires: DELETION + 86_400n,
};

function leapFile(
  rows: readonly (readonly [number, number])[],
  change: (text: string) => string = (text) => text,
): string {
  const [updated, expires] = ["3960835200", "3991593600"];
  const digest = createHash("sha1")
    .update(`${updated}${expires}${rows.flat().join("")}`)
    .digest("hex");
  const words = digest.match(/.{8}/g)?.map((word) => word.replace(/^0+(?=.)/, ""));
  return change(
    `# a comment\n#$\t${updated}\n#@\t${expires}\n${rows.map(([at, offset]) => `${at}\t${offset}\t# 1 Jan`).join("\n")}\n#h\t${words?.join(" ")}\n`,
  );
}

describe("leap seconds", () => {
  it("are 37 since 2017 by the table built in, which says until when it holds", () => {
    assert.deepEqual(taiOffsetAt(BUILT_IN_LEAP_TABLE, utc(1_795_000_000n)), { taiMinusUtc: 37, pending: "none" });
    assert.equal(hasExpired(BUILT_IN_LEAP_TABLE, utc(BUILT_IN_LEAP_TABLE.expires - 1n)), false);
    assert.equal(hasExpired(BUILT_IN_LEAP_TABLE, utc(BUILT_IN_LEAP_TABLE.expires)), true);
  });

  it("are unknown before the table begins", () => {
    assert.equal(taiOffsetAt(BUILT_IN_LEAP_TABLE, utc(1_483_228_799n)), undefined);
  });

  it("are announced within the day before, as insertion or deletion", () => {
    assert.equal(taiOffsetAt(table, utc(1_483_228_800n - 86_401n))?.pending, "none");
    assert.deepEqual(taiOffsetAt(table, utc(1_483_228_800n - 86_400n)), { taiMinusUtc: 36, pending: "insert" });
    assert.deepEqual(taiOffsetAt(table, utc(DELETION - 100n)), { taiMinusUtc: 37, pending: "delete" });
  });

  it("leave the second around themselves unstated", () => {
    assert.equal(taiOffsetAt(table, utc(1_483_228_799n)), undefined);
    assert.equal(taiOffsetAt(table, utc(1_483_228_800n)), undefined);
    assert.deepEqual(taiOffsetAt(table, utc(1_483_228_801n)), { taiMinusUtc: 37, pending: "none" });
  });

  it("belong to an instant of TAI without any gap", () => {
    const leap = (1_483_228_800n + 37n) * NS_PER_S;
    assert.equal(taiMinusUtcAt(table, (leap - 1n) as TaiNs), 36);
    assert.equal(taiMinusUtcAt(table, leap as TaiNs), 37);
  });

  it("are read from a leap-seconds.list, words of its hash without leading zeros included", () => {
    const read = parseLeapSeconds(
      leapFile([
        [3_644_697_600, 36],
        [3_692_217_600, 37],
      ]),
    );
    assert.deepEqual(read.entries.at(-1), { utc: 1_483_228_800n, taiMinusUtc: 37 });
    assert.equal(read.expires, 3_991_593_600n - 2_208_988_800n);
  });

  it("are refused from a file that is damaged, empty, or without a hash", () => {
    const rows = [[3_692_217_600, 37]] as const;
    assert.throws(() => parseLeapSeconds(leapFile(rows, (text) => text.replace("\t37", "\t38"))), {
      code: "config/invalid",
    });
    assert.throws(() => parseLeapSeconds(leapFile(rows, (text) => text.replace(/#h.*/, ""))), {
      code: "config/invalid",
    });
    assert.throws(() => parseLeapSeconds(""), { code: "config/invalid" });
  });
});
