import { ChronoError, copyBytes, decodeProof, isChronoError, type TemporalProof } from "@chronoledger/core";
import { isEcdsaWithSha256, isSha256, readAlgorithm } from "./algorithm.ts";
import { contextTag, type DerNode, malformed, readDer, readInteger, readOid, TAG } from "./der.ts";
import { DerCursor } from "./der-cursor.ts";
import { readEcdsaSignature } from "./ecdsa-signature.ts";
import { OID, PROOF_EXTENSION_OID } from "./object-identifiers.ts";
import { readSignedAttributes } from "./signed-attributes.ts";
import type { EssCertId } from "./signing-certificate.ts";
import { readTstInfo, type TstInfo } from "./tst-info.ts";

/** EN 319 422 annex C; the file extension is `.tst`. */
export const TOKEN_MEDIA_TYPE = "application/vnd.etsi.timestamp-token";
/** A token with a proof of 32 levels and 32 signers, and a chain of certificates, has less than a tenth of it. */
export const MAX_TOKEN_BYTES = 65_536;

/** A TimeStampToken as it reads; nothing in it is verified. */
export type TimeStampToken = {
  readonly info: TstInfo;
  /** What the digest in the signed attributes is of. */
  readonly infoDer: Uint8Array;
  /** DER, in the order of the token. */
  readonly certificates: readonly Uint8Array[];
  /** DER of the signed attributes as the SET that is signed. */
  readonly signedAttributes: Uint8Array;
  readonly digest: Uint8Array;
  readonly essCertId: EssCertId;
  readonly signer: { readonly issuer: Uint8Array; readonly serial: bigint };
  /** r || s, with low s whichever was written. */
  readonly signature: Uint8Array;
  /** The ChronoLedger proof that travels inside, if one does. */
  readonly proof?: TemporalProof;
};

function readProof(info: TstInfo): TemporalProof | undefined {
  const extension = info.extensions.find((one) => one.oid === PROOF_EXTENSION_OID);
  if (extension === undefined) return undefined;
  const node = readDer(extension.value, MAX_TOKEN_BYTES);
  if (node.tag !== TAG.octetString) throw malformed("proof extension");
  return decodeProof(copyBytes(node.content));
}

function readSigner(node: DerNode): Omit<TimeStampToken, "info" | "infoDer" | "certificates" | "proof"> {
  const cursor = new DerCursor(node, TAG.sequence, "SignerInfo");
  const version = readInteger(cursor.next(TAG.integer), 1);
  if (version !== 1n) throw malformed("SignerInfo version", { version: String(version) });
  const id = new DerCursor(cursor.next(TAG.sequence), TAG.sequence, "IssuerAndSerialNumber");
  const signer = { issuer: copyBytes(id.next(TAG.sequence).raw), serial: readInteger(id.next(TAG.integer), 21) };
  id.end();
  const hash = readAlgorithm(cursor.next(TAG.sequence));
  const attributes = cursor.next(contextTag(0));
  const algorithm = readAlgorithm(cursor.next(TAG.sequence));
  const signature = cursor.next(TAG.octetString);
  // Unsigned attributes (a later archive stamp, say) are no part of what was stamped.
  cursor.optional(contextTag(1));
  cursor.end();
  if (!isSha256(hash) || !isEcdsaWithSha256(algorithm))
    throw malformed("signature is not ECDSA over SHA-256", { hash: hash.oid, algorithm: algorithm.oid });
  const signedAttributes = copyBytes(attributes.raw);
  signedAttributes[0] = TAG.set;
  return {
    signer,
    signedAttributes,
    ...readSignedAttributes(attributes),
    signature: readEcdsaSignature(signature.content),
  };
}

function read(der: Uint8Array): TimeStampToken {
  const outer = new DerCursor(readDer(der, MAX_TOKEN_BYTES), TAG.sequence, "ContentInfo");
  if (readOid(outer.next(TAG.oid)) !== OID.signedData) throw malformed("content is not SignedData");
  const explicit = outer.next(contextTag(0));
  outer.end();
  const data = new DerCursor(
    new DerCursor(explicit, contextTag(0), "content").only(TAG.sequence),
    TAG.sequence,
    "SignedData",
  );
  const version = readInteger(data.next(TAG.integer), 1);
  if (version !== 3n) throw malformed("SignedData version", { version: String(version) });
  const hashes = new DerCursor(data.next(TAG.set), TAG.set, "digestAlgorithms").only(TAG.sequence);
  if (!isSha256(readAlgorithm(hashes))) throw malformed("digest algorithm is not SHA-256");
  const content = new DerCursor(data.next(TAG.sequence), TAG.sequence, "encapContentInfo");
  if (readOid(content.next(TAG.oid)) !== OID.tstInfo) throw malformed("content is not TSTInfo");
  const inner = content.next(contextTag(0));
  content.end();
  const infoDer = copyBytes(new DerCursor(inner, contextTag(0), "eContent").only(TAG.octetString).content);
  const certificates = data.optional(contextTag(0))?.children ?? [];
  // Exactly one signer (RFC 3161 section 2.4.2); revocation lists are not read, so a token with some is refused.
  const signer = new DerCursor(data.next(TAG.set), TAG.set, "signerInfos").only(TAG.sequence);
  data.end();
  const info = readTstInfo(infoDer);
  const proof = readProof(info);
  return {
    info,
    infoDer,
    certificates: certificates.map((one) => copyBytes(one.raw)),
    ...readSigner(signer),
    ...(proof === undefined ? {} : { proof }),
  };
}

/** Reads, strictly and in DER, what {@link verifyToken} verifies. @throws proof/malformed */
export function parseToken(der: Uint8Array): TimeStampToken {
  try {
    return read(der);
  } catch (error) {
    if (isChronoError(error) && error.code === "proof/malformed") throw error;
    const reason = isChronoError(error) ? error.details.reason : undefined;
    throw new ChronoError("proof/malformed", { what: "time-stamp token", bytes: der.length, reason }, { cause: error });
  }
}
