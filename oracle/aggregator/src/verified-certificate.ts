import {
  type CertificateEntry,
  type NodeSet,
  type Statement,
  statementDigest,
  verifyCertificate,
} from "@chronoledger/core";
import { verifyByOpenSsl } from "@chronoledger/service";

/** A certificate whose signatures have been checked. */
export type VerifiedCertificate = {
  readonly bytes: Uint8Array;
  readonly statement: Uint8Array;
  readonly digest: Uint8Array;
  readonly fields: Statement;
};

/** @throws why it is not valid */
export function verifiedCertificate(bytes: Uint8Array, set: NodeSet): VerifiedCertificate {
  const { statement, fields } = verifyCertificate(bytes, set, verifyByOpenSsl);
  return { bytes, statement, fields, digest: statementDigest(statement) };
}

export const entryOf = ({ bytes, fields }: VerifiedCertificate): CertificateEntry => ({
  certificate: bytes,
  sequence: fields.sequence,
  timeTaiNs: fields.time,
  taiMinusUtc: fields.taiMinusUtc,
});
