import { MAX_U64, NS_PER_S, toIso8601, type UnixNs } from "@chronoledger/core";
import { type DerNode, malformed, TAG, tlv } from "./der.ts";

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));
const compact = (time: UnixNs, digits: number): string => toIso8601(time, digits).replaceAll(/[-:T]/g, "");

/** GeneralizedTime with up to 9 fraction digits and no trailing zero (RFC 3161 section 2.4.2). */
export const generalizedTime = (time: UnixNs): Uint8Array =>
  tlv(TAG.generalizedTime, ascii(compact(time, 9).replace(/\.?0*Z$/, "Z")));

/** A certificate's time, whole seconds: UTCTime before 2050, GeneralizedTime from then on (RFC 5280 section 4.1.2.5). */
export function certificateTime(time: UnixNs): Uint8Array {
  const text = compact(time, 0);
  return text < "2050" ? tlv(TAG.utcTime, ascii(text.slice(2))) : tlv(TAG.generalizedTime, ascii(text));
}

const GENERALIZED = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d{0,8}[1-9]))?Z$/;

/** Second 60 is refused: no clock of ours says it, and verifiers disagree about which instant it means. */
function parse(text: string): bigint {
  const match = GENERALIZED.exec(text);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match?.slice(1, 7).map(Number) ?? [];
  const ms = Date.UTC(year, month - 1, day, hour, minute, second);
  const isReal =
    match !== null &&
    year >= 1950 &&
    new Date(ms).toISOString().slice(0, 19).replaceAll(/[-:T]/g, "") === text.slice(0, 14);
  if (!isReal) throw malformed("time", { time: text.slice(0, 40) });
  return (BigInt(ms) / 1000n) * NS_PER_S + BigInt((match[7] ?? "").padEnd(9, "0"));
}

const textOf = (node: DerNode): string => String.fromCharCode(...node.content.subarray(0, 40));

/** @throws input/malformed, also outside the years 1970 to 2554 and beyond 9 fraction digits */
export function readGeneralizedTime(node: DerNode): UnixNs {
  if (node.tag !== TAG.generalizedTime) throw malformed("GeneralizedTime", { tag: node.tag });
  const time = parse(textOf(node));
  if (time < 0n || time > MAX_U64) throw malformed("time", { time: textOf(node) });
  return time as UnixNs;
}

/** Clamped to what {@link UnixNs} holds: 9999 stands for "no end" (RFC 5280 section 4.1.2.5). @throws input/malformed */
export function readCertificateTime(node: DerNode): UnixNs {
  const text = textOf(node);
  if (node.tag !== TAG.utcTime && node.tag !== TAG.generalizedTime) throw malformed("time", { tag: node.tag });
  const century = node.tag === TAG.generalizedTime ? "" : text < "50" ? "20" : "19";
  if (text.includes(".")) throw malformed("time", { time: text });
  const time = parse(century + text);
  if (time > MAX_U64) return MAX_U64 as UnixNs;
  return (time < 0n ? 0n : time) as UnixNs;
}
