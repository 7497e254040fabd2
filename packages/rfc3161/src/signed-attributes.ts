import { copyBytes } from "@chronoledger/core";
import type { X509 } from "./certificate.ts";
import { type DerNode, malformed, octetString, oid, readOid, sequence, setOf, TAG } from "./der.ts";
import { DerCursor } from "./der-cursor.ts";
import { OID } from "./object-identifiers.ts";
import { type EssCertId, readSigningCertificateV2, signingCertificateV2 } from "./signing-certificate.ts";

/**
 * The SET that is signed: contentType, messageDigest, signingCertificateV2. No signingTime: genTime is the token's one time, and
 * a second claim, by an unattested clock and in whole seconds, could only contradict it. RFC 3161 does not ask for it.
 * @param digest SHA-256 of the TSTInfo.
 */
export const encodeSignedAttributes = (digest: Uint8Array, certificate: X509): Uint8Array =>
  setOf(
    sequence(oid(OID.contentType), setOf(oid(OID.tstInfo))),
    sequence(oid(OID.messageDigest), setOf(octetString(digest))),
    sequence(oid(OID.signingCertificateV2), setOf(signingCertificateV2(certificate))),
  );

/**
 * Other attributes are signed too, and mean nothing here.
 * @param node the attributes, under whatever tag. @throws input/malformed when one of the three lacks, or one stands twice
 */
export function readSignedAttributes(node: DerNode): { readonly digest: Uint8Array; readonly essCertId: EssCertId } {
  const values = new Map<string, DerNode>();
  for (const child of node.children) {
    const cursor = new DerCursor(child, TAG.sequence, "Attribute");
    const name = readOid(cursor.next(TAG.oid));
    const set = cursor.next(TAG.set);
    cursor.end();
    const [value] = set.children;
    if (value === undefined || values.has(name)) throw malformed("attribute empty or twice", { attribute: name });
    if (set.children.length === 1) values.set(name, value);
  }
  const one = (name: string): DerNode => {
    const value = values.get(name);
    if (value === undefined) throw malformed("attribute missing", { attribute: name });
    return value;
  };
  if (readOid(one(OID.contentType)) !== OID.tstInfo) throw malformed("contentType is not TSTInfo");
  const digest = one(OID.messageDigest);
  if (digest.tag !== TAG.octetString) throw malformed("messageDigest");
  return { digest: copyBytes(digest.content), essCertId: readSigningCertificateV2(one(OID.signingCertificateV2)) };
}
