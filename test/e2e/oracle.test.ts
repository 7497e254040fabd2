import assert from "node:assert/strict";
import { copyFileSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import {
  AggregatorStatus,
  AppointmentRequest,
  CertificateEntry,
  CertificateList,
  concatBytes,
  conflictOf,
  decodeCertificate,
  decodeStatement,
  durationNs,
  encodeLeaf,
  type Leaf,
  LeafBatchResponse,
  MAX_BLOCK_LEAVES,
  NodeInfo,
  NS_PER_MS,
  NS_PER_S,
  nodeSetToJson,
  openBatch,
  type Statement,
  sha256,
  statementDigest,
  taiNs,
  verifyCertificate,
  verifyProof,
} from "@chronoledger/core";
import { createSystemClock, readEventStream, requestJson } from "@chronoledger/service";
import { verifyByNodeCrypto } from "../support/node-verify.ts";
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

/** A block as a gateway makes it. */
const makeBlock = (gateway: number, count: number, change: Partial<Leaf> = {}): Uint8Array =>
  concatBytes(
    ...Array.from({ length: count }, (_, i) =>
      encodeLeaf({
        ...{ time: taiNs(taiNow()), uncertainty: durationNs(1_000_000n), serial: BigInt(i), policyId: 1, flags: 8 },
        ...{ imprint: sha256(Uint8Array.of(gateway, i, i >> 8)), context: new Uint8Array(32) },
        ...change,
      }),
    ),
  );

async function postLeaves(url: string, leaves: Uint8Array, type = "application/octet-stream"): Promise<unknown> {
  const response = await fetch(`${url}/v1/leaves`, {
    method: "POST",
    body: Buffer.from(leaves),
    headers: { "content-type": type },
  });
  return response.json();
}

async function stampBlock(url: string, leaves: Uint8Array): Promise<LeafBatchResponse & { leaves: Uint8Array }> {
  return { ...LeafBatchResponse.parse(await postLeaves(url, leaves)), leaves };
}

/** Every leaf of the block is proven by the node set alone. */
function assertStamped(network: OracleNetwork, stamped: LeafBatchResponse & { leaves: Uint8Array }): void {
  const { firstIndex, size, complement, leaves, certificate } = stamped;
  const open = openBatch({ leaves, firstIndex, size, complement, certificate: certificate.certificate });
  for (let i = 0; i < leaves.length / 96; i++) {
    const { existedBefore } = verifyProof(open.proof(i), network.set, { verify: verifyByNodeCrypto });
    assert.equal(existedBefore, certificate.timeTaiNs);
    assert.deepEqual(open.proof(i).leaf, leaves.subarray(96 * i, 96 * i + 96));
  }
}

describe("blocks of leaves from two gateways", () => {
  const network = new OracleNetwork({ heartbeatMs: 100 });
  let url = "";
  before(async () => {
    await network.start();
    url = network.aggregator.url;
    await until("the first certificate", async () => (await statusOf(url)).latest ?? undefined);
  });
  after(() => network.stop());

  const waiting = async (): Promise<number> =>
    Number(/^aggregator_leaves_waiting\{[^}]*\} (\d+)$/m.exec(await (await fetch(`${url}/metrics`)).text())?.[1]);
  /** Two of four: no certificate is made meanwhile. */
  const halt = (signal: "SIGSTOP" | "SIGCONT"): void => {
    for (const index of [1, 2]) network.nodes[index]?.signal(signal);
  };

  it("each leaf of blocks of any size is proven, and counted", async () => {
    const before = (await statusOf(url)).leaves;
    const blocks = [1, 2, 3, 17, 64, 100].map((count, gateway) => makeBlock(gateway, count));
    const stamped = await Promise.all(blocks.map((block) => stampBlock(url, block)));
    for (const one of stamped) assertStamped(network, one);
    assert.equal((await statusOf(url)).leaves - before, 187);
  });

  it("blocks that arrived together share one certificate, side by side in one tree", async () => {
    halt("SIGSTOP");
    let both: Promise<(LeafBatchResponse & { leaves: Uint8Array })[]>;
    try {
      both = Promise.all([stampBlock(url, makeBlock(1, 40)), stampBlock(url, makeBlock(2, 9))]);
      await until("both blocks at the aggregator", async () => (await waiting()) === 49);
      const { roundsFailed } = await statusOf(url);
      await until("another try", async () => (await statusOf(url)).roundsFailed > roundsFailed);
    } finally {
      halt("SIGCONT");
    }
    const stamped = await both;
    for (const one of stamped) assertStamped(network, one);
    const [first, second] = stamped;
    assert.deepEqual(first?.certificate, second?.certificate);
    assert.deepEqual([first?.size, second?.size], [49, 49]);
    const starts = stamped.map(({ firstIndex }) => firstIndex).sort((a, b) => a - b);
    assert.ok(starts[0] === 0 && (starts[1] === 40 || starts[1] === 9));
  });

  it("the largest block is stamped, and its last leaf proven", async () => {
    const leaves = Buffer.concat(Array.from({ length: 64 }, (_, i) => makeBlock(i, MAX_BLOCK_LEAVES / 64)));
    const { firstIndex, size, complement, certificate } = await stampBlock(url, leaves);
    const open = openBatch({ leaves, firstIndex, size, complement, certificate: certificate.certificate });
    assert.equal(open.count, 65_536);
    verifyProof(open.proof(65_535), network.set);
  });

  it("a leaf that is slightly ahead gets a certificate that is not before it", async () => {
    const time = taiNs(taiNow() + 150n * NS_PER_MS);
    const stamped = await stampBlock(url, makeBlock(1, 2, { time }));
    assert.ok(stamped.certificate.timeTaiNs >= time);
    assertStamped(network, stamped);
  });

  it("what is no block of leaves is refused with the reason", async () => {
    const codeOf = async (leaves: Uint8Array, type?: string) =>
      ((await postLeaves(url, leaves, type)) as { code: string }).code;
    const leaf = makeBlock(1, 1);
    assert.equal(await codeOf(leaf.subarray(1)), "input/malformed");
    assert.equal(await codeOf(new Uint8Array(0)), "input/malformed");
    assert.equal(await codeOf(Buffer.from("{}"), "application/json"), "input/malformed");
    assert.equal(await codeOf(leaf, "text/plain"), "input/malformed");
    assert.equal(await codeOf(makeBlock(1, 1, { policyId: 2 })), "statement/policy");
    assert.equal(await codeOf(makeBlock(1, 1, { flags: 16 })), "proof/malformed");
    const ahead = { time: taiNs(taiNow() + 10n * NS_PER_S) };
    assert.equal(await codeOf(makeBlock(1, 1, ahead)), "proof/leaf-after-certificate");
    assert.equal(await waiting(), 0);
  });

  it("a block that is too large is refused before it is read", async () => {
    const announced = request(`${url}/v1/leaves`, {
      method: "POST",
      headers: { "content-type": "application/octet-stream", "content-length": 96 * (MAX_BLOCK_LEAVES + 1) },
    });
    const body = await new Promise<string>((resolve, reject) => {
      announced.on("error", reject);
      announced.on("response", (response) => {
        response.setEncoding("utf8").once("data", (text: string) => resolve(text));
      });
      announced.flushHeaders();
    });
    announced.destroy();
    assert.match(body, /input\/too-large.*6291456/);
  });

  it("a gateway that goes away is left out, and the other is served", async () => {
    halt("SIGSTOP");
    const leaving = new AbortController();
    let staying: Promise<LeafBatchResponse & { leaves: Uint8Array }>;
    try {
      const body = Buffer.from(makeBlock(1, 5));
      const headers = { "content-type": "application/octet-stream" };
      const gone = fetch(`${url}/v1/leaves`, { method: "POST", body, headers, signal: leaving.signal });
      staying = stampBlock(url, makeBlock(2, 3));
      await until("both blocks at the aggregator", async () => (await waiting()) === 8);
      leaving.abort();
      await assert.rejects(gone, { name: "AbortError" });
      await until("one block at the aggregator", async () => (await waiting()) === 3);
      const { roundsFailed } = await statusOf(url);
      await until("another try", async () => (await statusOf(url)).roundsFailed > roundsFailed);
    } finally {
      halt("SIGCONT");
    }
    const stamped = await staying;
    assertStamped(network, stamped);
    assert.equal(stamped.size, 3);
  });

  it("an aggregator that is killed answers nothing; the same block is stamped when it is back", async () => {
    halt("SIGSTOP");
    const block = makeBlock(1, 12);
    try {
      const lost = assert.rejects(stampBlock(url, block), TypeError);
      await until("the block at the aggregator", async () => (await waiting()) === 12);
      await network.aggregator.stop("SIGKILL");
      await lost;
    } finally {
      halt("SIGCONT");
    }
    await network.aggregator.start();
    await until("ready", async () => (await fetch(`${url}/readyz`)).ok);
    assertStamped(network, await stampBlock(url, block));
  });

  it("one that is told to stop says so to whoever waits, and ends", async () => {
    halt("SIGSTOP");
    try {
      const waits = postLeaves(url, makeBlock(1, 1));
      await until("the block at the aggregator", async () => (await waiting()) === 1);
      assert.equal(await network.aggregator.stop("SIGTERM"), 0);
      assert.match(JSON.stringify(await waits), /round\/failed.*the aggregator stops/);
    } finally {
      halt("SIGCONT");
    }
  });
});
