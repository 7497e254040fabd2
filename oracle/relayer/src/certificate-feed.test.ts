import assert from "node:assert/strict";
import type { TaiNs } from "@chronoledger/core";
import { createLogger } from "@chronoledger/service";
import { certificateBytes } from "../../../test/support/certificate-bytes.ts";
import { FakeAggregator } from "../../../test/support/fake-aggregator.ts";
import { newQuorum } from "../../../test/support/quorum.ts";
import { until } from "../../../test/support/until.ts";
import { CertificateFeed } from "./certificate-feed.ts";

const quorum = newQuorum({ n: 4 });
const certificate = (sequence: number, nodes?: number[]): Uint8Array =>
  certificateBytes(
    quorum.certify(
      { sequence: BigInt(sequence), time: (1_795_000_000_000_000_000n + BigInt(sequence)) as TaiNs },
      nodes,
    ),
  );

describe("the certificate feed", () => {
  let aggregator: FakeAggregator;
  let feed: CertificateFeed;
  let running: Promise<void>;
  let stop: AbortController;
  const newest: bigint[] = [];
  const evidence: unknown[] = [];
  beforeEach(async () => {
    newest.length = 0;
    evidence.length = 0;
    aggregator = new FakeAggregator();
    await aggregator.start();
    stop = new AbortController();
    feed = new CertificateFeed({
      set: quorum.set,
      log: createLogger("test", { write: () => undefined }),
      aggregatorUrl: aggregator.url,
      signal: stop.signal,
      keepEvidence: (record) => evidence.push(record),
      onNewest: ({ fields }) => newest.push(fields.sequence),
    });
    running = feed.run();
    await until("a reader", () => aggregator.readers === 1);
  });
  afterEach(async () => {
    stop.abort();
    await running;
    aggregator.stop();
  });

  it("takes what is newer, and nothing that is older", async () => {
    for (const sequence of [3, 1, 4, 4, 2, 5]) aggregator.sendCertificate(certificate(sequence));
    await until("the last", () => newest.at(-1) === 5n);
    assert.deepEqual(newest, [3n, 4n, 5n]);
  });

  it("leaves out what is not valid, in form or in signature, counts it, and goes on", async () => {
    const forged = certificate(8);
    forged[300] = (forged[300] ?? 0) ^ 1;
    for (const data of ["nonsense", "{}", '{"certificate":"AA"}']) aggregator.send(data);
    aggregator.sendCertificate(forged);
    aggregator.sendCertificate(certificate(9, [0, 1]));
    aggregator.sendCertificate(new Uint8Array(10));
    aggregator.sendCertificate(certificate(1));
    await until("the good one", () => newest.length === 1);
    assert.deepEqual(newest, [1n]);
    assert.equal(feed.refused, 6);
  });

  it("reconnects when the stream breaks, and says meanwhile that it is not connected", async () => {
    aggregator.sendCertificate(certificate(1));
    await until("connected", () => feed.connected);
    aggregator.breakStreams();
    await until("not connected", () => !feed.connected);
    await until("a reader again", () => aggregator.readers === 1);
    aggregator.sendCertificate(certificate(2));
    await until("the next", () => newest.at(-1) === 2n);
  });

  it("keeps two certificates that contradict one another", () => {
    feed.offer(certificate(1));
    const twin = certificateBytes(quorum.certify({ sequence: 1n, time: 1_795_000_000_000_000_900n as TaiNs }));
    feed.offer(twin);
    assert.equal(evidence.length, 1);
    assert.equal(feed.conflicts, 1);
  });
});
