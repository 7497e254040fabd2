import { ChronoError, isChronoError } from "@chronoledger/core";
import { isSha256 } from "./algorithm.ts";
import { boolTrue, contextTag, integer, oid, readDer, readInteger, readOid, readTrue, sequence, TAG } from "./der.ts";
import { DerCursor } from "./der-cursor.ts";
import { type Extension, readExtensions } from "./extension.ts";
import { rejection } from "./failure.ts";
import { messageImprint, readMessageImprint } from "./message-imprint.ts";

export const REQUEST_MEDIA_TYPE = "application/timestamp-query";
/** Bytes of a request. One without extensions has about a hundred. */
export const MAX_REQUEST_BYTES = 8_192;
/** A nonce lies below this, on either side of zero: a client that writes random octets may write a negative one. */
const NONCE_LIMIT = 1n << 256n;

/** TimeStampReq of RFC 3161 section 2.4.1, version 1, SHA-256. */
export type TimeStampRequest = {
  /** SHA-256 of the client's data, 32 bytes. */
  readonly imprint: Uint8Array;
  /** The client wrote NULL after the hash algorithm; the token must repeat it. */
  readonly nullParameters: boolean;
  /** Dotted decimal. */
  readonly policy?: string;
  /** Up to 256 bits and a sign. */
  readonly nonce?: bigint;
  /** Whether the token is to carry the TSA's certificate. */
  readonly certReq: boolean;
  readonly extensions: readonly Extension[];
};

function read(der: Uint8Array): TimeStampRequest {
  const cursor = new DerCursor(readDer(der, MAX_REQUEST_BYTES), TAG.sequence, "TimeStampReq");
  const version = readInteger(cursor.next(TAG.integer), 8);
  if (version !== 1n) throw rejection("badRequest", `version ${version} is not 1`);
  const { algorithm, hash } = readMessageImprint(cursor.next(TAG.sequence));
  const policy = cursor.optional(TAG.oid);
  const nonce = cursor.optional(TAG.integer);
  const certReq = cursor.optional(TAG.boolean);
  const extensions = cursor.optional(contextTag(0));
  cursor.end();
  const request: TimeStampRequest = {
    imprint: hash,
    nullParameters: algorithm.parameters === "null",
    certReq: certReq !== undefined && readTrue(certReq),
    extensions: extensions === undefined ? [] : readExtensions(extensions),
    ...(policy === undefined ? {} : { policy: readOid(policy) }),
    ...(nonce === undefined ? {} : { nonce: readInteger(nonce, 33) }),
  };
  if (!isSha256(algorithm)) throw rejection("badAlg", `${algorithm.oid} is not SHA-256`);
  if (hash.length !== 32) throw rejection("badDataFormat", `an imprint of ${hash.length} bytes is not SHA-256`);
  if (request.nonce !== undefined && (request.nonce >= NONCE_LIMIT || request.nonce <= -NONCE_LIMIT))
    throw rejection("badDataFormat", "the nonce has more than 256 bits");
  return request;
}

/**
 * Strict DER, exactly one value.
 * @param options.policies accepted when the request names one; any when not given.
 * @param options.extensions accepted; none when not given. RFC 3161 section 2.4.1 has an unknown one refused, critical or not.
 * @throws input/malformed with `details.failInfo`: badDataFormat, badRequest, badAlg, unacceptedPolicy, unacceptedExtension
 */
export function parseRequest(
  der: Uint8Array,
  options: { readonly policies?: readonly string[]; readonly extensions?: readonly string[] } = {},
): TimeStampRequest {
  let request: TimeStampRequest;
  try {
    request = read(der);
  } catch (error) {
    if (isChronoError(error) && error.details.failInfo !== undefined) throw error;
    throw rejection("badDataFormat", error instanceof Error ? error.message : "unreadable", error);
  }
  const { policy } = request;
  if (policy !== undefined && options.policies?.includes(policy) === false)
    throw rejection("unacceptedPolicy", `policy ${policy}`);
  const unknown = request.extensions.find((one) => options.extensions?.includes(one.oid) !== true);
  if (unknown !== undefined) throw rejection("unacceptedExtension", `extension ${unknown.oid}`);
  return request;
}

/**
 * The DER of a request.
 * @param imprint SHA-256 of the data, 32 bytes.
 * @param options.nonce below 2^256; a fresh random one ties the answer to this request.
 * @param options.certReq true unless given: without the certificate a token verifies only where it is known already.
 * @throws input/out-of-range
 */
export function requestFor(
  imprint: Uint8Array,
  options: { readonly nonce?: bigint; readonly policy?: string; readonly certReq?: boolean } = {},
): Uint8Array {
  const { nonce, policy, certReq = true } = options;
  if (imprint.length !== 32)
    throw new ChronoError("input/out-of-range", { what: "imprint", bytes: imprint.length, need: 32 });
  if (nonce !== undefined && (nonce < 0n || nonce >= NONCE_LIMIT))
    throw new ChronoError("input/out-of-range", { what: "nonce", range: "0 to 2^256 - 1" });
  return sequence(
    integer(1n),
    messageImprint(imprint),
    ...(policy === undefined ? [] : [oid(policy)]),
    ...(nonce === undefined ? [] : [integer(nonce)]),
    ...(certReq ? [boolTrue] : []),
  );
}
