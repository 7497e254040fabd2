import { ChronoError, concatBytes, copyBytes } from "@chronoledger/core";
import { type BaseBlock, Constructed, fromBER, Integer } from "asn1js";

/** Identifier octets (X.690 section 8.1.2) of the universal types that time-stamping uses. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;
/** Context-specific, constructed: explicit tags, and implicit ones of a SEQUENCE or SET. */
export const contextTag = (number: number): number => 0xa0 | number;

/** One TLV. `raw` is the whole of it; `children` is empty for a primitive one. */
export type DerNode = {
  readonly tag: number;
  readonly raw: Uint8Array;
  readonly content: Uint8Array;
  readonly children: readonly DerNode[];
};

export const malformed = (
  reason: string,
  details: Record<string, string | number> = {},
  cause?: unknown,
): ChronoError => new ChronoError("input/malformed", { what: "DER", reason, ...details }, { cause });

function header(tag: number, length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(tag, length);
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return Uint8Array.of(tag, 0x80 | octets.length, ...octets);
}

export function tlv(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = concatBytes(...parts);
  return concatBytes(header(tag, content.length), content);
}

export const sequence = (...parts: readonly Uint8Array[]): Uint8Array => tlv(TAG.sequence, ...parts);
export const octetString = (bytes: Uint8Array): Uint8Array => tlv(TAG.octetString, bytes);
/** Whole octets: no unused bits. */
export const bitString = (bytes: Uint8Array, unused = 0): Uint8Array =>
  tlv(TAG.bitString, Uint8Array.of(unused), bytes);
export const utf8String = (text: string): Uint8Array => tlv(TAG.utf8String, new TextEncoder().encode(text));
export const boolTrue: Uint8Array = Uint8Array.of(TAG.boolean, 1, 0xff);
export const derNull: Uint8Array = Uint8Array.of(TAG.null, 0);
export const integer = (value: bigint): Uint8Array => new Uint8Array(Integer.fromBigInt(value).toBER());

/** @throws input/malformed unless it is an object identifier in dotted decimal */
export function oid(dotted: string): Uint8Array {
  const [root = 3n, second = 0n, ...rest] = /^[0-2](\.(0|[1-9]\d{0,39})){1,30}$/.test(dotted)
    ? dotted.split(".").map(BigInt)
    : [];
  if (root > 2n || (root < 2n && second > 39n)) throw malformed("not an object identifier", { oid: dotted });
  const octets = [40n * root + second, ...rest].flatMap((arc) => {
    const digits = [Number(arc & 0x7fn)];
    for (let left = arc >> 7n; left > 0n; left >>= 7n) digits.unshift(Number(left & 0x7fn) | 0x80);
    return digits;
  });
  return tlv(TAG.oid, Uint8Array.from(octets));
}

const compare = (a: Uint8Array, b: Uint8Array): number => {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
};

/** DER orders the members of a SET OF (X.690 section 11.6). */
export const setOf = (...parts: readonly Uint8Array[]): Uint8Array => tlv(TAG.set, ...parts.toSorted(compare));

/**
 * The library reads BER; this keeps what is DER: one octet of tag, definite lengths in their shortest form, no constructed
 * strings, nothing left over.
 */
function strict(block: BaseBlock): DerNode {
  const raw = block.valueBeforeDecodeView;
  const [tag = 0, first = 0] = raw;
  const isConstructed = (tag & 0x20) !== 0;
  const number = tag & 0x1f;
  if (number === 0x1f || tag === 0) throw malformed("tag", { tag });
  if (tag < 0x40 && isConstructed !== (number === 0x10 || number === 0x11))
    throw malformed("form of a universal type", { tag });
  const lengthOctets = first < 0x80 ? 0 : first - 0x80;
  const start = 2 + lengthOctets;
  const content = raw.subarray(start);
  const expected = header(tag, content.length);
  if (raw.length < start || expected.length !== start || expected.some((byte, i) => byte !== raw[i]))
    throw malformed("length is not in its shortest definite form", { tag });
  const children = isConstructed && block instanceof Constructed ? block.valueBlock.value.map(strict) : [];
  if (isConstructed && children.reduce((sum, child) => sum + child.raw.length, 0) !== content.length)
    throw malformed("content", { tag });
  return { tag, raw, content, children };
}

/** Exactly one value, in DER. @param most bytes. @throws input/malformed */
export function readDer(bytes: Uint8Array, most: number): DerNode {
  if (bytes.length > most) throw malformed("too long", { bytes: bytes.length, most });
  let parsed: ReturnType<typeof fromBER>;
  try {
    parsed = fromBER(copyBytes(bytes));
  } catch (error) {
    throw malformed("unreadable", { bytes: bytes.length }, error);
  }
  if (parsed.offset !== bytes.length || parsed.result.error !== "")
    throw malformed(parsed.result.error || "trailing bytes", { bytes: bytes.length });
  return strict(parsed.result);
}

/** @throws input/malformed unless the content is a minimal INTEGER of at most so many octets. */
export function readInteger(node: DerNode, mostOctets: number): bigint {
  const { content } = node;
  const [first = 0, second = 0] = content;
  if (node.tag !== TAG.integer || content.length === 0 || content.length > mostOctets)
    throw malformed("integer", { octets: content.length, most: mostOctets });
  if (content.length > 1 && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80)))
    throw malformed("integer is not in its shortest form");
  let value = 0n;
  for (const byte of content) value = (value << 8n) | BigInt(byte);
  return BigInt.asIntN(8 * content.length, value);
}

/** Arcs of any size (2.25 has 128-bit ones). @throws input/malformed */
export function readOid(node: DerNode): string {
  const { content } = node;
  if (node.tag !== TAG.oid || content.length === 0 || content.length > 64 || ((content.at(-1) ?? 0x80) & 0x80) !== 0)
    throw malformed("object identifier");
  const arcs: bigint[] = [];
  let arc = 0n;
  let isStart = true;
  for (const byte of content) {
    if (isStart && byte === 0x80) throw malformed("object identifier is not in its shortest form");
    arc = (arc << 7n) | BigInt(byte & 0x7f);
    isStart = (byte & 0x80) === 0;
    if (!isStart) continue;
    if (arcs.length === 0) {
      const root = arc < 80n ? arc / 40n : 2n;
      arcs.push(root, arc - 40n * root);
    } else arcs.push(arc);
    arc = 0n;
  }
  return arcs.join(".");
}

/** DEFAULT FALSE: DER leaves FALSE out, so only TRUE may stand. @throws input/malformed */
export function readTrue(node: DerNode): true {
  if (node.tag !== TAG.boolean || node.content.length !== 1 || node.content[0] !== 0xff) throw malformed("boolean");
  return true;
}

/** @throws input/malformed unless it is a BIT STRING of whole octets. */
export function readBits(node: DerNode): Uint8Array {
  if (node.tag !== TAG.bitString || node.content[0] !== 0) throw malformed("bit string");
  return node.content.subarray(1);
}
