import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TaiNs } from "@chronoledger/core";
import { createLogger } from "@chronoledger/service";
import { certificateBytes } from "../../../test/support/certificate-bytes.ts";
import { newQuorum } from "../../../test/support/quorum.ts";
import { CertificateBook } from "./certificate-book.ts";
import { CertificateLog } from "./certificate-log.ts";

const quorum = newQuorum({ n: 4 });
const certificate = (sequence: number, nodes?: number[]): Uint8Array =>
  certificateBytes(
    quorum.certify(
      { sequence: BigInt(sequence), time: (1_795_000_000_000_000_000n + BigInt(sequence)) as TaiNs },
      nodes,
    ),
  );

describe("the certificate book", () => {
  let folder: string;
  const opened: CertificateLog[] = [];
  const open = (set = quorum.set): CertificateBook => {
    const certificates = new CertificateLog(join(folder, "certificates.log"));
    opened.push(certificates);
    return new CertificateBook({
      set,
      certificates,
      log: createLogger("test", { write: () => undefined }),
      keepEvidence: () => undefined,
    });
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "chrono-book-"));
  });
  afterEach(() => {
    for (const log of opened.splice(0)) log.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("announces a certificate once it is on disk, and only once", () => {
    const book = open();
    const seen: bigint[] = [];
    book.onCertificate(({ sequence }) => {
      assert.equal(opened.length, 1);
      assert.equal(book.log.latest?.sequence, sequence);
      seen.push(sequence);
    });
    book.accept(certificate(1));
    book.accept(certificate(2));
    book.accept(certificate(2, [1, 2, 3]));
    assert.deepEqual(seen, [1n, 2n]);
  });

  it("leaves out what is older than its latest, without calling it wrong", () => {
    const book = open();
    book.accept(certificate(5));
    assert.equal(book.accept(certificate(3)), undefined);
    assert.equal(book.latest?.fields.sequence, 5n);
    assert.equal(book.conflicts, 0);
  });

  it("goes on after a restart, still comparing with the last", () => {
    open().accept(certificate(1));
    const book = open();
    assert.equal(book.latest?.fields.sequence, 1n);
    book.accept(certificateBytes(quorum.certify({ sequence: 1n, time: 1_795_000_000_000_000_900n as TaiNs })));
    assert.equal(book.conflicts, 1);
  });

  it("does not start on the log of another network", () => {
    open().accept(certificate(1));
    assert.throws(() => open({ ...quorum.set, networkId: 8 }), { code: "config/invalid" });
  });
});
