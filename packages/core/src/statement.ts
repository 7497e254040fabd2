import { copyBytes, sha256 } from "./bytes.ts";
import { ChronoError } from "./errors.ts";
import { type DurationNs, MAX_U64, type TaiNs } from "./time.ts";

export const STATEMENT_BYTES = 160;
/** ASCII, 16 bytes: cannot collide with TPM structures, DER, or Roughtime. */
export const STATEMENT_DOMAIN = "ChronoLedger/TS1";

export const KIND = { nodeReceipt: 1, quorum: 2, sessionKey: 3, hardwareAnchor: 4, registration: 5 } as const;
export type Kind = (typeof KIND)[keyof typeof KIND];

/** Bits of the flags byte. `test`: a key or clock here is not hardware-rooted. */
export const FLAG = { leapInsertion: 1, leapDeletion: 2, holdover: 4, test: 8 } as const;
export const KNOWN_FLAGS = 15;

/** The fields of the 160 signed bytes, protocol.md section 3. The three hashes have 32 bytes each. */
export type Statement = {
  readonly kind: Kind;
  readonly flags: number;
  /** Seconds, int16. */
  readonly taiMinusUtc: number;
  readonly networkId: number;
  readonly epoch: number;
  readonly policyId: number;
  readonly time: TaiNs;
  readonly uncertainty: DurationNs;
  readonly sequence: bigint;
  readonly previousTime: TaiNs;
  readonly imprint: Uint8Array;
  readonly link: Uint8Array;
  readonly anchor: Uint8Array;
};

export const ZERO_HASH: Uint8Array = new Uint8Array(32);

const bounded = (value: number, min: number, max: number, field: string): number => {
  if (!Number.isInteger(value) || value < min || value > max)
    throw new ChronoError("statement/malformed", { field, value, range: `${min} to ${max}` });
  return value;
};
const u64 = (value: bigint, field: string): bigint => {
  if (value < 0n || value > MAX_U64)
    throw new ChronoError("statement/malformed", { field, value: String(value), range: "uint64" });
  return value;
};
const hash = (value: Uint8Array, field: string): Uint8Array => {
  if (value.length !== 32) throw new ChronoError("statement/malformed", { field, length: value.length, need: 32 });
  return value;
};
const isKind = (value: number): value is Kind => Number.isInteger(value) && value >= 1 && value <= 5;
/** A comparison, not a mask: the bit operators of JavaScript drop what lies above 32 bits and any fraction. */
const areFlags = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= KNOWN_FLAGS;

/** @throws statement/malformed, statement/kind, statement/flags */
export function encodeStatement(statement: Statement): Uint8Array {
  if (!isKind(statement.kind)) throw new ChronoError("statement/kind", { got: statement.kind });
  if (!areFlags(statement.flags)) throw new ChronoError("statement/flags", { got: statement.flags });
  const bytes = new Uint8Array(STATEMENT_BYTES);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < 16; i++) bytes[i] = STATEMENT_DOMAIN.charCodeAt(i);
  view.setUint8(16, statement.kind);
  view.setUint8(17, statement.flags);
  view.setInt16(18, bounded(statement.taiMinusUtc, -32_768, 32_767, "taiMinusUtc"));
  view.setUint32(20, bounded(statement.networkId, 0, 0xffff_ffff, "networkId"));
  view.setUint32(24, bounded(statement.epoch, 0, 0xffff_ffff, "epoch"));
  view.setUint32(28, bounded(statement.policyId, 0, 0xffff_ffff, "policyId"));
  view.setBigUint64(32, u64(statement.time, "time"));
  view.setBigUint64(40, u64(statement.uncertainty, "uncertainty"));
  view.setBigUint64(48, u64(statement.sequence, "sequence"));
  view.setBigUint64(56, u64(statement.previousTime, "previousTime"));
  bytes.set(hash(statement.imprint, "imprint"), 64);
  bytes.set(hash(statement.link, "link"), 96);
  bytes.set(hash(statement.anchor, "anchor"), 128);
  return bytes;
}

/** Accepts exactly what {@link encodeStatement} can produce. @throws statement/malformed, statement/kind, statement/flags */
export function decodeStatement(bytes: Uint8Array): Statement {
  if (bytes.length !== STATEMENT_BYTES)
    throw new ChronoError("statement/malformed", { field: "length", value: bytes.length, need: STATEMENT_BYTES });
  for (let i = 0; i < 16; i++)
    if (bytes[i] !== STATEMENT_DOMAIN.charCodeAt(i))
      throw new ChronoError("statement/malformed", { field: "domain", offset: i });
  const view = new DataView(bytes.buffer, bytes.byteOffset, STATEMENT_BYTES);
  const kind = view.getUint8(16);
  if (!isKind(kind)) throw new ChronoError("statement/kind", { got: kind });
  const flags = view.getUint8(17);
  if (!areFlags(flags)) throw new ChronoError("statement/flags", { got: flags });
  return {
    kind,
    flags,
    taiMinusUtc: view.getInt16(18),
    networkId: view.getUint32(20),
    epoch: view.getUint32(24),
    policyId: view.getUint32(28),
    time: view.getBigUint64(32) as TaiNs,
    uncertainty: view.getBigUint64(40) as DurationNs,
    sequence: view.getBigUint64(48),
    previousTime: view.getBigUint64(56) as TaiNs,
    imprint: copyBytes(bytes, 64, 96),
    link: copyBytes(bytes, 96, 128),
    anchor: copyBytes(bytes, 128, 160),
  };
}

/** SHA-256 of the 160 bytes: what is signed, and what the next statement links to. */
export const statementDigest = (bytes: Uint8Array): Uint8Array => sha256(bytes);

/** SHA-256 over the n node anchors in index order: the anchor of a quorum statement. */
export function anchorDigest(anchors: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(anchors.length * 32);
  for (const [index, anchor] of anchors.entries()) all.set(hash(anchor, `anchor ${index}`), index * 32);
  return sha256(all);
}
