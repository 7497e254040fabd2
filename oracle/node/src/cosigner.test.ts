import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeStatement, NS_PER_MS, NS_PER_S, type TaiNs } from "@chronoledger/core";
import fc from "fast-check";
import { certificateBytes } from "../../../test/support/certificate-bytes.ts";
import { CosigningNode, quorum, settled, statement, TAI_START } from "../../../test/support/cosigning-node.ts";
import { Crash, type CrashPoint } from "../../../test/support/lossy-journal-file.ts";

const tai = (offsetMs: number): TaiNs => (TAI_START + BigInt(offsetMs) * NS_PER_MS) as TaiNs;

describe("a node that co-signs", () => {
  let folder: string;
  let node: CosigningNode;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "chrono-cosigner-"));
    node = new CosigningNode(folder);
    await node.start();
  });
  afterEach(() => {
    node.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("signs only once its reading minus its uncertainty has reached the instant", async () => {
    const answer = node.ask({});
    await node.pass(10n * NS_PER_MS);
    assert.equal(node.signed.length, 0, "the instant may not have passed yet: the reading is good to 1 ms");
    await node.pass(NS_PER_MS - 1n);
    assert.equal(node.signed.length, 0);
    await node.pass(1n);
    await answer;
    assert.deepEqual(node.signed, [statement({})]);
  });

  it("signs one of two statements that wait with the same sequence", async () => {
    const first = node.ask({ time: tai(10) });
    const second = node.ask({ time: tai(11) });
    await settled();
    assert.equal(node.waits, 2);
    const refused = assert.rejects(second, { code: "statement/sequence" });
    await node.pass(30n * NS_PER_MS);
    await Promise.all([first, refused]);
    assert.equal(node.signed.length, 1);
  });

  it("refuses the very statement that it has signed", async () => {
    const answer = node.ask({});
    await node.pass(20n * NS_PER_MS);
    await answer;
    await assert.rejects(node.ask({}), { code: "statement/sequence" });
  });

  it("refuses when the clock is set while it waits", async () => {
    const answer = node.ask({});
    await settled();
    node.clock.step(NS_PER_S);
    const refused = assert.rejects(answer, { code: "clock/not-available" });
    node.poll();
    await refused;
    assert.equal(node.signed.length, 0);
  });

  it("refuses when a newer certificate comes in while it waits", async () => {
    const answer = node.ask({ sequence: 5n });
    await settled();
    const certificate = certificateBytes(quorum.certify({ time: tai(-5), sequence: 3n }));
    const refused = assert.rejects(answer, { code: "statement/link" });
    node.memory.learn(certificate);
    await node.pass(20n * NS_PER_MS);
    await refused;
    assert.equal(node.signed.length, 0);
  });

  it("verifies the presented certificate", async () => {
    const certificate = certificateBytes(quorum.certify({ time: tai(-5), sequence: 3n }));
    const short = certificateBytes(quorum.certify({ time: tai(-5), sequence: 3n }, [0, 1]));
    certificate[200] = (certificate[200] ?? 0) ^ 1;
    await assert.rejects(node.ask({ sequence: 4n }, certificate), { code: "certificate/signature" });
    await assert.rejects(node.ask({ sequence: 4n }, short), { code: "certificate/quorum-short" });
    await assert.rejects(node.ask({ sequence: 4n }, new Uint8Array(3)), { code: "certificate/malformed" });
  });

  it("learns from the certificate of a request that it refuses", async () => {
    const certificate = certificateBytes(quorum.certify({ time: tai(-5), sequence: 3n }));
    await assert.rejects(node.ask({ sequence: 3n }, certificate), { code: "statement/sequence" });
    assert.equal(node.cosigner.standing().knownCertificate, 3n);
  });

  it("does not take an older certificate for its newest", () => {
    node.memory.learn(certificateBytes(quorum.certify({ time: tai(-5), sequence: 3n })));
    node.memory.learn(certificateBytes(quorum.certify({ time: tai(-9), sequence: 2n })));
    assert.equal(node.memory.newest?.fields.sequence, 3n);
  });

  it("keeps two certificates that contradict one another as evidence, and signs nothing on top of them", async () => {
    node.memory.learn(certificateBytes(quorum.certify({ time: tai(-5), sequence: 3n })));
    const other = certificateBytes(quorum.certify({ time: tai(-4), sequence: 3n }));
    await assert.rejects(node.ask({ sequence: 4n }, other), { code: "statement/equivocation" });
    assert.equal(node.evidence.length, 1);
    assert.equal(node.memory.conflicts, 1);
  });

  it("knows after a restart which certificate it had seen, even when its bytes were lost", async () => {
    const certificate = certificateBytes(quorum.certify({ time: tai(-5), sequence: 3n }));
    const digest = node.memory.learn(certificate).certificate.digest;
    const answer = node.ask({ sequence: 4n, link: digest }, certificate);
    await node.pass(20n * NS_PER_MS);
    await answer;
    rmSync(join(folder, "newest.certificate"));
    await node.start();
    const older = certificateBytes(quorum.certify({ time: tai(-20), sequence: 2n }));
    await assert.rejects(node.ask({ sequence: 5n, time: tai(40), previousTime: tai(10) }, older), {
      code: "statement/link",
    });
  });

  it("remembers its newest certificate over a restart, and does without one that was written in part", async () => {
    const longer = certificateBytes(quorum.certify({ time: tai(-5), sequence: 3n }, [0, 1, 2, 3]));
    const shorter = certificateBytes(quorum.certify({ time: tai(-4), sequence: 4n, previousTime: tai(-5) }));
    node.memory.learn(longer);
    node.memory.learn(shorter);
    await node.start();
    assert.deepEqual(node.memory.newest?.bytes, shorter);
    const file = join(folder, "newest.certificate");
    writeFileSync(file, readFileSync(file).subarray(0, 200));
    await node.start();
    assert.equal(node.memory.newest, undefined);
  });

  it("takes no more than 256 waiting requests", async () => {
    const answers = Array.from({ length: 256 }, (_, i) => node.ask({ sequence: BigInt(i + 1) }).catch(() => undefined));
    await settled();
    await assert.rejects(node.ask({ sequence: 1_000n }), { code: "rate/limited" });
    await node.pass(20n * NS_PER_MS);
    await Promise.all(answers);
  });

  it("never signs one sequence or one span twice, whatever is asked, whenever it is killed and the power goes", async () => {
    // Asks lie around what the node has bound itself to, so that many of them pass and most of the others miss by little.
    type Action =
      | { act: "ask"; ahead: number; time: number; overlap: number }
      | { act: "pass"; ms: number }
      | { act: "kill" }
      | { act: "arm"; point: CrashPoint; keeps: boolean };
    const action: fc.Arbitrary<Action> = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          act: fc.constant("ask" as const),
          ahead: fc.integer({ min: 0, max: 3 }),
          time: fc.integer({ min: -2, max: 15 }),
          overlap: fc.integer({ min: -1, max: 1 }),
        }),
      },
      { weight: 4, arbitrary: fc.record({ act: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 12 }) }) },
      { weight: 1, arbitrary: fc.record({ act: fc.constant("kill" as const) }) },
      {
        weight: 2,
        arbitrary: fc.record({
          act: fc.constant("arm" as const),
          point: fc.constantFrom<CrashPoint>("before write", "after write", "after sync"),
          keeps: fc.boolean(),
        }),
      },
    );
    let signatures = 0;
    let crashes = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 20, maxLength: 60, size: "max" }), async (actions) => {
        const place = mkdtempSync(join(folder, "run-"));
        const subject = new CosigningNode(place);
        await subject.start();
        let crashed = false;
        for (const step of actions) {
          if (step.act === "ask")
            subject.askAround(step).catch((error: unknown) => {
              if (error instanceof Crash) crashed = true;
            });
          else if (step.act === "pass") await subject.pass(BigInt(step.ms) * NS_PER_MS);
          else if (step.act === "arm") Object.assign(subject.disk, { armed: step.point, keepsUnsynced: step.keeps });
          else crashed = true;
          await settled();
          if (crashed) {
            crashes++;
            crashed = false;
            subject.disk.armed = undefined;
            await subject.start();
          }
        }
        subject.close();
        const fields = subject.signed.map(decodeStatement);
        signatures += fields.length;
        for (const [i, later] of fields.entries())
          for (const earlier of fields.slice(0, i)) {
            assert.ok(later.sequence > earlier.sequence, "one sequence twice, or backwards");
            assert.ok(later.time > earlier.time && later.previousTime >= earlier.time, "spans cross");
          }
      }),
      { numRuns: 100 },
    );
    assert.ok(
      signatures > 100 && crashes > 100,
      `the property saw too little: ${signatures} signatures, ${crashes} crashes`,
    );
  });
});
