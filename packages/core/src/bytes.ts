import { ChronoError } from "./errors.ts";

export { sha256 } from "@noble/hashes/sha2.js";
export { bytesToHex, concatBytes, hexToBytes } from "@noble/hashes/utils.js";

/** For values that are no secret: it ends at the first difference. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/**
 * Bytes [from, to) as a Uint8Array of their own. `slice` would not do: that of a Node Buffer shares its memory, so a caller
 * that reuses its buffer would change what was decoded and verified.
 */
export function copyBytes(bytes: Uint8Array, from = 0, to = bytes.length): Uint8Array {
  const part = bytes.subarray(from, to);
  const copy = new Uint8Array(part.length);
  copy.set(part);
  return copy;
}

export function isZero(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== 0) return false;
  return true;
}

/** Node's own, tens of times faster on the megabytes of a batch; undefined in a browser. */
const NodeBuffer = (globalThis as { Buffer?: typeof Buffer }).Buffer;

/** base64url without padding (RFC 4648 section 5). */
export function toBase64Url(bytes: Uint8Array): string {
  if (NodeBuffer !== undefined)
    return NodeBuffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64url");
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Strict: no padding, no other alphabet, no unused bits set. @throws input/malformed */
export function fromBase64Url(text: string): Uint8Array {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1)
    throw new ChronoError("input/malformed", { what: "base64url", length: text.length });
  const bytes =
    NodeBuffer === undefined
      ? Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0))
      : Uint8Array.from(NodeBuffer.from(text, "base64url"));
  if (toBase64Url(bytes) !== text) throw new ChronoError("input/malformed", { what: "base64url with unused bits set" });
  return bytes;
}
