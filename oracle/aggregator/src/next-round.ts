import { NS_PER_MS } from "@chronoledger/core";

/** Sent that much earlier than the lead asks: nodes wait, but a busy machine's late timer would miss the instant. */
export const APPOINTMENT_MARGIN_NS = 25n * NS_PER_MS;

/** An instant that went by longer ago is not made up for: a crowd of them would keep the attested time behind. */
const MOST_BEHIND_NS = 250n * NS_PER_MS;

export type Appointment = { readonly time: bigint; readonly imprint: Uint8Array | undefined };

/** All times in TAI nanoseconds, by the aggregator's clock. */
export type Agenda<A extends Appointment> = {
  readonly now: bigint;
  readonly lead: bigint;
  /** When the next heartbeat is due. */
  readonly heartbeatAt: bigint;
  /** Not before this, after a failure. */
  readonly notBefore: bigint;
  /** Certificates must lie after this. */
  readonly floor: bigint;
  /** How far behind a node still accepts an instant. */
  readonly maxBehind: bigint;
  /** Nodes' uncertainty: they wait that long beyond an instant. */
  readonly uncertainty: bigint;
  /** Ascending. */
  readonly appointments: readonly A[];
};

export type NextRound<A extends Appointment> =
  | { readonly act: "wait"; readonly until: bigint }
  | { readonly act: "round"; readonly time: bigint; readonly appointment: A | undefined };

/**
 * What to do now: keep the earliest appointment, beat, or wait. A heartbeat is left out when it would still be under way, or already
 * certify a later instant, when the earliest appointment must be sent: the appointment itself then is the beat.
 */
export function nextRound<A extends Appointment>(agenda: Agenda<A>): NextRound<A> {
  const { now, lead, heartbeatAt, notBefore, floor, uncertainty } = agenda;
  const first = agenda.appointments[0];
  if (now < notBefore) return { act: "wait", until: notBefore };
  const after = (time: bigint): bigint => (time > floor ? time : floor + 1n);
  if (first !== undefined) {
    const sendAt = first.time - sendAhead(first, agenda);
    if (now >= sendAt) return { act: "round", time: instantFor(first, agenda), appointment: first };
    const beatEnds = now + 2n * lead + uncertainty + APPOINTMENT_MARGIN_NS;
    if (now >= heartbeatAt && beatEnds < sendAt)
      return { act: "round", time: after(now + lead), appointment: undefined };
    return { act: "wait", until: now < heartbeatAt && heartbeatAt < sendAt ? heartbeatAt : sendAt };
  }
  return now >= heartbeatAt
    ? { act: "round", time: after(now + lead), appointment: undefined }
    : { act: "wait", until: heartbeatAt };
}

const sendAhead = (appointment: Appointment, { lead, uncertainty }: Agenda<Appointment>): bigint =>
  lead + APPOINTMENT_MARGIN_NS + (appointment.imprint === undefined ? 0n : uncertainty);

/**
 * The instant itself as long as nodes can still keep it, else the first that they can. An imprint must reach them before the instant;
 * without one an instant that just went by will do.
 */
function instantFor(
  appointment: Appointment,
  { now, lead, floor, maxBehind, uncertainty }: Agenda<Appointment>,
): bigint {
  const behind = maxBehind / 2n < MOST_BEHIND_NS ? maxBehind / 2n : MOST_BEHIND_NS;
  const least = appointment.imprint === undefined ? now - behind : now + lead + uncertainty;
  if (appointment.time > floor && appointment.time >= least) return appointment.time;
  const soonest = appointment.imprint === undefined ? now + lead : least;
  return soonest > floor ? soonest : floor + 1n;
}
