import { type DurationNs, NS_PER_US } from "@chronoledger/core";
import { type DerNode, integer, malformed, readInteger, sequence, TAG } from "./der.ts";
import { DerCursor } from "./der-cursor.ts";

const US_PER_S = 1_000_000n;
const MILLIS = 0x80;
const MICROS = 0x81;

/** What a token can say of an uncertainty: rounded up to 1 us, the finest step, and at least that, for zero has no form. */
export function accuracyOf(uncertainty: DurationNs): DurationNs {
  const us = (uncertainty + NS_PER_US - 1n) / NS_PER_US;
  return ((us > 0n ? us : 1n) * NS_PER_US) as DurationNs;
}

const implicit = (tag: number, value: bigint): Uint8Array => {
  const bytes = integer(value);
  bytes[0] = tag;
  return bytes;
};

/** RFC 3161 section 2.4.2. A zero member is left out: 0 lies outside 1..999, and strict parsers refuse it. */
export function encodeAccuracy(uncertainty: DurationNs): Uint8Array {
  const us = accuracyOf(uncertainty) / NS_PER_US;
  const seconds = us / US_PER_S;
  const millis = (us / 1000n) % 1000n;
  const micros = us % 1000n;
  return sequence(
    ...(seconds > 0n ? [integer(seconds)] : []),
    ...(millis > 0n ? [implicit(MILLIS, millis)] : []),
    ...(micros > 0n ? [implicit(MICROS, micros)] : []),
  );
}

/** @throws input/malformed when a member lies outside its range or there is none */
export function readAccuracy(node: DerNode): DurationNs {
  const cursor = new DerCursor(node, TAG.sequence, "Accuracy");
  const seconds = cursor.optional(TAG.integer);
  const millis = cursor.optional(MILLIS);
  const micros = cursor.optional(MICROS);
  cursor.end();
  const member = (one: DerNode | undefined, most: bigint): bigint => {
    if (one === undefined) return 0n;
    const value = readInteger({ ...one, tag: TAG.integer }, 8);
    if (value < 1n || value > most) throw malformed("accuracy", { value: String(value), range: `1..${most}` });
    return value;
  };
  const us = member(seconds, 0xffff_ffffn) * US_PER_S + member(millis, 999n) * 1000n + member(micros, 999n);
  if (us === 0n) throw malformed("accuracy", { value: "0" });
  return (us * NS_PER_US) as DurationNs;
}
