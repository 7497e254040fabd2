import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CertificateEntry, TaiNs } from "@chronoledger/core";
import { createHttpServer, createLogger, type HttpServer, readEventStream } from "@chronoledger/service";
import { certificateBytes } from "../../../test/support/certificate-bytes.ts";
import { newQuorum } from "../../../test/support/quorum.ts";
import { until } from "../../../test/support/until.ts";
import { CertificateBook } from "./certificate-book.ts";
import { CertificateLog } from "./certificate-log.ts";
import { CertificateStream } from "./certificate-stream.ts";

const quorum = newQuorum({ n: 4 });
const silent = createLogger("test", { write: () => undefined });

describe("the certificate stream", () => {
  let folder: string;
  let book: CertificateBook;
  let stream: CertificateStream;
  let server: HttpServer;
  let port = 0;
  /** Events without certificates behind them: more than one could sign in a test. */
  let flood: CertificateStream;
  let flow: ((entry: CertificateEntry) => void) | undefined;
  let made = 0;
  const sockets: Socket[] = [];

  const make = (count: number): void => {
    for (let i = 0; i < count; i++) {
      const sequence = BigInt(++made);
      book.accept(
        certificateBytes(quorum.certify({ sequence, time: (1_795_000_000_000_000_000n + sequence * 1_000n) as TaiNs })),
      );
    }
  };
  beforeEach(async () => {
    made = 0;
    folder = mkdtempSync(join(tmpdir(), "chrono-stream-"));
    const certificates = new CertificateLog(join(folder, "certificates.log"));
    book = new CertificateBook({ set: quorum.set, log: silent, keepEvidence: () => undefined, certificates });
    stream = new CertificateStream(book);
    server = createHttpServer({ log: silent, name: "test", host: "127.0.0.1", port: 0, notReady: () => undefined });
    server.app.get("/stream", (request, reply) => {
      const id = request.headers["last-event-id"];
      return stream.serve(reply, typeof id === "string" ? BigInt(id) : undefined);
    });
    flood = new CertificateStream({
      latest: undefined,
      log: { after: () => [] },
      onCertificate: (listener) => {
        flow = listener;
        return () => undefined;
      },
    });
    server.app.get("/flood", (_, reply) => flood.serve(reply, undefined));
    port = await server.listen();
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    stream.close();
    flood.close();
    await server.close();
    book.log.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function read(count: number, lastEventId?: string): Promise<bigint[]> {
    const seen: bigint[] = [];
    const signal = new AbortController().signal;
    for await (const { id } of readEventStream(`http://127.0.0.1:${port}/stream`, {
      lastEventId,
      idleTimeoutMs: 5_000,
      signal,
      unreachable: "process/failed",
    })) {
      seen.push(BigInt(id ?? 0));
      if (seen.length === count) break;
    }
    return seen;
  }

  it("begins with the latest certificate and goes on as they come", async () => {
    make(3);
    const reading = read(3);
    await until("a reader", () => stream.readers === 1);
    make(2);
    assert.deepEqual(await reading, [3n, 4n, 5n]);
    await until("the reader gone", () => stream.readers === 0);
  });

  it("resumes after the event that the reader names, across pages, without a gap at the seam", async () => {
    make(210);
    const reading = read(215, "5");
    await until("a reader", () => stream.readers === 1);
    make(10);
    assert.deepEqual(
      await reading,
      Array.from({ length: 215 }, (_, i) => BigInt(i + 6)),
    );
  });

  it("begins with the first when there was none yet", async () => {
    const reading = read(1);
    await until("a reader", () => stream.readers === 1);
    make(1);
    assert.deepEqual(await reading, [1n]);
  });

  it("drops a reader that does not read, and nobody else", async () => {
    make(1);
    const socket = connect(port, "127.0.0.1");
    sockets.push(socket);
    await once(socket, "connect");
    socket.pause();
    socket.write("GET /flood HTTP/1.1\r\nhost: x\r\n\r\n");
    await until("a reader", () => flood.readers === 1);
    const others = read(3, "1");
    await until("another reader", () => stream.readers === 1);
    await until("the reader dropped", () => {
      for (let i = 0; i < 500; i++)
        flow?.({ certificate: new Uint8Array(356), sequence: BigInt(i), timeTaiNs: 0n, taiMinusUtc: 37 });
      return flood.dropped === 1;
    });
    await until("the reader gone", () => flood.readers === 0);
    make(3);
    assert.deepEqual(await others, [2n, 3n, 4n]);
  });
});
