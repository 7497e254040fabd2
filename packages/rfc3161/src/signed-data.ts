import { sha256 } from "@chronoledger/core";
import { ecdsaWithSha256Algorithm, sha256Algorithm } from "./algorithm.ts";
import type { X509 } from "./certificate.ts";
import { contextTag, integer, octetString, oid, sequence, setOf, tlv } from "./der.ts";
import { normalisedDer, type SignDer } from "./ecdsa-signature.ts";
import { OID } from "./object-identifiers.ts";
import { encodeSignedAttributes } from "./signed-attributes.ts";

/** [n] IMPLICIT in place of the universal tag. */
const retagged = (der: Uint8Array, tag: number): Uint8Array => {
  const copy = Uint8Array.from(der);
  copy[0] = tag;
  return copy;
};

/**
 * CMS SignedData (RFC 5652) over a TSTInfo, by one signer, ECDSA P-256 over SHA-256. The certificate is not judged.
 * @param info DER of the TSTInfo. @param options.certificates what the token carries; none when empty.
 * @returns DER of the ContentInfo. @throws input/malformed when what `sign` gave is no signature
 */
export async function signedData(
  info: Uint8Array,
  options: { readonly signer: X509; readonly certificates: readonly Uint8Array[]; readonly sign: SignDer },
): Promise<Uint8Array> {
  const { signer, certificates, sign } = options;
  const attributes = encodeSignedAttributes(sha256(info), signer);
  const signature = normalisedDer(await sign(attributes));
  const signerInfo = sequence(
    integer(1n),
    sequence(signer.issuer, integer(signer.serial)),
    sha256Algorithm(),
    retagged(attributes, contextTag(0)),
    ecdsaWithSha256Algorithm(),
    octetString(signature),
  );
  const content = sequence(
    integer(3n),
    setOf(sha256Algorithm()),
    sequence(oid(OID.tstInfo), tlv(contextTag(0), octetString(info))),
    ...(certificates.length === 0 ? [] : [retagged(setOf(...certificates), contextTag(0))]),
    setOf(signerInfo),
  );
  return sequence(oid(OID.signedData), tlv(contextTag(0), content));
}
