import { equalBytes, type UnixNs, verifySignature } from "@chronoledger/core";
import type { X509 } from "./certificate.ts";
import { malformed, readDer, readInteger, readOid, TAG } from "./der.ts";
import { DerCursor } from "./der-cursor.ts";
import { readEcdsaSignature } from "./ecdsa-signature.ts";
import { OID } from "./object-identifiers.ts";

const UNDERSTOOD: readonly string[] = [OID.keyUsage, OID.extendedKeyUsage, OID.basicConstraints];
const DIGITAL_SIGNATURE_OR_NON_REPUDIATION = 0xc0;
const KEY_CERT_SIGN = 0x04;

const extensionOf = (certificate: X509, oid: string) => certificate.extensions.find((one) => one.oid === oid);

/** The first nine usages fit one octet but for decipherOnly, which no certificate here may have. */
function keyUsage(certificate: X509): number | undefined {
  const extension = extensionOf(certificate, OID.keyUsage);
  if (extension === undefined) return undefined;
  const node = readDer(extension.value, 8);
  const [unused = 8, bits = 0] = node.content;
  if (node.tag !== TAG.bitString || node.content.length !== 2 || unused > 7) throw malformed("key usage");
  return bits;
}

function isAuthority(certificate: X509): boolean {
  const extension = extensionOf(certificate, OID.basicConstraints);
  if (extension === undefined) return false;
  const cursor = new DerCursor(readDer(extension.value, 32), TAG.sequence, "BasicConstraints");
  const flag = cursor.optional(TAG.boolean);
  const depth = cursor.optional(TAG.integer);
  cursor.end();
  if (depth !== undefined) readInteger(depth, 4);
  return flag?.content[0] === 0xff;
}

/**
 * RFC 3161 section 2.3: the key serves time-stamping alone, and says so in a critical extension; of the usages, signing alone.
 * @returns why the certificate may not stamp with ECDSA P-256, or undefined when it may.
 * @throws input/malformed when an extension cannot be read
 */
export function refusalAsTsa(certificate: X509): string | undefined {
  if (certificate.publicKey === undefined) return "its key is not of P-256";
  const purpose = extensionOf(certificate, OID.extendedKeyUsage);
  if (purpose === undefined) return "it has no extended key usage";
  if (!purpose.critical) return "its extended key usage is not critical";
  const purposes = readDer(purpose.value, 512).children.map(readOid);
  if (purposes.length !== 1 || purposes[0] !== OID.timeStamping)
    return "its extended key usage is not time-stamping alone";
  const usage = keyUsage(certificate);
  if (usage !== undefined && (usage === 0 || (usage & ~DIGITAL_SIGNATURE_OR_NON_REPUDIATION) !== 0))
    return "its key usage is not signing alone";
  const unknown = certificate.extensions.find((one) => one.critical && !UNDERSTOOD.includes(one.oid));
  return unknown === undefined ? undefined : `its critical extension ${unknown.oid} is not understood`;
}

/** @returns why the certificate was not valid at the instant, or undefined when it was. */
export const refusalAt = (certificate: X509, time: UnixNs): string | undefined =>
  time < certificate.notBefore || time > certificate.notAfter
    ? `it is valid from ${certificate.notBefore} to ${certificate.notAfter}, in nanoseconds of UTC, and not at ${time}`
    : undefined;

/** @returns why the issuer does not vouch for the certificate at the instant, or undefined when it does. One step, no path. */
export function refusalByIssuer(certificate: X509, issuer: X509, time: UnixNs): string | undefined {
  if (!equalBytes(certificate.issuer, issuer.subject)) return "another issuer is named in it";
  if (!isAuthority(issuer)) return "its issuer is no authority";
  const usage = keyUsage(issuer);
  if (usage !== undefined && (usage & KEY_CERT_SIGN) === 0) return "its issuer's key may not sign certificates";
  const unknown = issuer.extensions.find((one) => one.critical && !UNDERSTOOD.includes(one.oid));
  if (unknown !== undefined) return `its issuer's critical extension ${unknown.oid} is not understood`;
  if (refusalAt(issuer, time) !== undefined) return "its issuer was not valid at that time";
  if (certificate.signature === undefined || issuer.publicKey === undefined)
    return "it is not signed with ECDSA P-256 over SHA-256";
  return verifySignature(certificate.tbs, readEcdsaSignature(certificate.signature), issuer.publicKey)
    ? undefined
    : "its issuer's signature does not verify";
}
