import {
  ChronoError,
  type DurationNs,
  decodeCertificate,
  decodeLeaf,
  decodeStatement,
  encodeProof,
  equalBytes,
  isChronoError,
  type TaiNs,
  type TemporalProof,
  toUtc,
} from "@chronoledger/core";
import { accuracyOf } from "./accuracy.ts";
import { parseX509, type X509 } from "./certificate.ts";
import { refusalAsTsa, refusalAt } from "./certificate-profile.ts";
import { octetString } from "./der.ts";
import type { SignDer } from "./ecdsa-signature.ts";
import { PROOF_EXTENSION_OID } from "./object-identifiers.ts";
import { signedData } from "./signed-data.ts";
import { encodeTstInfo } from "./tst-info.ts";

/** A proof that core's `verifyProof` accepted, and what it says. */
export type StampedReading = {
  readonly proof: TemporalProof;
  /** The leaf's. */
  readonly time: TaiNs;
  readonly uncertainty: DurationNs;
  /** Seconds, from the certificate's statement. */
  readonly taiMinusUtc: number;
};

export type TokenOptions = {
  /** Of the request: SHA-256, 32 bytes. No token is issued when the proof is about another. */
  readonly imprint: Uint8Array;
  /** As in the request. */
  readonly nullParameters?: boolean;
  readonly nonce?: bigint;
  /** `certReq` of the request: whether the token carries the certificates. */
  readonly includeCertificates: boolean;
  /** Unique for this TSA, 1 to 2^160 - 1. */
  readonly serial: bigint;
  /** Of the TSA, dotted decimal. */
  readonly policy: string;
  /** DER, the TSA's own first, then those of its chain. */
  readonly certificates: readonly [Uint8Array, ...Uint8Array[]];
  readonly sign: SignDer;
  /** Stated in the TSA's policy: nothing is issued beyond it. Nanoseconds. */
  readonly maxUncertainty: DurationNs;
  /** Whether the token repeats the subject of the certificate as its `tsa`. */
  readonly namesTsa?: boolean;
};

/** The certificate was put there by the operator, so an unfit one is a mistake of configuration. */
function tsaCertificate(der: Uint8Array): X509 {
  const certificate = parseX509(der);
  const refusal = refusalAsTsa(certificate);
  if (refusal === undefined) return certificate;
  throw new ChronoError(
    "config/invalid",
    { failInfo: "systemFailure", reason: `the TSA certificate cannot be used: ${refusal}` },
    { remedy: "Configure a P-256 certificate with the critical extended key usage timeStamping alone" },
  );
}

function checkReading({ proof, time, uncertainty, taiMinusUtc }: StampedReading, options: TokenOptions): void {
  const leaf = decodeLeaf(proof.leaf);
  if (!equalBytes(leaf.imprint, options.imprint))
    throw new ChronoError("proof/context", {
      failInfo: "systemFailure",
      reason: "the proof is not about the requested imprint",
    });
  const stated = decodeStatement(decodeCertificate(proof.certificate).statement).taiMinusUtc;
  if (leaf.time !== time || leaf.uncertainty !== uncertainty || stated !== taiMinusUtc)
    throw new ChronoError("proof/context", {
      failInfo: "systemFailure",
      reason: "the reading is not that of the proof",
      leaf: String(leaf.time),
      reading: String(time),
    });
  if (uncertainty > options.maxUncertainty)
    throw new ChronoError(
      "clock/not-available",
      { failInfo: "timeNotAvailable", uncertainty: String(uncertainty), most: String(options.maxUncertainty) },
      { remedy: "Try again when the clock is within its stated accuracy" },
    );
}

async function build(stamped: StampedReading, options: TokenOptions): Promise<Uint8Array> {
  const { serial, nonce } = options;
  checkReading(stamped, options);
  if (serial < 1n || serial >= 1n << 160n)
    throw new ChronoError("input/out-of-range", {
      failInfo: "systemFailure",
      what: "serial number",
      value: String(serial),
      range: "1 to 2^160 - 1",
    });
  const certificate = tsaCertificate(options.certificates[0]);
  const genTime = toUtc(stamped.time, stamped.taiMinusUtc);
  const outside = refusalAt(certificate, genTime);
  if (outside !== undefined)
    throw new ChronoError("config/invalid", { failInfo: "systemFailure", reason: `the TSA certificate: ${outside}` });
  const info = encodeTstInfo({
    policy: options.policy,
    imprint: options.imprint,
    nullParameters: options.nullParameters ?? false,
    serial,
    genTime,
    accuracy: accuracyOf(stamped.uncertainty),
    ...(nonce === undefined ? {} : { nonce }),
    ...(options.namesTsa === true ? { tsaName: certificate.subject } : {}),
    extensions: [{ oid: PROOF_EXTENSION_OID, critical: false, value: octetString(encodeProof(stamped.proof)) }],
  });
  return signedData(info, {
    signer: certificate,
    certificates: options.includeCertificates ? options.certificates : [],
    sign: options.sign,
  });
}

/**
 * The TimeStampToken of RFC 3161, RFC 5816 and EN 319 422: genTime is the leaf's reading, accuracy its uncertainty rounded up to
 * 1 us. The proof, which must have been verified, travels inside, in {@link PROOF_EXTENSION_OID}.
 * @returns DER.
 * @throws proof/context, clock/not-available, input/out-of-range, config/invalid (the TSA's certificate, its policy, or what `sign`
 * gave); `failureOf` says what to answer. What `sign` throws passes through.
 */
export async function issueToken(stamped: StampedReading, options: TokenOptions): Promise<Uint8Array> {
  try {
    return await build(stamped, options);
  } catch (error) {
    if (!isChronoError(error) || error.code !== "input/malformed") throw error;
    // The client's request was read before; what does not read here is the operator's.
    throw new ChronoError(
      "config/invalid",
      { failInfo: "systemFailure", reason: error.message },
      { cause: error, remedy: "Check the TSA's certificate, its policy, and the module that signs" },
    );
  }
}
