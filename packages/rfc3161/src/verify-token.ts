import {
  ChronoError,
  decodeCertificate,
  decodeStatement,
  equalBytes,
  type NodeSet,
  sha256,
  toUtc,
  type UnixNs,
  type VerifiedProof,
  type VerifySignature,
  verifyProof,
  verifySignature,
} from "@chronoledger/core";
import { accuracyOf } from "./accuracy.ts";
import { parseX509, type X509 } from "./certificate.ts";
import { refusalAsTsa, refusalAt, refusalByIssuer } from "./certificate-profile.ts";
import { parseToken, type TimeStampToken } from "./parse-token.ts";
import type { TstInfo } from "./tst-info.ts";

/** Whom to believe: the TSA's own certificate (DER), or that of the authority which issued it. */
export type Trust = { readonly tsaCertificate: Uint8Array } | { readonly issuerCertificate: Uint8Array };

export type VerifyTokenOptions = {
  /** SHA-256 of the data, 32 bytes. */
  readonly imprint: Uint8Array;
  /** Of the request; a token without it, or with another, is refused. Not looked at when not given. */
  readonly nonce?: bigint;
  /** Dotted decimal; any when not given. */
  readonly policy?: string;
  readonly trust: Trust;
  /** When given, the certificate must be valid at this instant too, and not only at genTime. */
  readonly at?: UnixNs;
  /** When given, the token must carry a proof by this set that agrees with what the token says. */
  readonly nodeSet?: NodeSet;
  /** For a faster verifier of the quorum's signatures, with the same verdicts. */
  readonly verify?: VerifySignature;
};

export type VerifiedToken = {
  readonly token: TimeStampToken;
  readonly info: TstInfo;
  /** DER of the certificate whose key signed. */
  readonly tsaCertificate: Uint8Array;
  /** What the quorum proves; set when a node set was given. */
  readonly proof?: VerifiedProof;
};

const badCertificate = (reason: string): ChronoError => new ChronoError("certificate/signature", { reason });
const badContext = (reason: string): ChronoError => new ChronoError("proof/context", { reason });

/** The certificate of the signing key: the one that the signed attribute names by its hash. */
function signingCertificate(token: TimeStampToken, trust: Trust): X509 {
  const isSigner = (der: Uint8Array): boolean => equalBytes(sha256(der), token.essCertId.certHash);
  const carried = token.certificates.find(isSigner);
  if (token.certificates.length > 0 && carried === undefined)
    throw badCertificate("the token carries certificates, but not that of its signer");
  if ("issuerCertificate" in trust) {
    if (carried === undefined) throw badCertificate("the token does not carry its signer's certificate");
    return parseX509(carried);
  }
  if (!isSigner(trust.tsaCertificate)) throw badCertificate("another certificate than the trusted one has signed");
  return parseX509(trust.tsaCertificate);
}

function checkCertificate(token: TimeStampToken, certificate: X509, options: VerifyTokenOptions): Uint8Array {
  const { essCertId, signer, info } = token;
  const isNamed =
    equalBytes(signer.issuer, certificate.issuer) &&
    signer.serial === certificate.serial &&
    (essCertId.issuer === undefined || equalBytes(essCertId.issuer, certificate.issuer)) &&
    (essCertId.serial === undefined || essCertId.serial === certificate.serial) &&
    (info.tsaName === undefined || equalBytes(info.tsaName, certificate.subject));
  if (!isNamed) throw badCertificate("the names in the token are not those of its certificate");
  const refusal =
    refusalAsTsa(certificate) ??
    refusalAt(certificate, info.genTime) ??
    (options.at === undefined ? undefined : refusalAt(certificate, options.at)) ??
    ("issuerCertificate" in options.trust
      ? refusalByIssuer(certificate, parseX509(options.trust.issuerCertificate), info.genTime)
      : undefined);
  if (refusal !== undefined || certificate.publicKey === undefined)
    throw badCertificate(`the certificate of the TSA: ${refusal}`);
  return certificate.publicKey;
}

/** EN 319 422 section 5.2.2, and what the caller asked for. */
function checkInfo(info: TstInfo, options: VerifyTokenOptions): void {
  if (!equalBytes(info.imprint, options.imprint)) throw badContext("the token is about another imprint");
  if (options.nonce !== undefined && info.nonce !== options.nonce) throw badContext("the nonce is not the request's");
  if (options.policy !== undefined && info.policy !== options.policy) throw badContext(`the policy is ${info.policy}`);
  if (info.ordering) throw badContext("ordering is claimed, which EN 319 422 forbids");
  if (info.accuracy === undefined) throw badContext("no accuracy is stated");
  const critical = info.extensions.find((one) => one.critical);
  if (critical !== undefined) throw badContext(`the critical extension ${critical.oid} is forbidden by EN 319 422`);
}

function checkProof(token: TimeStampToken, set: NodeSet, verify: VerifySignature): VerifiedProof {
  const { info, proof } = token;
  if (proof === undefined) throw badContext("the token carries no ChronoLedger proof");
  const verified = verifyProof(proof, set, { verify });
  const { taiMinusUtc } = decodeStatement(decodeCertificate(proof.certificate).statement);
  const { leaf } = verified;
  if (!equalBytes(leaf.imprint, info.imprint)) throw badContext("the proof inside is about another imprint");
  if (toUtc(leaf.time, taiMinusUtc) !== info.genTime || accuracyOf(leaf.uncertainty) !== info.accuracy)
    throw badContext("the proof inside states another time or accuracy");
  return verified;
}

/**
 * Verifies a TimeStampToken offline: the CMS signature (ECDSA P-256 over SHA-256), the certificate's hash in the signed
 * attributes, its fitness and validity at genTime, imprint, nonce, and the profile of EN 319 422; with a node set, also the
 * quorum's proof inside. Revocation is for the caller: it takes a network.
 * @throws proof/malformed, certificate/signature, proof/context, input/malformed (a certificate that cannot be read); with a node
 * set, whatever core's `verifyProof` throws
 */
export function verifyToken(der: Uint8Array, options: VerifyTokenOptions): VerifiedToken {
  const token = parseToken(der);
  checkInfo(token.info, options);
  if (!equalBytes(sha256(token.infoDer), token.digest))
    throw badCertificate("the signed digest is not that of the content");
  const certificate = signingCertificate(token, options.trust);
  const key = checkCertificate(token, certificate, options);
  if (!verifySignature(token.signedAttributes, token.signature, key))
    throw badCertificate("the signature does not verify");
  const result = { token, info: token.info, tsaCertificate: certificate.der };
  if (options.nodeSet === undefined) return result;
  return { ...result, proof: checkProof(token, options.nodeSet, options.verify ?? verifySignature) };
}
