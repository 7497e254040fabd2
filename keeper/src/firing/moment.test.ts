import assert from "node:assert/strict";
import { ceilSeconds, NS_PER_MS, NS_PER_S, type UnixNs, unixNs } from "@chronoledger/core";
import fc from "fast-check";
import { BlockCadence } from "./cadence.ts";
import { type FiringMode, momentToSend } from "./moment.ts";

const GUARD = 30n * NS_PER_MS;
const S = 1_800_000_000n;
const at = (second: bigint, ms: number): UnixNs => unixNs(second * NS_PER_S + BigInt(Math.round(ms * 1e6)));
const deadline = (notBefore: UnixNs) => ({ notBefore, eligibleSecond: ceilSeconds(notBefore) });
const precise = { mode: "precise" as FiringMode, guard: GUARD };

/** Blocks at S - 5 to S, sealed 7 ms after each second. */
const chain = (): BlockCadence => {
  const cadence = new BlockCadence();
  for (let i = -5; i <= 0; i++)
    cadence.observe({ number: 100 + i, timestamp: S + BigInt(i), arrival: at(S + BigInt(i), 7) });
  return cadence;
};

describe("the moment to send", () => {
  it("is notBefore to the nanosecond when the gate is open and the seal is far", () => {
    const notBefore = unixNs(S * NS_PER_S + 432_109_877n);
    assert.deepEqual(momentToSend(deadline(notBefore), chain(), at(S, 300), precise), {
      time: notBefore,
      prepositioned: false,
    });
  });

  it("waits for the head of the second just after which the deadline lies", () => {
    const notBefore = at(S + 1n, 0.6);
    assert.deepEqual(momentToSend(deadline(notBefore), chain(), at(S + 1n, 0.6), precise), {
      time: undefined,
      prepositioned: false,
    });
    const after = chain();
    after.observe({ number: 101, timestamp: S + 1n, arrival: at(S + 1n, 7) });
    assert.deepEqual(momentToSend(deadline(notBefore), after, at(S + 1n, 7.2), precise), {
      time: at(S + 1n, 7.2),
      prepositioned: false,
    });
  });

  it("is the guard before the seal when the deadline lies just before the seal", () => {
    const notBefore = at(S, 999.6);
    const moment = momentToSend(deadline(notBefore), chain(), at(S, 300), precise);
    assert.deepEqual(moment, { time: at(S, 977), prepositioned: true });
  });

  it("is now when the guard has begun already", () => {
    const now = at(S, 990);
    assert.deepEqual(momentToSend(deadline(at(S, 999.6)), chain(), now, precise), { time: now, prepositioned: true });
  });

  it("is now for a run that is overdue", () => {
    const now = at(S, 500);
    assert.equal(momentToSend(deadline(at(S - 3n, 1)), chain(), now, precise).time, now);
  });

  it("is the opening of the gate when told to preposition", () => {
    const preposition = { mode: "preposition" as FiringMode, guard: GUARD };
    const now = at(S, 10);
    assert.deepEqual(momentToSend(deadline(at(S, 900)), chain(), now, preposition), { time: now, prepositioned: true });
    assert.equal(momentToSend(deadline(at(S + 1n, 900)), chain(), now, preposition).time, undefined);
  });

  it("is never before the gate, whatever the deadline and the rhythm: the next block's second is at least the eligible one", () => {
    const phase = fc.integer({ min: 0, max: 999 });
    const inMs = fc.integer({ min: -1_500, max: 3_000 });
    fc.assert(
      fc.property(
        phase,
        inMs,
        fc.constantFrom<FiringMode>("precise", "preposition"),
        fc.nat(999_999),
        (ms, offset, mode, ns) => {
          const cadence = new BlockCadence(1);
          for (let i = -4; i <= 0; i++)
            cadence.observe({ number: 50 + i, timestamp: S + BigInt(i), arrival: at(S + BigInt(i), ms) });
          const notBefore = unixNs(at(S, offset) + BigInt(ns));
          const { time } = momentToSend(deadline(notBefore), cadence, at(S, ms + 1), { mode, guard: GUARD });
          // Sent now or later, the next block is stamped S + 1 or later.
          if (time !== undefined) assert.ok(S + 1n >= ceilSeconds(notBefore));
          else assert.ok(S + 1n < ceilSeconds(notBefore));
        },
      ),
    );
  });

  it("never runs against the order of deadlines, so that nonces in their order never wait for one another", () => {
    const inMs = fc.integer({ min: -1_000, max: 1_999 });
    fc.assert(
      fc.property(inMs, inMs, fc.integer({ min: 0, max: 999 }), (a, b, ms) => {
        const cadence = new BlockCadence(1);
        for (let i = -4; i <= 0; i++)
          cadence.observe({ number: 50 + i, timestamp: S + BigInt(i), arrival: at(S + BigInt(i), ms) });
        const now = at(S, ms + 1);
        const [first, second] = [Math.min(a, b), Math.max(a, b)].map(
          (offset) => momentToSend(deadline(at(S, offset)), cadence, now, precise).time,
        );
        if (second !== undefined) assert.ok(first !== undefined && (first <= second || first <= now));
      }),
    );
  });
});
