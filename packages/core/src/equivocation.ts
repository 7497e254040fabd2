import { equalBytes } from "./bytes.ts";
import type { Statement } from "./statement.ts";

/**
 * Two valid quorum statements that cannot both come from an honest quorum: f + 1 or more nodes cheated, and the pair is the
 * evidence (protocol.md section 4). Spans are open intervals of time in which nothing was certified.
 * @returns what is wrong, or undefined.
 */
export function conflictOf(
  a: { readonly bytes: Uint8Array; readonly fields: Statement },
  b: { readonly bytes: Uint8Array; readonly fields: Statement },
): "same-sequence" | "crossing-spans" | undefined {
  if (equalBytes(a.bytes, b.bytes) || a.fields.networkId !== b.fields.networkId) return undefined;
  if (a.fields.sequence === b.fields.sequence) return "same-sequence";
  const inside = (time: bigint, s: Statement) => s.previousTime < time && time < s.time;
  const sameInstant = a.fields.time === b.fields.time;
  return sameInstant || inside(a.fields.time, b.fields) || inside(b.fields.time, a.fields)
    ? "crossing-spans"
    : undefined;
}
