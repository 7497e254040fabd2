import { copyBytes, sha256 } from "@chronoledger/core";
import { isSha256, readAlgorithm } from "./algorithm.ts";
import type { X509 } from "./certificate.ts";
import { contextTag, type DerNode, integer, malformed, octetString, readInteger, sequence, TAG, tlv } from "./der.ts";
import { DerCursor } from "./der-cursor.ts";

const DIRECTORY_NAME = contextTag(4);

/** The first ESSCertIDv2: the certificate of the key that signed. */
export type EssCertId = {
  /** SHA-256 of the certificate. */
  readonly certHash: Uint8Array;
  /** DER of the Name, when the attribute states issuer and serial number. */
  readonly issuer?: Uint8Array;
  readonly serial?: bigint;
};

/** SigningCertificateV2 (RFC 5035): SHA-256 is the default and so not written; issuer and serial number are stated. */
export const signingCertificateV2 = (certificate: X509): Uint8Array =>
  sequence(
    sequence(
      sequence(
        octetString(sha256(certificate.der)),
        sequence(sequence(tlv(DIRECTORY_NAME, certificate.issuer)), integer(certificate.serial)),
      ),
    ),
  );

/** @throws input/malformed, also when the hash is not SHA-256 */
export function readSigningCertificateV2(node: DerNode): EssCertId {
  const outer = new DerCursor(node, TAG.sequence, "SigningCertificateV2");
  const [first] = outer.next(TAG.sequence).children;
  outer.optional(TAG.sequence);
  outer.end();
  if (first === undefined) throw malformed("SigningCertificateV2");
  const cursor = new DerCursor(first, TAG.sequence, "ESSCertIDv2");
  // DER leaves the default out, yet many authorities write it.
  const algorithm = cursor.optional(TAG.sequence);
  const certHash = copyBytes(cursor.next(TAG.octetString).content);
  const issuerSerial = cursor.optional(TAG.sequence);
  cursor.end();
  if (certHash.length !== 32 || (algorithm !== undefined && !isSha256(readAlgorithm(algorithm))))
    throw malformed("ESSCertIDv2 is not over SHA-256");
  if (issuerSerial === undefined) return { certHash };
  const names = new DerCursor(issuerSerial, TAG.sequence, "IssuerSerial");
  const name = new DerCursor(names.next(TAG.sequence), TAG.sequence, "GeneralNames").only(DIRECTORY_NAME);
  const serial = readInteger(names.next(TAG.integer), 21);
  names.end();
  return { certHash, issuer: copyBytes(name.content), serial };
}
