import assert from "node:assert/strict";
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  AggregatorStatus,
  AppointmentRequest,
  CertificateEntry,
  CertificateList,
  conflictOf,
  decodeCertificate,
  decodeStatement,
  NodeInfo,
  NS_PER_MS,
  NS_PER_S,
  nodeSetToJson,
  type Statement,
  statementDigest,
  verifyCertificate,
} from "@chronoledger/core";
import { createSystemClock, readEventStream, requestJson } from "@chronoledger/service";
import { OracleNetwork } from "../support/oracle-network.ts";
import { until } from "../support/until.ts";

const clock = createSystemClock();
const taiNow = (): bigint => clock.utcNow() + 37n * NS_PER_S;
const ask = { timeoutMs: 5_000, unreachable: "process/failed" } as const;

const statusOf = (url: string) => requestJson(`${url}/v1/status`, { ...ask, schema: AggregatorStatus });
const appoint = (url: string, timeTaiNs: bigint, imprint?: Uint8Array) =>
  requestJson(`${url}/v1/appointments`, {
    ...ask,
    schema: CertificateEntry,
    body: AppointmentRequest.encode({ timeTaiNs, ...(imprint === undefined ? {} : { imprint }) }),
  });

async function allCertificates(url: string): Promise<CertificateEntry[]> {
  const all: CertificateEntry[] = [];
  for (;;) {
    const after = all.at(-1)?.sequence ?? 0n;
    const { certificates } = await requestJson(`${url}/v1/certificates?after=${after}&limit=1000`, {
      ...ask,
      schema: CertificateList,
    });
    if (certificates.length === 0) return all;
    all.push(...certificates);
  }
}

const fieldsOf = (entry: CertificateEntry): Statement =>
  decodeStatement(decodeCertificate(entry.certificate).statement);

/** Every certificate is valid, links to the one before it, and covers the time since then. */
function assertChain(network: OracleNetwork, entries: readonly CertificateEntry[]): void {
  let before: CertificateEntry | undefined;
  for (const entry of entries) {
    const { fields } = verifyCertificate(entry.certificate, network.set);
    if (before !== undefined) {
      const previous = decodeCertificate(before.certificate).statement;
      assert.deepEqual(fields.link, statementDigest(previous), `link of ${fields.sequence}`);
      assert.ok(fields.sequence > before.sequence && fields.previousTime >= before.timeTaiNs);
    }
    before = entry;
  }
}

const isAt = async (url: string, sequence: bigint): Promise<boolean> =>
  ((await statusOf(url)).latest?.sequence ?? 0n) > sequence;
const makesAnother = async (url: string): Promise<void> => {
  const sequence = (await statusOf(url)).latest?.sequence ?? 0n;
  await until("another certificate", () => isAt(url, sequence));
};

describe("the oracle: four nodes and an aggregator, each a process", () => {
  const network = new OracleNetwork({ heartbeatMs: 100 });
  let url = "";
  before(async () => {
    await network.start();
    url = network.aggregator.url;
    await until("the first certificate", async () => (await statusOf(url)).latest ?? undefined);
  });
  after(() => network.stop());

  it("makes certificates at its heartbeat, each after its instant, and says how good the clocks are", async () => {
    await makesAnother(url);
    const entry = await requestJson(`${url}/v1/certificates/latest`, { ...ask, schema: CertificateEntry });
    const now = taiNow();
    const { fields, signers } = verifyCertificate(entry.certificate, network.set);
    assert.equal(signers.length, 3);
    assert.ok(fields.time < now && now - fields.time < NS_PER_S);
    assert.equal(fields.taiMinusUtc, 37);
    assert.equal(fields.flags, 8, "an unsynchronised kernel and keys in files: the test flag");
    assert.ok(fields.uncertainty >= 500_000n && fields.uncertainty < 10n * NS_PER_MS);
  });

  it("reports each node's health and source", async () => {
    const { nodes } = await statusOf(url);
    assert.deepEqual(
      nodes.map(({ index, state, source, test }) => ({ index, state, source, test })),
      [0, 1, 2, 3].map((index) => ({ index, state: "healthy", source: "kernel", test: true })),
    );
    const info = await requestJson(`${network.nodes[0]?.url}/v1/info`, { ...ask, schema: NodeInfo });
    assert.equal(info.sources[0]?.health, "unsynchronised");
  });

  it("keeps an appointment to the nanosecond", async () => {
    const time = taiNow() + 300n * NS_PER_MS + 7n;
    const entry = await appoint(url, time);
    assert.equal(entry.timeTaiNs, time);
    assert.ok(taiNow() > time, "nobody can have it before the instant");
  });

  it("stamps an imprint that nodes had before the instant", async () => {
    const imprint = new Uint8Array(32).fill(0xab);
    const asked = taiNow();
    const entry = await appoint(url, asked + 300n * NS_PER_MS, imprint);
    assert.deepEqual(fieldsOf(entry).imprint, imprint);
    assert.ok(entry.timeTaiNs >= asked + 300n * NS_PER_MS);
  });

  it("keeps many appointments at once: each at its instant or first after it", async () => {
    const base = taiNow() + 150n * NS_PER_MS;
    const times = Array.from({ length: 20 }, (_, i) => base + BigInt(i % 5) * 40n * NS_PER_MS);
    const entries = await Promise.all(times.map((time) => appoint(url, time)));
    for (const [i, entry] of entries.entries()) {
      const time = times[i] ?? 0n;
      assert.ok(fieldsOf(entry).previousTime < time && time <= entry.timeTaiNs);
    }
  });

  it("answers an appointment in the past with the first certificate after it", async () => {
    const all = await allCertificates(url);
    const [earlier, later] = all.slice(-2);
    assert.ok(earlier !== undefined && later !== undefined);
    assert.equal((await appoint(url, earlier.timeTaiNs + 1n)).sequence, later.sequence);
    assert.equal((await appoint(url, earlier.timeTaiNs)).sequence, earlier.sequence);
  });

  it("refuses an appointment that is too far ahead, malformed, or too large", async () => {
    await assert.rejects(appoint(url, taiNow() + 300n * NS_PER_S), { code: "input/out-of-range" });
    const post = async (body: string) => {
      const response = await fetch(`${url}/v1/appointments`, {
        method: "POST",
        body,
        headers: { "content-type": "application/json" },
      });
      return ((await response.json()) as { code: string }).code;
    };
    assert.equal(await post('{"timeTaiNs":12}'), "input/malformed");
    assert.equal(await post('{"timeTaiNs":"12","extra":1}'), "input/malformed");
    assert.equal(await post(`{"timeTaiNs":"12","imprint":"AAAA"}`), "input/malformed");
    assert.equal(await post("{"), "input/malformed");
    assert.equal(await post(JSON.stringify({ timeTaiNs: "1".repeat(70_000) })), "input/too-large");
  });

  it("goes on when one node is killed, and says so", async () => {
    await network.nodes[1]?.stop("SIGKILL");
    await makesAnother(url);
    await until("node 1 shown as unreachable", async () => (await statusOf(url)).nodes[1]?.state === "unreachable");
    await makesAnother(url);
    await network.nodes[1]?.start();
    await until("node 1 healthy again", async () => (await statusOf(url)).nodes[1]?.state === "healthy");
  });

  it("goes on when one node stands still, and shows it", async () => {
    network.nodes[3]?.signal("SIGSTOP");
    try {
      await until("node 3 shown as unreachable", async () => (await statusOf(url)).nodes[3]?.state === "unreachable");
      await makesAnother(url);
    } finally {
      network.nodes[3]?.signal("SIGCONT");
    }
    await until("node 3 healthy again", async () => (await statusOf(url)).nodes[3]?.state === "healthy");
  });

  it("stops when two nodes are killed, names why, and resumes without a gap in its chain", async () => {
    await Promise.all([network.nodes[0]?.stop("SIGKILL"), network.nodes[2]?.stop("SIGKILL")]);
    const stuck = (await statusOf(url)).latest?.sequence ?? 0n;
    const ready = await until("not ready", async () => {
      const response = await fetch(`${url}/readyz`);
      return response.status === 503 ? ((await response.json()) as { reason: string }) : undefined;
    });
    assert.match(ready.reason, /^round\/failed .*node 0 no answer; node 2 no answer/);
    const failed = (await statusOf(url)).latest?.sequence ?? 0n;
    assert.ok(failed - stuck <= 1n, "at most the round that was under way");
    await until("more failed rounds", async () => (await statusOf(url)).roundsFailed > 8);
    assert.equal((await statusOf(url)).latest?.sequence, failed);
    await Promise.all([network.nodes[0]?.start(), network.nodes[2]?.start()]);
    await until("certificates again", () => isAt(url, failed));
    await until("ready", async () => (await fetch(`${url}/readyz`)).ok);
  });

  it("resumes a stream where its reader left off when the aggregator is killed, without a gap or a repeat", async () => {
    const seen: bigint[] = [];
    const follow = async (count: number): Promise<void> => {
      const stop = new AbortController();
      const events = readEventStream(`${url}/v1/certificates/stream`, {
        lastEventId: seen.at(-1)?.toString(),
        idleTimeoutMs: 5_000,
        signal: stop.signal,
        unreachable: "process/failed",
      });
      for await (const event of events) {
        seen.push(BigInt(event.id ?? 0));
        if (seen.length >= count) break;
      }
      stop.abort();
    };
    await follow(4);
    const dies = assert.rejects(follow(1_000), { code: "process/failed" });
    await until("more events", () => seen.length > 6);
    await network.aggregator.stop("SIGKILL");
    await dies;
    const before = seen.length;
    await network.aggregator.start();
    await follow(before + 5);
    const known = (await allCertificates(url)).map(({ sequence }) => sequence);
    const from = known.indexOf(seen[0] ?? -1n);
    assert.deepEqual(seen, known.slice(from, from + seen.length));
  });

  it("has made one chain of links through all of this", async () => {
    const all = await allCertificates(url);
    assert.ok(all.length > 30);
    assertChain(network, all);
  });

  it("refuses a wrong token at every node", async () => {
    const response = await fetch(`${network.nodes[0]?.url}/v1/cosign`, {
      method: "POST",
      headers: { authorization: "Bearer wrong" },
    });
    assert.equal(response.status, 401);
    assert.equal(((await response.json()) as { code: string }).code, "auth/refused");
  });

  it("refuses a malformed and an oversized request at a node", async () => {
    const post = async (body: string) => {
      const response = await fetch(`${network.nodes[0]?.url}/v1/cosign`, {
        method: "POST",
        body,
        headers: { "content-type": "application/json", authorization: `Bearer ${network.token}` },
      });
      return ((await response.json()) as { code: string }).code;
    };
    assert.equal(await post("{}"), "input/malformed");
    assert.equal(
      await post(JSON.stringify({ statement: "A".repeat(214), lastCertificate: null, anchors: [] })),
      "input/malformed",
    );
    assert.equal(await post(JSON.stringify({ statement: "A".repeat(70_000) })), "input/too-large");
  });

  it("refuses a second node on one data folder, with the reason", async () => {
    const twin = network.twinOf(0);
    await assert.rejects(twin.start(), /another process uses this folder/);
  });

  it("refuses to start with a key that is not in the set, an unknown setting, or a damaged journal", async () => {
    await assert.rejects(network.twinOf(0, { TMN_INDEX: "2" }).start(), /another place in the node set/);
    await assert.rejects(
      network.twinOf(0, { TMN_DATADIR: "x" }).start(),
      /TMN_DATADIR: no such setting; did you mean TMN_DATA_DIR/,
    );
    const folder = join(network.folder, "damaged");
    const journal = join(folder, "cosign.journal");
    const twin = network.twinOf(0, { TMN_DATA_DIR: folder });
    await twin.start();
    await twin.stop("SIGTERM");
    copyFileSync(network.keyFile(0), journal);
    await assert.rejects(twin.start(), /journal\/corrupt/);
    assert.ok(readFileSync(journal).length > 0, "what is there stays there");
  });

  it("ends on SIGTERM with exit code 0", async () => {
    assert.equal(await network.aggregator.stop("SIGTERM"), 0);
    assert.equal(await network.nodes[0]?.stop("SIGTERM"), 0);
    await network.nodes[0]?.start();
    await network.aggregator.start();
    await makesAnother(url);
  });
});

describe("two aggregators at once", () => {
  const network = new OracleNetwork({ heartbeatMs: 40, aggregators: 2 });
  before(() => network.start());
  after(() => network.stop());

  it("do no harm: both go on, and no two of their certificates contradict one another", async () => {
    const urls = network.aggregators.map((aggregator) => aggregator.url);
    for (const url of urls)
      await until("certificates from both", async () => (await statusOf(url)).certificates >= 25, 20_000);
    const all = (await Promise.all(urls.map(allCertificates))).flat();
    const unique = [
      ...new Map(all.map((entry) => [Buffer.from(entry.certificate.subarray(0, 160)).toString("hex"), entry])).values(),
    ];
    const statements = unique.map((entry) => ({ bytes: entry.certificate.subarray(0, 160), fields: fieldsOf(entry) }));
    for (const [i, a] of statements.entries())
      for (const b of statements.slice(0, i))
        assert.equal(conflictOf(a, b), undefined, `${a.fields.sequence} and ${b.fields.sequence}`);
    for (const url of urls) assert.equal((await statusOf(url)).conflicts, 0);
  });
});

describe("nodes of another network", () => {
  const network = new OracleNetwork({ heartbeatMs: 50 });
  before(() => network.start());
  after(() => network.stop());

  it("are refused by an aggregator, which never makes a certificate with them", async () => {
    const other = network.aggregatorWith({ ...nodeSetToJson(network.set), networkId: 8 });
    await other.start();
    try {
      const status = await until("the reason", async () => {
        const { nodes, certificates } = await statusOf(other.url);
        return nodes.every(({ state }) => state === "faulty") ? { nodes, certificates } : undefined;
      });
      assert.equal(status.certificates, 0);
      assert.match(status.nodes[0]?.detail ?? "", /another node, or of another network/);
    } finally {
      await other.stop();
    }
  });
});
