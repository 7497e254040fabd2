import { sha256, type UnixNs } from "@chronoledger/core";
import { ecdsaWithSha256Algorithm } from "./algorithm.ts";
import { certificateTime } from "./asn1-time.ts";
import { bitString, contextTag, integer, octetString, oid, sequence, setOf, tlv, utf8String } from "./der.ts";
import { normalisedDer, type SignDer } from "./ecdsa-signature.ts";
import { type Extension, encodeExtension } from "./extension.ts";
import { OID } from "./object-identifiers.ts";

const attribute = (type: string, text: string): Uint8Array => setOf(sequence(oid(type), utf8String(text)));

/** DER of a Name of organization, unit and common name. */
export const distinguishedName = (organization: string, unit: string, commonName: string): Uint8Array =>
  sequence(
    attribute(OID.organization, organization),
    attribute(OID.organizationalUnit, unit),
    attribute(OID.commonName, commonName),
  );

/** X.509 v3 over a P-256 key, signed with ECDSA over SHA-256; adds the subject key identifier. @returns DER */
export async function encodeCertificate(options: {
  /** DER of the Names. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly serial: bigint;
  /** Both are cut to the whole second. */
  readonly notBefore: UnixNs;
  readonly notAfter: UnixNs;
  /** x || y, 64 bytes. */
  readonly publicKey: Uint8Array;
  readonly extensions: readonly Extension[];
  /** The issuer's. */
  readonly sign: SignDer;
}): Promise<Uint8Array> {
  const point = Uint8Array.of(4, ...options.publicKey);
  // RFC 7093 section 2, method 1.
  const keyId = octetString(sha256(point).subarray(0, 20));
  const extensions = [...options.extensions, { oid: OID.subjectKeyIdentifier, critical: false, value: keyId }];
  const tbs = sequence(
    tlv(contextTag(0), integer(2n)),
    integer(options.serial),
    ecdsaWithSha256Algorithm(),
    options.issuer,
    sequence(certificateTime(options.notBefore), certificateTime(options.notAfter)),
    options.subject,
    sequence(sequence(oid(OID.ecPublicKey), oid(OID.p256)), bitString(point)),
    tlv(contextTag(3), sequence(...extensions.map(encodeExtension))),
  );
  return sequence(tbs, ecdsaWithSha256Algorithm(), bitString(normalisedDer(await options.sign(tbs))));
}
