import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CertificateEntry, TaiNs } from "@chronoledger/core";
import { certificateBytes } from "../../../test/support/certificate-bytes.ts";
import { newQuorum } from "../../../test/support/quorum.ts";
import { CertificateLog } from "./certificate-log.ts";

const quorum = newQuorum({ n: 4 });
const timeOf = (n: number): TaiNs => (1_795_000_000_000_000_000n + BigInt(n) * 1_000n) as TaiNs;
const entries: readonly CertificateEntry[] = Array.from({ length: 12 }, (_, i) => {
  const sequence = BigInt(2 * i + 1);
  return {
    certificate: certificateBytes(quorum.certify({ time: timeOf(i), sequence })),
    sequence,
    timeTaiNs: timeOf(i),
    taiMinusUtc: 37,
  };
});
const first = (count: number): readonly CertificateEntry[] => entries.slice(0, count);

describe("the certificate log", () => {
  let folder: string;
  let path: string;
  const opened: CertificateLog[] = [];
  const open = (): CertificateLog => {
    const log = new CertificateLog(path);
    opened.push(log);
    return log;
  };
  const written = (count: number): Buffer => {
    const log = open();
    for (const entry of first(count)) log.append(entry);
    return readFileSync(path);
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "chrono-log-"));
    path = join(folder, "certificates.log");
  });
  afterEach(() => {
    for (const log of opened.splice(0)) log.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("gives back what it was given, after a restart too", () => {
    written(5);
    const log = open();
    assert.deepEqual(log.after(0n, 100), first(5));
    assert.deepEqual(log.latest, entries[4]);
    assert.equal(log.count, 5);
  });

  it("pages by sequence, also between sequences that exist", () => {
    written(12);
    const log = open();
    assert.deepEqual(log.after(3n, 2), entries.slice(2, 4));
    assert.deepEqual(log.after(4n, 2), entries.slice(2, 4));
    assert.deepEqual(log.after(23n, 5), []);
  });

  it("finds the first certificate at or after an instant", () => {
    written(12);
    const log = open();
    assert.equal(log.firstAtOrAfter(0n)?.sequence, 1n);
    assert.equal(log.firstAtOrAfter(timeOf(3))?.sequence, 7n);
    assert.equal(log.firstAtOrAfter(timeOf(3) + 1n)?.sequence, 9n);
    assert.equal(log.firstAtOrAfter(timeOf(11) + 1n), undefined);
  });

  it("takes nothing that does not go forward", () => {
    const log = open();
    log.append(entries[3] as CertificateEntry);
    for (const stale of [entries[3], entries[2], { ...(entries[4] as CertificateEntry), timeTaiNs: timeOf(3) }])
      assert.throws(() => log.append(stale as CertificateEntry), { code: "certificate/stale" });
  });

  it("cuts a part of a record off its end, wherever a crash left it, and goes on", () => {
    const whole = written(4);
    const three = written3();
    for (let length = three.length; length < whole.length; length += 13) {
      writeFileSync(path, whole.subarray(0, length));
      const log = open();
      assert.equal(log.count, 3, `${length} of ${whole.length} bytes`);
      log.append(entries[3] as CertificateEntry);
      assert.deepEqual(open().after(0n, 10), first(4));
    }
    function written3(): Buffer {
      rmSync(path);
      const bytes = written(3);
      writeFileSync(path, whole);
      return bytes;
    }
  });

  it("cuts off zeros that a file system may leave behind", () => {
    written(2);
    appendFileSync(path, Buffer.alloc(300));
    assert.equal(open().count, 2);
  });

  it("sets aside what follows damage further up instead of dropping it", () => {
    const bytes = written(12);
    bytes[700] = (bytes[700] ?? 0) ^ 1;
    writeFileSync(path, Buffer.concat([bytes, bytes, bytes]));
    assert.equal(open().count, 1);
    assert.equal(readdirSync(folder).filter((name) => name.includes("damaged")).length, 1);
  });
});
