import assert from "node:assert/strict";
import fc from "fast-check";
import { type Agenda, APPOINTMENT_MARGIN_NS, type Appointment, nextRound } from "./next-round.ts";

const MS = 1_000_000n;
const NOW = 1_000_000n * MS;
const imprint = new Uint8Array(32).fill(1);
const agenda = (change: Partial<Agenda<Appointment>> = {}): Agenda<Appointment> => ({
  now: NOW,
  lead: 5n * MS,
  heartbeatAt: NOW,
  notBefore: 0n,
  floor: NOW - 100n * MS,
  maxBehind: 1_000n * MS,
  uncertainty: MS,
  appointments: [],
  ...change,
});
const appointed = (time: bigint, stamps?: Uint8Array): Appointment => ({ time, imprint: stamps });

describe("what the aggregator does next", () => {
  it("beats when it is due, a lead ahead", () => {
    assert.deepEqual(nextRound(agenda()), { act: "round", time: NOW + 5n * MS, appointment: undefined });
  });

  it("waits for the heartbeat", () => {
    assert.deepEqual(nextRound(agenda({ heartbeatAt: NOW + 1n })), { act: "wait", until: NOW + 1n });
  });

  it("appoints nothing at or before what was co-signed", () => {
    const next = nextRound(agenda({ floor: NOW + 50n * MS }));
    assert.deepEqual(next, { act: "round", time: NOW + 50n * MS + 1n, appointment: undefined });
  });

  it("does nothing while it backs off, not even an appointment", () => {
    const next = nextRound(agenda({ notBefore: NOW + 1n, appointments: [appointed(NOW)] }));
    assert.deepEqual(next, { act: "wait", until: NOW + 1n });
  });

  it("sends an appointment ahead by the lead and a margin, and not earlier", () => {
    const time = NOW + 5n * MS + APPOINTMENT_MARGIN_NS;
    const first = appointed(time);
    assert.deepEqual(nextRound(agenda({ appointments: [first] })), { act: "round", time, appointment: first });
    assert.deepEqual(nextRound(agenda({ appointments: [appointed(time + 1n)] })), { act: "wait", until: NOW + 1n });
  });

  it("sends an imprint earlier by the uncertainty", () => {
    const time = NOW + 6n * MS + APPOINTMENT_MARGIN_NS;
    const first = appointed(time, imprint);
    assert.deepEqual(nextRound(agenda({ appointments: [first] })), { act: "round", time, appointment: first });
  });

  it("still keeps an instant that just went by, as long as nodes accept it", () => {
    const first = appointed(NOW - 50n * MS);
    assert.deepEqual(nextRound(agenda({ appointments: [first] })), {
      act: "round",
      time: NOW - 50n * MS,
      appointment: first,
    });
  });

  it("takes the first instant after one that is too old, or that was certified past", () => {
    const old = appointed(NOW - 251n * MS);
    assert.deepEqual(nextRound(agenda({ floor: 0n, appointments: [old] })), {
      act: "round",
      time: NOW + 5n * MS,
      appointment: old,
    });
    const past = appointed(NOW - 50n * MS);
    assert.deepEqual(nextRound(agenda({ floor: NOW, appointments: [past] })), {
      act: "round",
      time: NOW + 5n * MS,
      appointment: past,
    });
  });

  it("stamps an imprint only at an instant that nodes can have it before", () => {
    const first = appointed(NOW + MS, imprint);
    assert.deepEqual(nextRound(agenda({ appointments: [first] })), {
      act: "round",
      time: NOW + 6n * MS,
      appointment: first,
    });
  });

  it("beats before an appointment that is far enough", () => {
    const next = nextRound(agenda({ appointments: [appointed(NOW + 500n * MS)] }));
    assert.deepEqual(next, { act: "round", time: NOW + 5n * MS, appointment: undefined });
  });

  it("leaves a heartbeat out that would get in an appointment's way", () => {
    const sendAt = NOW + 20n * MS;
    const first = appointed(sendAt + 5n * MS + APPOINTMENT_MARGIN_NS);
    assert.deepEqual(nextRound(agenda({ appointments: [first] })), { act: "wait", until: sendAt });
  });

  it("never lets a heartbeat certify at or after a pending appointment, whatever the numbers", () => {
    const ns = fc.bigInt({ min: 0n, max: 2_000n * MS });
    fc.assert(
      fc.property(ns, ns, ns, fc.boolean(), (ahead, lead, uncertainty, stamps) => {
        const first = appointed(NOW + ahead, stamps ? imprint : undefined);
        const next = nextRound(agenda({ lead, uncertainty, appointments: [first] }));
        if (next.act === "wait") assert.ok(next.until > NOW, "waiting must end, and not spin");
        else if (next.appointment === undefined) assert.ok(next.time < first.time);
      }),
    );
  });
});
