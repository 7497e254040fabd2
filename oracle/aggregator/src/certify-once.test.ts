import assert from "node:assert/strict";
import { type CertificateEntry, ChronoError, taiNs } from "@chronoledger/core";
import { certifyOnce } from "./certify-once.ts";

const TIME = taiNs(5n);
const root = new Uint8Array(32).fill(7);
const entry: CertificateEntry = { certificate: new Uint8Array(1), sequence: 1n, timeTaiNs: 6n, taiMinusUtc: 37 };

/** One appointment as `Rounds` keeps it: failures alone do not end it. */
function fakeRounds() {
  const listeners = new Set<(error: ChronoError) => void>();
  let keep: (entry: CertificateEntry) => void = () => assert.fail("nothing was appointed");
  return {
    listeners,
    asked: [] as unknown[],
    keep: () => keep(entry),
    fail(error: ChronoError) {
      for (const listener of listeners) listener(error);
    },
    onFailure(listener: (error: ChronoError) => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    appoint(time: bigint, imprint: Uint8Array | undefined, signal: AbortSignal): Promise<CertificateEntry> {
      this.asked.push([time, imprint]);
      return new Promise((resolve, reject) => {
        keep = resolve;
        signal.addEventListener("abort", () => reject(new ChronoError("round/failed", { reason: "nobody waits" })));
      });
    },
  };
}

describe("one try for a certificate", () => {
  it("ends with the certificate", async () => {
    const rounds = fakeRounds();
    const result = certifyOnce(rounds, TIME, root, new AbortController().signal);
    rounds.keep();
    assert.equal(await result, entry);
    assert.deepEqual(rounds.asked, [[TIME, root]]);
    assert.equal(rounds.listeners.size, 0, "nothing is left behind");
  });

  it("ends with the reason of the first round that fails", async () => {
    const rounds = fakeRounds();
    const failure = new ChronoError("round/conflict", { signed: 1 });
    const result = assert.rejects(certifyOnce(rounds, TIME, root, new AbortController().signal), failure);
    rounds.fail(failure);
    await result;
    assert.equal(rounds.listeners.size, 0);
  });

  it("ends when nobody waits any more, and does not begin when nobody did", async () => {
    const rounds = fakeRounds();
    const waiting = new AbortController();
    const result = assert.rejects(certifyOnce(rounds, TIME, root, waiting.signal), { code: "round/failed" });
    waiting.abort();
    await result;
    await assert.rejects(certifyOnce(rounds, TIME, root, waiting.signal), { code: "round/failed" });
    assert.equal(rounds.asked.length, 1);
    assert.equal(rounds.listeners.size, 0);
  });

  it("passes on that the appointment is not taken", async () => {
    const rounds = fakeRounds();
    rounds.appoint = () => {
      throw new ChronoError("rate/limited");
    };
    await assert.rejects(certifyOnce(rounds, TIME, root, new AbortController().signal), { code: "rate/limited" });
    assert.equal(rounds.listeners.size, 0);
  });
});
