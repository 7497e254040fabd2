import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromBase64Url, type TaiNs } from "@chronoledger/core";
import { certificateBytes } from "../../../test/support/certificate-bytes.ts";
import { newQuorum } from "../../../test/support/quorum.ts";
import { CertificateWatch } from "./certificate-watch.ts";
import { keepEvidence } from "./evidence-file.ts";
import { createLogger } from "./log.ts";

const quorum = newQuorum({ n: 4 });
const at = (n: number): TaiNs => (1_795_000_000_000_000_000n + BigInt(n)) as TaiNs;
const certificate = (sequence: number, time: number, previous: number, nodes?: number[]) =>
  certificateBytes(quorum.certify({ sequence: BigInt(sequence), time: at(time), previousTime: at(previous) }, nodes));

describe("the certificate watch", () => {
  let folder: string;
  let path: string;
  let watch: CertificateWatch;
  const lines: string[] = [];
  beforeEach(() => {
    lines.length = 0;
    folder = mkdtempSync(join(tmpdir(), "chrono-watch-"));
    path = join(folder, "evidence", "evidence.jsonl");
    watch = new CertificateWatch({
      set: quorum.set,
      log: createLogger("test", { write: (line: string) => void lines.push(line) }),
      keepEvidence: (record) => keepEvidence(path, record),
    });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("knows what it saw", () => {
    const bytes = certificate(1, 10, 0);
    assert.equal(watch.examine(bytes).isNew, true);
    assert.equal(watch.examine(bytes.slice()).isNew, false);
  });

  it("refuses what is not valid", () =>
    assert.throws(() => watch.examine(certificate(1, 10, 0, [0, 1])), { code: "certificate/quorum-short" }));

  it("finds nothing wrong with a sequence of spans, in any order, or with other signers of one statement", () => {
    for (const bytes of [
      certificate(3, 30, 20),
      certificate(1, 10, 0),
      certificate(2, 20, 10),
      certificate(1, 10, 0, [1, 2, 3]),
    ])
      assert.equal(watch.examine(bytes).conflict, false);
    assert.equal(watch.conflicts, 0);
  });

  for (const [what, second] of [
    ["one sequence twice", certificate(1, 11, 10)],
    ["crossing spans", certificate(2, 20, 5)],
    ["one instant twice", certificate(2, 10, 9)],
  ] as const)
    it(`keeps both certificates and raises an alarm on ${what}`, () => {
      const first = certificate(1, 10, 0);
      watch.examine(first);
      assert.equal(watch.examine(second).conflict, true);
      assert.equal(watch.conflicts, 1);
      const kept = JSON.parse(readFileSync(path, "utf8")) as { fault: string; first: string; second: string };
      assert.equal(kept.fault, "conflicting-certificates");
      assert.deepEqual([fromBase64Url(kept.first), fromBase64Url(kept.second)], [first, second]);
      assert.match(lines[0] ?? "", /ALARM/);
    });
});
