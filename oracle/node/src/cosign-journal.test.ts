import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TaiNs } from "@chronoledger/core";
import { Crash, LossyDisk } from "../../../test/support/lossy-journal-file.ts";
import { CosignJournal, type CosignRecord } from "./cosign-journal.ts";

const RECORD_BYTES = 128;
const record = (n: number): CosignRecord => ({
  sequence: BigInt(n),
  time: BigInt(n * 1_000) as TaiNs,
  knownCertificate: BigInt(n - 1),
  digest: new Uint8Array(32).fill(n),
});

describe("the co-signing journal", () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "chrono-journal-"));
    path = join(folder, "cosign.journal");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const written = (count: number): Buffer => {
    const journal = CosignJournal.open(path, 7);
    for (let n = 1; n <= count; n++) journal.append(record(n));
    journal.close();
    return readFileSync(path);
  };
  const damaged = (change: (bytes: Buffer) => Buffer | undefined): void => {
    const bytes = written(3);
    writeFileSync(path, change(bytes) ?? bytes);
    assert.throws(() => CosignJournal.open(path, 7), { code: "journal/corrupt" });
  };

  it("remembers the last record over a restart", () => {
    written(3);
    assert.deepEqual(CosignJournal.open(path, 7).last, record(3));
  });

  it("knows nothing at first", () => assert.equal(CosignJournal.open(path, 7).last, undefined));

  it("takes no record that does not go forward", () => {
    const journal = CosignJournal.open(path, 7);
    journal.append(record(2));
    for (const stale of [record(1), record(2), { ...record(3), time: record(2).time }])
      assert.throws(() => journal.append(stale), { code: "statement/sequence" });
    journal.append(record(3));
    journal.close();
  });

  it("starts anew when it is full, without growing and without forgetting", () => {
    const size = written(1).length;
    const journal = CosignJournal.open(path, 7);
    for (let n = 2; n <= 515; n++)
      journal.append({ ...record((n % 200) + 1), sequence: BigInt(n), time: (BigInt(n) * 1_000n) as TaiNs });
    journal.close();
    assert.equal(statSync(path).size, size);
    assert.equal(CosignJournal.open(path, 7).last?.sequence, 515n);
  });

  it("refuses to open when a record was changed, at any byte", () => {
    const bytes = written(3);
    for (let at = 0; at < 3 * RECORD_BYTES; at += 7) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 0x10;
      writeFileSync(path, changed);
      assert.throws(() => CosignJournal.open(path, 7), { code: "journal/corrupt" }, `byte ${at}`);
    }
  });

  it("refuses to open when a record in the middle is missing", () =>
    damaged((bytes) => bytes.fill(0, RECORD_BYTES, 2 * RECORD_BYTES)));
  it("refuses to open when the file was shortened", () => damaged((bytes) => bytes.subarray(0, 2 * RECORD_BYTES)));
  it("refuses to open when records were swapped", () =>
    damaged((bytes) => {
      const first = Buffer.from(bytes.subarray(0, RECORD_BYTES));
      bytes.copyWithin(0, RECORD_BYTES, 2 * RECORD_BYTES);
      first.copy(bytes, RECORD_BYTES);
      return bytes;
    }));

  it("refuses the journal of another network", () => {
    written(1);
    assert.throws(() => CosignJournal.open(path, 8), { code: "journal/corrupt" });
  });

  it("loses nothing that it said was durable, whenever the power goes", () => {
    for (const point of ["before write", "after write", "after sync"] as const)
      for (const keepsUnsynced of [false, true]) {
        rmSync(path, { force: true });
        const disk = new LossyDisk();
        const journal = CosignJournal.open(path, 7, disk.open);
        journal.append(record(1));
        Object.assign(disk, { armed: point, keepsUnsynced });
        assert.throws(() => journal.append(record(2)), Crash);
        const last = CosignJournal.open(path, 7).last?.sequence;
        assert.equal(last, point === "after sync" || (point === "after write" && keepsUnsynced) ? 2n : 1n);
      }
  });

  it("takes nothing more after a write that failed: only a restart tells what is on the disk", () => {
    const disk = new LossyDisk();
    const journal = CosignJournal.open(path, 7, disk.open);
    disk.armed = "before write";
    assert.throws(() => journal.append(record(1)), Crash);
    assert.throws(() => journal.append(record(2)), { code: "process/failed" });
  });
});
