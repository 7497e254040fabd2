import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AggregatorStatus,
  CertificateList,
  ChronoError,
  conflictOf,
  type decodeStatement,
  equalBytes,
  parseNodeSet,
  statementDigest,
  verifyCertificate,
} from "@chronoledger/core";
import { requestJson, verifyByOpenSsl } from "@chronoledger/service";
import { type Devnet, eventually, freePortBase, isAlive, pidsOf, startDevnet } from "../support/devnet.ts";

const AGGREGATOR = 2;

const lastLineOf = (stdout: string) => JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as Record<string, unknown>;

async function assertGone(pids: Record<string, number>): Promise<void> {
  await eventually("every process is gone", () => Object.values(pids).every((pid) => !isAlive(pid)), 10_000);
}

/** Every certificate, verified, each linked to the one before it, and no two that contradict one another. */
async function assertChainOfCertificates(base: number): Promise<number> {
  const url = `http://127.0.0.1:${base + AGGREGATOR}/v1`;
  const limits = { timeoutMs: 5_000, unreachable: "process/failed" } as const;
  const response = await fetch(`${url}/node-set`).catch(() => undefined);
  if (response === undefined) throw new ChronoError("process/failed");
  const set = parseNodeSet(await response.json());
  const all: { bytes: Uint8Array; fields: ReturnType<typeof decodeStatement> }[] = [];
  for (;;) {
    const after = all.at(-1)?.fields.sequence ?? 0n;
    const list = { ...limits, schema: CertificateList };
    const { certificates } = await requestJson(`${url}/certificates?after=${after}&limit=100`, list);
    if (certificates.length === 0) break;
    for (const entry of certificates) {
      const { statement, fields } = verifyCertificate(entry.certificate, set, verifyByOpenSsl);
      all.push({ bytes: statement, fields });
    }
  }
  for (const [i, now] of all.entries()) {
    const before = all[i - 1];
    if (before === undefined) continue;
    assert.ok(
      equalBytes(now.fields.link, statementDigest(before.bytes)),
      `certificate ${now.fields.sequence} links to the one before`,
    );
    assert.equal(conflictOf(before, now), undefined);
    assert.ok(now.fields.previousTime >= before.fields.time);
  }
  assert.equal((await requestJson(`${url}/status`, { ...limits, schema: AggregatorStatus })).conflicts, 0);
  return all.length;
}

describe("development network", function () {
  this.timeout(240_000);
  let dataDir: string;
  let running: Devnet | undefined;
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), "chrono-e2e-"));
  });
  afterEach(async () => {
    if (running !== undefined && running.child.exitCode === null) {
      running.child.kill("SIGKILL");
      await running.exited;
    }
    running = undefined;
    rmSync(dataDir, { recursive: true, force: true });
  });

  it("runs the demonstration: every schedule in its first eligible block, one JSON line, nothing left behind", async () => {
    const base = await freePortBase();
    running = startDevnet([
      "--once",
      "--port-base",
      `${base}`,
      "--data-dir",
      dataDir,
      "--schedules",
      "20",
      "--seconds",
      "8",
    ]);
    await running.printed(/schedules registered/);
    const pids = pidsOf(dataDir);
    assert.equal(Object.keys(pids).length >= 10, true, JSON.stringify(pids));
    const { code, stdout, stderr } = await running.exited;
    assert.equal(code, 0, stderr);
    const report = lastLineOf(stdout) as Record<string, number> & { sendLatenessMs: { p50: number; p99: number } };
    assert.deepEqual([report.schedules, report.executed, report.inFirstEligibleBlock], [20, 20, 20]);
    assert.ok((report.certificates ?? 0) > 8 && (report.submitted ?? 0) > 3, stdout);
    assert.equal(typeof report.sendLatenessMs.p50, "number");
    await assertGone(pids);
  });

  it("loses no schedule and runs none twice when each process in turn is killed", async () => {
    const base = await freePortBase();
    running = startDevnet([
      "--once",
      "--port-base",
      `${base}`,
      "--data-dir",
      dataDir,
      "--schedules",
      "30",
      "--seconds",
      "26",
    ]);
    await running.printed(/schedules registered/);
    const victims = ["keeper-0", "node-1", "relayer", "aggregator", "redis", "keeper-1", "node-3", "chain"].filter(
      (name) => name in pidsOf(dataDir),
    );
    let certificates = 0;
    for (const name of victims) {
      const victim = pidsOf(dataDir)[name] as number;
      process.kill(victim, "SIGKILL");
      await eventually(
        `${name} is started again`,
        () => pidsOf(dataDir)[name] !== victim && isAlive(pidsOf(dataDir)[name] as number),
        15_000,
      );
      certificates = await assertChainOfCertificates(base).catch((error: { code?: string }) => {
        if (error.code !== "process/failed") throw error; // The aggregator is the one that was killed.
        return certificates;
      });
    }
    const { stdout, stderr } = await running.exited;
    const report = lastLineOf(stdout);
    assert.deepEqual([report.schedules, report.executed], [30, 30], stderr);
    assert.doesNotMatch(stderr, /the target was called/);
    assert.ok(certificates > 10, `${certificates} certificates were verified`);
  });

  it("runs every task on Solana in its first eligible slot, at that chain's slot time", async () => {
    const base = await freePortBase();
    running = startDevnet([
      ...["--once", "--solana", "on", "--port-base", `${base}`, "--data-dir", dataDir],
      ...["--schedules", "12", "--seconds", "8"],
    ]);
    const { stdout, stderr } = await running.exited;
    const { solana } = lastLineOf(stdout) as { solana: Record<string, number> & { slotLatenessMs: { p99: number } } };
    assert.deepEqual([solana.tasks, solana.gone, solana.runs, solana.inFirstEligibleSlot], [6, 6, 6, 6], stderr);
    // The chain's clock shows a second at its next slot, 400 ms later at most, and has no parts of it.
    assert.ok(solana.slotLatenessMs.p99 <= 1_400, stdout);
  });

  it("runs every task on Solana once when relayer, keeper and chain of that side are killed in turn", async () => {
    const base = await freePortBase();
    running = startDevnet([
      ...["--once", "--solana", "on", "--port-base", `${base}`, "--data-dir", dataDir],
      ...["--schedules", "16", "--seconds", "18"],
    ]);
    await running.printed(/schedules registered/);
    for (const name of ["solana-keeper", "solana-relayer", "solana"]) {
      const victim = pidsOf(dataDir)[name] as number;
      process.kill(victim, "SIGKILL");
      await eventually(
        `${name} is started again`,
        () => pidsOf(dataDir)[name] !== victim && isAlive(pidsOf(dataDir)[name] as number),
        20_000,
      );
    }
    const { stdout, stderr } = await running.exited;
    const { solana } = lastLineOf(stdout) as { solana: Record<string, number> };
    assert.deepEqual([solana.tasks, solana.gone, solana.runs], [8, 8, 8], stderr);
  });

  it("leaves nothing behind when it is killed itself, goes on from its state, and stops on Ctrl-C", async () => {
    const base = await freePortBase();
    const args = ["--port-base", `${base}`, "--data-dir", dataDir];
    running = startDevnet(args);
    await running.printed(/the network is up/);
    const first = pidsOf(dataDir);
    const before = await assertChainOfCertificates(base);
    running.child.kill("SIGKILL");
    await running.exited;
    await assertGone(first);

    running = startDevnet(args);
    await running.printed(/the network is up/);
    const second = pidsOf(dataDir);
    assert.ok((await assertChainOfCertificates(base)) >= before);
    running.child.kill("SIGINT");
    const { code, stderr } = await running.exited;
    assert.equal(code, 0, stderr);
    assert.match(stderr, /nothing is left running/);
    await assertGone(second);
  });

  it("names a busy port and the remedy, and starts nothing", async () => {
    const base = await freePortBase();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(base + 3, "127.0.0.1", resolve));
    const { code, stderr } = await startDevnet(["--once", "--port-base", `${base}`, "--data-dir", dataDir]).exited;
    await new Promise((resolve) => server.close(resolve));
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`process/port-in-use \\(ports: ${base + 3}\\).*--port-base`));
  });

  it("refuses an unknown option and a senseless value by name", async () => {
    const unknown = await startDevnet(["--onse"]).exited;
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /config\/invalid.*--onse.*--help/);
    const senseless = await startDevnet(["--schedules", "many"]).exited;
    assert.equal(senseless.code, 1);
    assert.match(senseless.stderr, /--schedules, value: many.*whole number from 1 to 500/);
  });

  it("explains itself with --help", async () => {
    const { code, stdout } = await startDevnet(["--help"]).exited;
    assert.equal(code, 0);
    for (const option of ["--once", "--port-base", "--data-dir", "--fresh"]) assert.ok(stdout.includes(option), option);
  });
});
