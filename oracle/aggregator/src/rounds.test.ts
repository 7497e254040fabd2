import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ChronoError,
  decodeCertificate,
  decodeStatement,
  type ErrorCode,
  FLAG,
  type NodeInfo,
  type NodeSet,
  NS_PER_MS,
  NS_PER_S,
  type TaiNs,
  taiNs,
  ZERO_HASH,
} from "@chronoledger/core";
import {
  createLogger,
  createSystemClock,
  type Evidence,
  loadOrCreateKey,
  type StatementSigner,
} from "@chronoledger/service";
import { certificateBytes } from "../../../test/support/certificate-bytes.ts";
import { newQuorum } from "../../../test/support/quorum.ts";
import { until } from "../../../test/support/until.ts";
import { CertificateBook } from "./certificate-book.ts";
import { CertificateLog } from "./certificate-log.ts";
import { AdaptiveLead } from "./lead.ts";
import type { Cosign, NodeClient } from "./node-client.ts";
import { NodeTracker } from "./node-tracker.ts";
import { planRound } from "./plan-round.ts";
import { Rounds } from "./rounds.ts";
import { runRound } from "./run-round.ts";

const clock = createSystemClock();
const silent = createLogger("test", { write: () => undefined });
const now = (): bigint => clock.utcNow() + 37n * NS_PER_S;

type Behaviour = "honest" | "silent" | "forger" | "wrong index" | "mute clock" | ErrorCode;

/** A node without a process, which does as it is told. */
class FakeNode implements NodeClient {
  readonly url: string;
  behaviour: Behaviour = "honest";
  held = 0;
  mostHeld = 0;
  holdsMs = 0;
  last = { sequence: 0n, timeTaiNs: 0n };
  lastCertificate: Uint8Array | null = null;
  readonly #index: number;
  readonly #set: NodeSet;
  readonly #signer: StatementSigner;

  constructor(index: number, set: NodeSet, signer: StatementSigner) {
    this.url = `test:${index}`;
    this.#index = index;
    this.#set = set;
    this.#signer = signer;
  }

  async cosign(request: Cosign, timeoutMs: number): ReturnType<NodeClient["cosign"]> {
    if (this.behaviour === "silent") {
      this.held++;
      this.mostHeld = Math.max(this.mostHeld, this.held);
      await new Promise((resolve) => setTimeout(resolve, Math.max(timeoutMs, this.holdsMs)));
      this.held--;
      throw new ChronoError("process/failed", { reason: "time-out" });
    }
    if (this.behaviour === "forger") return { index: this.#index, signature: new Uint8Array(64).fill(1) };
    if (this.behaviour === "wrong index") return { index: 31, signature: new Uint8Array(64) };
    if (this.behaviour !== "honest" && this.behaviour !== "mute clock") throw new ChronoError(this.behaviour);
    const { sequence, time } = decodeStatement(request.statement);
    if (sequence <= this.last.sequence) throw new ChronoError("statement/sequence");
    this.last = { sequence, timeTaiNs: time };
    this.lastCertificate = request.lastCertificate ?? this.lastCertificate;
    return { index: this.#index, signature: await this.#signer.sign(request.statement) };
  }

  async info(): Promise<NodeInfo> {
    if (this.behaviour === "silent") throw new ChronoError("process/failed", { reason: "time-out" });
    const { networkId, epoch, keys, policy } = this.#set;
    return {
      networkId,
      epoch,
      policyId: policy.policyId,
      index: this.#index,
      key: keys[this.#index] as Uint8Array,
      test: true,
      flags: FLAG.test,
      anchor: ZERO_HASH,
      reading: this.behaviour === "mute clock" ? null : { timeTaiNs: now(), uncertaintyNs: NS_PER_MS, taiMinusUtc: 37 },
      sources: [],
      lastCosigned: this.last,
      lastCertificate: this.lastCertificate,
    };
  }
}

describe("rounds", () => {
  let folder: string;
  let nodes: FakeNode[];
  let trackers: NodeTracker[];
  let book: CertificateBook;
  let rounds: Rounds;
  let running: Promise<void>;
  let set: NodeSet;
  let quorum: ReturnType<typeof newQuorum>;
  const evidence: Evidence[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "chrono-rounds-"));
    const signers = [0, 1, 2, 3].map((i) => loadOrCreateKey(join(folder, `${i}.pem`)));
    quorum = newQuorum({ n: 4 });
    set = { ...quorum.set, keys: signers.map((signer) => signer.publicKey) };
    nodes = signers.map((signer, i) => new FakeNode(i, set, signer));
    trackers = nodes.map((client, index) => new NodeTracker({ index, client, set, clock }));
    evidence.length = 0;
    book = new CertificateBook({
      set,
      log: silent,
      keepEvidence: (record) => evidence.push(record),
      certificates: new CertificateLog(join(folder, "certificates.log")),
    });
    rounds = new Rounds({
      set,
      nodes: trackers,
      book,
      lead: new AdaptiveLead((2n * NS_PER_MS) as never, set.policy.maxLead),
      clock,
      log: silent,
      heartbeat: (20n * NS_PER_MS) as never,
      timeoutMs: 60,
      keepEvidence: (record) => evidence.push(record),
      random: () => 0.5,
    });
  });
  afterEach(async () => {
    rounds.stop();
    await running;
    book.log.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const run = (): void => {
    running = rounds.run();
  };
  const states = (): string[] => trackers.map((tracker) => tracker.status().state);

  it("make certificates with three of four nodes while one is silent", async () => {
    (nodes[1] as FakeNode).behaviour = "silent";
    run();
    await until("five certificates", () => book.log.count >= 5);
    assert.equal(states()[1], "unreachable");
    for (const entry of book.log.after(0n, 5))
      assert.deepEqual(decodeCertificate(entry.certificate).signers, [0, 2, 3]);
  });

  it("leave a forged signature out, keep it as evidence, and call the node faulty", async () => {
    (nodes[0] as FakeNode).behaviour = "forger";
    run();
    await until("a certificate", () => book.log.count >= 2);
    assert.equal(states()[0], "faulty");
    assert.deepEqual([evidence[0]?.fault, evidence[0]?.node], ["bad-signature", 0]);
  });

  it("call a node faulty that answers as another", async () => {
    (nodes[2] as FakeNode).behaviour = "wrong index";
    run();
    await until("a certificate", () => book.log.count >= 1);
    await until("the fault", () => states()[2] === "faulty");
  });

  it("fail at once, with every node's reason, when a quorum is out of reach", async () => {
    (nodes[0] as FakeNode).behaviour = "statement/uncertainty";
    (nodes[3] as FakeNode).behaviour = "clock/not-available";
    run();
    await until("a failed round", () => rounds.failed > 0);
    assert.match(rounds.trouble ?? "", /round\/failed .*node 0 statement\/uncertainty; node 3 clock\/not-available/);
    assert.equal(states()[0], "refusing");
    for (const node of nodes) node.behaviour = "honest";
    await until("a certificate", () => book.log.count >= 1);
    assert.equal(rounds.trouble, undefined);
  });

  it("wait while no node states a time, and begin when they do", async () => {
    for (const node of nodes) node.behaviour = "mute clock";
    run();
    await until("the reason", () => rounds.trouble === "no node states a time");
    for (const node of nodes) node.behaviour = "honest";
    await until("a certificate", () => book.log.count >= 1);
  });

  it("catch up with nodes that co-signed for somebody else", async () => {
    for (const node of nodes) node.last = { sequence: 500n, timeTaiNs: now() };
    run();
    await until("a certificate", () => book.log.count >= 1);
    assert.ok((book.log.latest?.sequence ?? 0n) > 500n);
  });

  it("learn what was co-signed since they last looked from the refusals", async () => {
    run();
    await until("a certificate", () => book.log.count >= 1);
    for (const node of nodes) node.last = { sequence: node.last.sequence + 40n, timeTaiNs: node.last.timeTaiNs };
    const before = book.log.count;
    await until("another certificate", () => book.log.count > before + 1);
  });

  it("take over a certificate that another aggregator made, and link to it", async () => {
    const statement = await foreignCertificate(nodes, set);
    (nodes[2] as FakeNode).lastCertificate = statement;
    run();
    await until("two certificates", () => book.log.count >= 2);
    const [taken, own] = book.log.after(0n, 2);
    assert.deepEqual(taken?.certificate, statement);
    assert.equal(
      decodeStatement(decodeCertificate(own?.certificate ?? new Uint8Array()).statement).previousTime,
      taken?.timeTaiNs,
    );
  });

  it("do not believe a certificate that is not valid, and call the node faulty that shows it", async () => {
    (nodes[1] as FakeNode).lastCertificate = certificateBytes(quorum.certify({ time: taiNs(now()), sequence: 9n }));
    run();
    await until("the fault", () => states()[1] === "faulty");
    await until("a certificate", () => book.log.count >= 1);
    assert.equal(book.log.after(0n, 1)[0]?.sequence, 1n);
  });

  it("keep appointments exactly, stamp imprints, and let nobody wait for ever", async () => {
    run();
    await until("a certificate", () => book.log.count >= 1);
    const signal = new AbortController().signal;
    const time = taiNs(now() + 200n * NS_PER_MS);
    const imprint = new Uint8Array(32).fill(9);
    const [plain, stamped] = await Promise.all([
      rounds.appoint(time, undefined, signal),
      rounds.appoint(time, imprint, signal),
    ]);
    assert.equal(plain.timeTaiNs, time);
    assert.ok(stamped.timeTaiNs >= time);
    assert.deepEqual(stamped.certificate.subarray(64, 96), imprint);
    const leaving = new AbortController();
    const waits = assert.rejects(rounds.appoint(taiNs(now() + NS_PER_S), undefined, leaving.signal), {
      code: "round/failed",
    });
    leaving.abort();
    await waits;
    assert.equal(rounds.waiting, 0);
    const stopped = assert.rejects(rounds.appoint(taiNs(now() + NS_PER_S), undefined, signal), {
      code: "round/failed",
    });
    rounds.stop();
    await stopped;
  });

  it("say which round failed, each time, until nobody listens", async () => {
    const failures: ErrorCode[] = [];
    const leave = rounds.onFailure(({ code }) => failures.push(code));
    for (const node of nodes) node.behaviour = "statement/sequence";
    run();
    await until("two failures", () => failures.length >= 2);
    leave();
    const { length } = failures;
    const { failed } = rounds;
    assert.equal(length, failed);
    assert.deepEqual(new Set(failures), new Set(["round/conflict"]));
    await until("more failed rounds", () => rounds.failed > failed);
    assert.equal(failures.length, length);
  });

  it("send a silent node no more than eight requests at once", async () => {
    const silentNode = nodes[3] as FakeNode;
    run();
    await until("a certificate", () => book.log.count >= 1);
    silentNode.holdsMs = 600;
    silentNode.behaviour = "silent";
    const before = book.log.count;
    await until("many rounds", () => book.log.count > before + 12);
    assert.equal(silentNode.mostHeld, 8);
  });
});

/** By the nodes' own keys, as another aggregator would have got it. */
async function foreignCertificate(nodes: readonly FakeNode[], set: NodeSet): Promise<Uint8Array> {
  const infos = await Promise.all(nodes.map((node) => node.info()));
  const time = taiNs(now());
  const plan = planRound(
    { set, infos, latest: undefined, attempted: { sequence: 0n, time: 0n }, now: time as TaiNs },
    time,
  );
  const trackers = nodes.map((client, index) => new NodeTracker({ index, client, set, clock }));
  return runRound({ set, nodes: trackers, plan, planned: 0n, timeoutMs: 1_000, keepEvidence: () => undefined });
}
