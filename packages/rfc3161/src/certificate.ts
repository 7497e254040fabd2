import { copyBytes, isOnCurve, type UnixNs } from "@chronoledger/core";
import { isEcdsaWithSha256, readAlgorithm } from "./algorithm.ts";
import { readCertificateTime } from "./asn1-time.ts";
import { contextTag, type DerNode, malformed, readBits, readDer, readInteger, readOid, TAG } from "./der.ts";
import { DerCursor } from "./der-cursor.ts";
import { type Extension, readExtensions } from "./extension.ts";
import { OID } from "./object-identifiers.ts";

const MAX_CERTIFICATE_DER_BYTES = 16_384;

/** X.509 version 3 (RFC 5280): what a time-stamp needs of it. */
export type X509 = {
  readonly der: Uint8Array;
  readonly tbs: Uint8Array;
  readonly serial: bigint;
  /** DER of the names, compared byte by byte. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly notBefore: UnixNs;
  /** Inclusive. */
  readonly notAfter: UnixNs;
  /** x || y, 64 bytes; undefined for any other key than one of P-256. */
  readonly publicKey: Uint8Array | undefined;
  readonly extensions: readonly Extension[];
  /** Of the issuer, DER of r and s; undefined for any other algorithm than ecdsa-with-SHA256. */
  readonly signature: Uint8Array | undefined;
};

function readPublicKey(node: DerNode): Uint8Array | undefined {
  const cursor = new DerCursor(node, TAG.sequence, "SubjectPublicKeyInfo");
  const [algorithm, curve] = cursor.next(TAG.sequence).children;
  const point = readBits(cursor.next(TAG.bitString));
  cursor.end();
  if (algorithm === undefined || readOid(algorithm) !== OID.ecPublicKey) return undefined;
  if (curve?.tag !== TAG.oid || readOid(curve) !== OID.p256) return undefined;
  const key = copyBytes(point, 1);
  if (point[0] !== 4 || !isOnCurve(key)) throw malformed("public key is not an uncompressed point of P-256");
  return key;
}

/** No signature is checked. @throws input/malformed unless it is one X.509 v3 certificate in DER. */
export function parseX509(der: Uint8Array): X509 {
  const cursor = new DerCursor(readDer(der, MAX_CERTIFICATE_DER_BYTES), TAG.sequence, "Certificate");
  const tbsNode = cursor.next(TAG.sequence);
  const outer = cursor.next(TAG.sequence);
  const signature = copyBytes(readBits(cursor.next(TAG.bitString)));
  cursor.end();
  const tbs = new DerCursor(tbsNode, TAG.sequence, "TBSCertificate");
  const version = readInteger(new DerCursor(tbs.next(contextTag(0)), contextTag(0), "version").only(TAG.integer), 1);
  const serial = readInteger(tbs.next(TAG.integer), 21);
  const inner = tbs.next(TAG.sequence);
  const issuer = tbs.next(TAG.sequence);
  const validity = new DerCursor(tbs.next(TAG.sequence), TAG.sequence, "Validity");
  const notBefore = readCertificateTime(validity.any());
  const notAfter = readCertificateTime(validity.any());
  validity.end();
  const subject = tbs.next(TAG.sequence);
  const publicKey = readPublicKey(tbs.next(TAG.sequence));
  tbs.optional(0x81);
  tbs.optional(0x82);
  const extensions = new DerCursor(tbs.next(contextTag(3)), contextTag(3), "extensions").only(TAG.sequence);
  tbs.end();
  const algorithm = readAlgorithm(outer);
  const isSame = outer.raw.length === inner.raw.length && outer.raw.every((byte, i) => byte === inner.raw[i]);
  if (version !== 2n || !isSame) throw malformed("certificate version or algorithm", { version: String(version) });
  return {
    der: copyBytes(der),
    tbs: copyBytes(tbsNode.raw),
    serial,
    issuer: copyBytes(issuer.raw),
    subject: copyBytes(subject.raw),
    notBefore,
    notAfter,
    publicKey,
    extensions: readExtensions(extensions),
    signature: isEcdsaWithSha256(algorithm) ? signature : undefined,
  };
}
