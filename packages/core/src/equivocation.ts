import { equalBytes } from "./bytes.ts";
import type { Statement } from "./statement.ts";

/**
 * Two valid quorum statements of one network that cannot both come from honest quorums: f + 1 or more nodes cheated, and the
 * pair is the evidence (protocol.md section 4). Spans are open intervals of time in which nothing was certified.
 *
 * Sequences are compared within an epoch alone: two epochs share no signer, and the new set may not have seen the old one's last
 * certificate, so one number in both proves nothing. Spans cannot cross between epochs either, as each begins in its own.
 * @returns what is wrong, or undefined.
 */
export function conflictOf(
  a: { readonly bytes: Uint8Array; readonly fields: Statement },
  b: { readonly bytes: Uint8Array; readonly fields: Statement },
): "same-sequence" | "order-reversed" | "crossing-spans" | undefined {
  if (equalBytes(a.bytes, b.bytes) || a.fields.networkId !== b.fields.networkId) return undefined;
  const sameEpoch = a.fields.epoch === b.fields.epoch;
  if (sameEpoch && a.fields.sequence === b.fields.sequence) return "same-sequence";
  const inside = (time: bigint, s: Statement) => s.previousTime < time && time < s.time;
  const sameInstant = a.fields.time === b.fields.time;
  if (sameInstant || inside(a.fields.time, b.fields) || inside(b.fields.time, a.fields)) return "crossing-spans";
  const reversed = a.fields.sequence < b.fields.sequence !== a.fields.time < b.fields.time;
  return sameEpoch && reversed ? "order-reversed" : undefined;
}
