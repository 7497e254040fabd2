import { copyBytes, type DurationNs, type UnixNs } from "@chronoledger/core";
import { encodeAccuracy, readAccuracy } from "./accuracy.ts";
import { isSha256 } from "./algorithm.ts";
import { generalizedTime, readGeneralizedTime } from "./asn1-time.ts";
import {
  contextTag,
  integer,
  malformed,
  oid,
  readDer,
  readInteger,
  readOid,
  readTrue,
  sequence,
  TAG,
  tlv,
} from "./der.ts";
import { DerCursor } from "./der-cursor.ts";
import { type Extension, encodeExtension, readExtensions } from "./extension.ts";
import { messageImprint, readMessageImprint } from "./message-imprint.ts";

/** TSTInfo of RFC 3161 section 2.4.2, version 1, over SHA-256. */
export type TstInfo = {
  /** Dotted decimal. */
  readonly policy: string;
  readonly imprint: Uint8Array;
  readonly nullParameters: boolean;
  /** 0 to 2^160 - 1. */
  readonly serial: bigint;
  readonly genTime: UnixNs;
  /** genTime may be off by this much on either side. A multiple of 1 us; undefined when the token states none. */
  readonly accuracy?: DurationNs;
  readonly ordering: boolean;
  readonly nonce?: bigint;
  /** DER of the TSA's Name, when the token names it as a directory name. */
  readonly tsaName?: Uint8Array;
  readonly extensions: readonly Extension[];
};

const DIRECTORY_NAME = contextTag(4);
/** A serial number has up to 160 bits, and a sign. */
const SERIAL_OCTETS = 21;

/** `ordering` is never written: EN 319 422 forbids TRUE, and DER leaves FALSE out. */
export function encodeTstInfo(info: Omit<TstInfo, "ordering">): Uint8Array {
  const { policy, imprint, nullParameters, serial, genTime, accuracy, nonce, tsaName, extensions } = info;
  return sequence(
    integer(1n),
    oid(policy),
    messageImprint(imprint, nullParameters),
    integer(serial),
    generalizedTime(genTime),
    ...(accuracy === undefined ? [] : [encodeAccuracy(accuracy)]),
    ...(nonce === undefined ? [] : [integer(nonce)]),
    ...(tsaName === undefined ? [] : [tlv(contextTag(0), tlv(DIRECTORY_NAME, tsaName))]),
    ...(extensions.length === 0 ? [] : [tlv(contextTag(1), ...extensions.map(encodeExtension))]),
  );
}

/** @throws input/malformed */
export function readTstInfo(der: Uint8Array): TstInfo {
  const cursor = new DerCursor(readDer(der, der.length), TAG.sequence, "TSTInfo");
  const version = readInteger(cursor.next(TAG.integer), 8);
  if (version !== 1n) throw malformed("TSTInfo version", { version: String(version) });
  const policy = readOid(cursor.next(TAG.oid));
  const { algorithm, hash } = readMessageImprint(cursor.next(TAG.sequence));
  if (!isSha256(algorithm) || hash.length !== 32)
    throw malformed("imprint is not of SHA-256", { algorithm: algorithm.oid, bytes: hash.length });
  const serial = readInteger(cursor.next(TAG.integer), SERIAL_OCTETS);
  if (serial < 0n || serial >= 1n << 160n) throw malformed("serial number");
  const genTime = readGeneralizedTime(cursor.next(TAG.generalizedTime));
  const accuracy = cursor.optional(TAG.sequence);
  const ordering = cursor.optional(TAG.boolean);
  const nonce = cursor.optional(TAG.integer);
  const tsa = cursor.optional(contextTag(0));
  const extensions = cursor.optional(contextTag(1));
  cursor.end();
  const name = tsa === undefined ? undefined : new DerCursor(tsa, contextTag(0), "tsa").any();
  if (name !== undefined && tsa?.children.length !== 1) throw malformed("tsa");
  const directory = name?.tag === DIRECTORY_NAME ? name.content : undefined;
  return {
    policy,
    imprint: hash,
    nullParameters: algorithm.parameters === "null",
    serial,
    genTime,
    ordering: ordering !== undefined && readTrue(ordering),
    extensions: extensions === undefined ? [] : readExtensions(extensions),
    ...(accuracy === undefined ? {} : { accuracy: readAccuracy(accuracy) }),
    ...(nonce === undefined ? {} : { nonce: readInteger(nonce, 33) }),
    ...(directory === undefined ? {} : { tsaName: copyBytes(directory) }),
  };
}
