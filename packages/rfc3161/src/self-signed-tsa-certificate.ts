import { ChronoError, isOnCurve, type UnixNs } from "@chronoledger/core";
import { bitString, oid, sequence } from "./der.ts";
import type { SignDer } from "./ecdsa-signature.ts";
import { distinguishedName, encodeCertificate } from "./encode-certificate.ts";
import { OID } from "./object-identifiers.ts";

function checkOptions(options: SelfSignedOptions): void {
  const { commonName, serial, notBefore, notAfter, publicKey } = options;
  if (commonName.length < 1 || commonName.length > 64)
    throw new ChronoError("input/out-of-range", {
      what: "common name",
      characters: commonName.length,
      range: "1 to 64",
    });
  if (serial < 1n || serial >= 1n << 159n)
    throw new ChronoError("input/out-of-range", {
      what: "serial number",
      value: String(serial),
      range: "1 to 2^159 - 1",
    });
  if (notBefore >= notAfter)
    throw new ChronoError("input/out-of-range", { what: "validity", from: String(notBefore), until: String(notAfter) });
  if (!isOnCurve(publicKey))
    throw new ChronoError("input/out-of-range", { what: "public key", need: "x || y of a point of P-256, 64 bytes" });
}

export type SelfSignedOptions = {
  /** Unique for each TSA, 1 to 64 characters. */
  readonly commonName: string;
  /** 1 to 2^159 - 1 (RFC 5280 section 4.1.2.2: at most 20 octets, positive). */
  readonly serial: bigint;
  /** Both are cut to the whole second. */
  readonly notBefore: UnixNs;
  readonly notAfter: UnixNs;
  /** x || y, 64 bytes, of the key that `sign` uses. */
  readonly publicKey: Uint8Array;
  readonly sign: SignDer;
};

/**
 * A certificate for development networks: it vouches for itself, and its subject says that it is not a qualified TSA.
 * @returns DER of X.509 v3 with the critical extended key usage timeStamping alone, and the critical key usage digitalSignature.
 * @throws input/out-of-range, input/malformed (what `sign` gave is no signature)
 */
export async function selfSignedTsaCertificate(options: SelfSignedOptions): Promise<Uint8Array> {
  checkOptions(options);
  const { serial, notBefore, notAfter, publicKey, sign } = options;
  const name = distinguishedName("ChronoLedger development network", "Not a qualified TSA", options.commonName);
  const extensions = [
    { oid: OID.basicConstraints, critical: true, value: sequence() },
    { oid: OID.keyUsage, critical: true, value: bitString(Uint8Array.of(0x80), 7) },
    { oid: OID.extendedKeyUsage, critical: true, value: sequence(oid(OID.timeStamping)) },
  ];
  return encodeCertificate({
    issuer: name,
    subject: name,
    serial,
    notBefore,
    notAfter,
    publicKey,
    extensions,
    sign,
  });
}
