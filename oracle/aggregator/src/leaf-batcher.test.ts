import assert from "node:assert/strict";
import {
  type CertificateEntry,
  ChronoError,
  concatBytes,
  type DurationNs,
  type ErrorCode,
  encodeLeaf,
  hashLeaves,
  type LeafBatchResponse,
  NS_PER_MS,
  NS_PER_S,
  openBatch,
  type TaiNs,
  taiNs,
  unixNs,
} from "@chronoledger/core";
import { FakeClock } from "@chronoledger/service";
import { certificateBytes } from "../../../test/support/certificate-bytes.ts";
import { newQuorum } from "../../../test/support/quorum.ts";
import { LeafBatcher } from "./leaf-batcher.ts";

const START = unixNs(1_800_000_000n * NS_PER_S);
const quorum = newQuorum({ n: 4 });
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

type Outcome = { answer?: LeafBatchResponse; error?: ChronoError };
type Sender = Outcome & { readonly leaves: Uint8Array; leave(): void };
type Try = { readonly time: TaiNs; readonly root: Uint8Array; certify(): void; fail(code: ErrorCode): void };

/** A batcher whose time is moved by hand, and whose rounds end when and how the test says. */
class Rig {
  readonly clock = new FakeClock(START);
  readonly tries: Try[] = [];
  aborted = 0;
  /** Timers set in all. */
  armed = 0;
  readonly #timers = new Set<{ readonly at: bigint; run(): void }>();
  #serial = 0;
  #sequence = 0n;
  readonly batcher = new LeafBatcher({
    clock: this.clock,
    certify: (time, root, signal) => this.#certify(time, root, signal),
    after: (delay, run) => {
      const timer = { at: this.clock.monotonicNow() + delay, run };
      this.#timers.add(timer);
      this.armed++;
      return () => void this.#timers.delete(timer);
    },
  });

  get now(): TaiNs {
    return taiNs(this.clock.utcNow() + 37n * NS_PER_S);
  }
  get timers(): number {
    return this.#timers.size;
  }
  get last(): Try {
    return this.tries.at(-1) ?? assert.fail("no try");
  }

  /** Puts a block to the batcher, as a route does. @param ahead of the aggregator's clock. */
  post(count: number, ahead = 0n): Sender {
    const leaves = concatBytes(...Array.from({ length: count }, () => this.#leaf(ahead)));
    const gone = new AbortController();
    const sender: Sender = { leaves, leave: () => gone.abort() };
    const block = { leaves, count, latest: taiNs(this.now + ahead) };
    this.batcher.submit(block, hashLeaves(leaves), this.now, gone.signal).then(
      (answer) => Object.assign(sender, { answer }),
      (error: ChronoError) => Object.assign(sender, { error }),
    );
    return sender;
  }

  /** Time passes, and everything that is due by then happens at its time. */
  async pass(by: bigint): Promise<void> {
    const end = this.clock.monotonicNow() + by;
    for (;;) {
      await settled();
      const next = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => (a.at < b.at ? -1 : 1))[0];
      if (next === undefined) break;
      this.#timers.delete(next);
      const wait = next.at - this.clock.monotonicNow();
      this.clock.advance(wait > 0n ? wait : 0n);
      next.run();
    }
    this.clock.advance(end - this.clock.monotonicNow());
  }

  #certify(time: TaiNs, root: Uint8Array, signal: AbortSignal): Promise<CertificateEntry> {
    return new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => {
        this.aborted++;
        reject(new ChronoError("round/failed", { reason: "given up" }));
      });
      const certify = (): void => resolve(this.#entry(time, root));
      this.tries.push({ time, root, certify, fail: (code) => reject(new ChronoError(code)) });
    });
  }

  #entry(time: TaiNs, imprint: Uint8Array): CertificateEntry {
    const sequence = ++this.#sequence;
    const certificate = certificateBytes(quorum.certify({ time, sequence, imprint }));
    return { certificate, sequence, timeTaiNs: time, taiMinusUtc: 37 };
  }

  #leaf(ahead: bigint): Uint8Array {
    const serial = BigInt(++this.#serial);
    return encodeLeaf({
      ...{ time: taiNs(this.now + ahead), uncertainty: 1n as DurationNs, serial, policyId: 3, flags: 8 },
      ...{ imprint: new Uint8Array(32).fill(1), context: new Uint8Array(32) },
    });
  }
}

/** That the sender was answered, and every leaf leads to the certificate. @returns where its block lies */
function opened({ answer, leaves }: Sender): { from: number; size: number; sequence: bigint } {
  assert.ok(answer !== undefined, "no answer");
  const { certificate, firstIndex, size, complement } = answer;
  const open = openBatch({ leaves, firstIndex, size, complement, certificate: certificate.certificate });
  assert.equal(open.count, leaves.length / 96);
  return { from: firstIndex, size, sequence: certificate.sequence };
}

const isOpen = ({ answer, error }: Sender): boolean => answer === undefined && error === undefined;

describe("batches of leaves", () => {
  let rig: Rig;
  beforeEach(() => {
    rig = new Rig();
  });

  it("a block that comes alone goes to the nodes at once", async () => {
    const sender = rig.post(3);
    await rig.pass(0n);
    assert.equal(rig.tries.length, 1);
    assert.ok(isOpen(sender));
    rig.last.certify();
    await rig.pass(0n);
    assert.deepEqual(opened(sender), { from: 0, size: 3, sequence: 1n });
    assert.deepEqual([rig.batcher.leaves, rig.batcher.batches, rig.batcher.unanswered], [3, 1, 0]);
  });

  it("blocks that come in one turn share a certificate, each in its place", async () => {
    const senders = [rig.post(3), rig.post(1), rig.post(5)];
    await rig.pass(0n);
    rig.last.certify();
    await rig.pass(0n);
    assert.deepEqual(
      senders.map(opened).map(({ from, size }) => [from, size]),
      [
        [0, 9],
        [3, 9],
        [4, 9],
      ],
    );
    assert.equal(rig.tries.length, 1);
  });

  it("what comes during a round is the next batch, once the round and the pause are over", async () => {
    const first = rig.post(1);
    await rig.pass(0n);
    const [second, third] = [rig.post(2), rig.post(3)];
    await rig.pass(12n * NS_PER_MS);
    assert.equal(rig.tries.length, 1, "one round at a time");
    rig.last.certify();
    await rig.pass(3n * NS_PER_MS - 1n);
    opened(first);
    assert.equal(rig.batcher.pause, 3n * NS_PER_MS);
    assert.equal(rig.tries.length, 1, "the pause");
    await rig.pass(1n);
    rig.last.certify();
    await rig.pass(0n);
    assert.deepEqual([opened(second).from, opened(third).from, opened(third).size], [0, 2, 5]);
  });

  it("the instant is not before the latest reading of the batch", async () => {
    const ahead = 4n * NS_PER_MS;
    const expected = rig.now + ahead;
    const senders = [rig.post(1, -5n * NS_PER_MS), rig.post(1, ahead), rig.post(1)];
    await rig.pass(0n);
    assert.equal(rig.last.time, expected);
    rig.last.certify();
    await rig.pass(0n);
    senders.map(opened);
  });

  it("a block far ahead of the clock waits by itself until it is near", async () => {
    const [ahead, other] = [rig.post(2, 500n * NS_PER_MS), rig.post(1)];
    await rig.pass(0n);
    rig.last.certify();
    await rig.pass(490n * NS_PER_MS - 1n);
    assert.equal(opened(other).size, 1);
    assert.equal(rig.tries.length, 1);
    await rig.pass(1n);
    rig.last.certify();
    await rig.pass(0n);
    assert.equal(opened(ahead).size, 2);
  });

  it("a batch whose round failed is tried again, with what came meanwhile", async () => {
    const first = rig.post(2);
    await rig.pass(0n);
    const second = rig.post(3);
    for (const code of ["round/failed", "round/conflict", "clock/not-available", "rate/limited"] as const) {
      rig.last.fail(code);
      await rig.pass(2n * NS_PER_MS);
    }
    assert.equal(rig.tries.length, 5);
    assert.ok(isOpen(first) && isOpen(second));
    rig.last.certify();
    await rig.pass(0n);
    assert.deepEqual([opened(first).from, opened(second).from], [0, 2]);
    assert.equal(rig.batcher.batches, 1);
  });

  it("a sender that leaves is not in the next try; in this one its leaves stay, and the others are answered", async () => {
    const [first, second] = [rig.post(2), rig.post(3)];
    await rig.pass(0n);
    first.leave();
    await rig.pass(0n);
    assert.equal(first.error?.code, "round/failed");
    assert.equal(rig.aborted, 0);
    rig.last.fail("round/failed");
    await rig.pass(2n * NS_PER_MS);
    const third = rig.post(4);
    third.leave();
    rig.last.certify();
    await rig.pass(0n);
    assert.deepEqual(opened(second), { from: 0, size: 3, sequence: 1n });
    const [fourth, fifth] = [rig.post(1), rig.post(1)];
    await rig.pass(2n * NS_PER_MS);
    fourth.leave();
    rig.last.certify();
    await rig.pass(0n);
    assert.deepEqual(opened(fifth), { from: 1, size: 2, sequence: 2n });
    assert.equal(rig.batcher.leaves, 4, "only those that were answered count");
    assert.equal(rig.batcher.unanswered, 0);
  });

  it("a try for which nobody waits any more is given up, and the next batch does not wait for it", async () => {
    const senders = [rig.post(1), rig.post(1)];
    await rig.pass(0n);
    for (const sender of senders) sender.leave();
    await rig.pass(0n);
    assert.equal(rig.aborted, 1);
    const next = rig.post(1);
    await rig.pass(2n * NS_PER_MS);
    rig.last.certify();
    await rig.pass(0n);
    opened(next);
    assert.equal(rig.batcher.batches, 1);
  });

  it("a sender that leaves once it is answered changes nothing, and one that was gone before is not heard", async () => {
    const [first, second] = [rig.post(2), rig.post(1)];
    await rig.pass(0n);
    rig.last.certify();
    await rig.pass(0n);
    for (const sender of [first, second]) sender.leave();
    await rig.pass(NS_PER_S);
    assert.deepEqual([opened(first).size, rig.batcher.unanswered, rig.tries.length], [3, 0, 1]);
    const block = { leaves: new Uint8Array(0), count: 1, latest: rig.now };
    const gone = rig.batcher.submit(block, new Uint8Array(32), rig.now, AbortSignal.abort());
    await assert.rejects(gone, /nobody waits for the leaves/);
    assert.equal(rig.batcher.unanswered, 0);
  });

  it("no stream of arrivals puts a batch off, and there is one timer at most", async () => {
    for (let i = 0; i < 50; i++) rig.post(1);
    assert.deepEqual([rig.armed, rig.timers], [1, 1]);
    await rig.pass(0n);
    assert.equal(rig.timers, 1, "the end of everybody's patience");
    rig.post(1);
    assert.equal(rig.timers, 1, "now instead of later");
    await rig.pass(0n);
    rig.last.certify();
    await rig.pass(2n * NS_PER_MS);
    rig.last.certify();
    await rig.pass(20n * NS_PER_S);
    assert.deepEqual([rig.timers, rig.batcher.leaves], [0, 51]);
  });

  it("a sender that waits, and leaves, is in no try", async () => {
    const first = rig.post(1);
    await rig.pass(0n);
    rig.post(1).leave();
    rig.last.certify();
    await rig.pass(NS_PER_S);
    opened(first);
    assert.equal(rig.tries.length, 1);
  });

  it("after ten seconds each sender gets the reason of the last failure", async () => {
    const first = rig.post(1);
    await rig.pass(0n);
    rig.last.fail("round/conflict");
    await rig.pass(2n * NS_PER_MS);
    await rig.pass(5n * NS_PER_S - 2n * NS_PER_MS);
    const second = rig.post(1);
    await rig.pass(5n * NS_PER_S - 1n);
    assert.ok(isOpen(first));
    await rig.pass(1n);
    assert.equal(first.error?.code, "round/conflict");
    assert.equal(rig.aborted, 1, "nobody else is in that try");
    await rig.pass(2n * NS_PER_MS);
    rig.last.certify();
    await rig.pass(0n);
    assert.equal(opened(second).size, 1);
  });

  it("after ten seconds without a failed round the reason says so, also for a block that was never due", async () => {
    const before = rig.post(1);
    await rig.pass(0n);
    rig.last.fail("round/conflict");
    await rig.pass(2n * NS_PER_MS);
    rig.last.certify();
    await rig.pass(2n * NS_PER_MS);
    opened(before);
    const [first, ahead] = [rig.post(1), rig.post(1, 60n * NS_PER_S)];
    await rig.pass(10n * NS_PER_S);
    for (const { error } of [first, ahead])
      assert.match(error?.message ?? "", /^round\/failed .*no certificate in time/);
    assert.equal(rig.batcher.unanswered, 0);
  });

  it("an error that will not pass is everybody's answer at once", async () => {
    const senders = [rig.post(1), rig.post(2)];
    await rig.pass(0n);
    rig.last.fail("config/invalid");
    await rig.pass(NS_PER_S);
    assert.deepEqual(
      senders.map(({ error }) => error?.code),
      ["config/invalid", "config/invalid"],
    );
    assert.deepEqual([rig.tries.length, rig.batcher.unanswered], [1, 0]);
    const next = rig.post(1);
    await rig.pass(0n);
    rig.last.certify();
    await rig.pass(0n);
    opened(next);
  });

  it("says how many leaves each certified tree has, until told to stop", async () => {
    const seen: number[] = [];
    const leave = rig.batcher.onBatch((leaves) => seen.push(leaves));
    for (const count of [4, 2]) {
      rig.post(count);
      await rig.pass(2n * NS_PER_MS);
      rig.last.certify();
      await rig.pass(0n);
      leave();
    }
    assert.deepEqual(seen, [4]);
  });

  it("takes a million leaves in all, and refuses what comes then until some are answered", async () => {
    const hashes = new Uint8Array(32 * 65_536);
    const signal = new AbortController().signal;
    const block = { leaves: new Uint8Array(0), count: 65_536, latest: rig.now };
    const post = () => rig.batcher.submit(block, hashes, rig.now, signal);
    const accepted = Array.from({ length: 16 }, post);
    await assert.rejects(post(), { code: "rate/limited", details: { leavesWaiting: 1_048_576 } });
    await rig.pass(0n);
    rig.last.certify();
    const [first, second] = await Promise.all(accepted.slice(0, 2));
    assert.deepEqual([first?.firstIndex, second?.firstIndex, second?.size], [0, 65_536, 131_072]);
    const ended = Promise.allSettled([...accepted, post()]);
    rig.batcher.stop();
    assert.equal((await ended).filter(({ status }) => status === "fulfilled").length, 2);
  });

  it("stops: whoever waits is told, and whoever comes", async () => {
    const inTry = rig.post(1);
    await rig.pass(0n);
    const waiting = rig.post(1);
    rig.batcher.stop();
    const late = rig.post(1);
    await rig.pass(NS_PER_S);
    for (const { error } of [inTry, waiting, late]) assert.match(error?.message ?? "", /the aggregator stops/);
    assert.deepEqual([rig.tries.length, rig.aborted, rig.batcher.unanswered, rig.timers], [1, 1, 0, 0]);
  });
});
