/**
 * The private, never critical, extension of TSTInfo that carries a ChronoLedger temporal proof: its value is the DER of an
 * OCTET STRING holding the binary form of the proof (`encodeProof` of core: leaf, path, certificate). The arc is that of the
 * UUID c2db7626-f331-4b75-be09-fb9f1276b4a5 under 2.25 (ITU-T X.667), so nobody had to register it.
 */
export const PROOF_EXTENSION_OID = "2.25.259009740604560664134338595900523721893";

export const OID = {
  sha256: "2.16.840.1.101.3.4.2.1",
  ecPublicKey: "1.2.840.10045.2.1",
  p256: "1.2.840.10045.3.1.7",
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  signedData: "1.2.840.113549.1.7.2",
  contentType: "1.2.840.113549.1.9.3",
  messageDigest: "1.2.840.113549.1.9.4",
  /** RFC 3161 section 2.4.2. */
  tstInfo: "1.2.840.113549.1.9.16.1.4",
  /** RFC 5035, which RFC 5816 brings to time-stamp tokens. */
  signingCertificateV2: "1.2.840.113549.1.9.16.2.47",
  commonName: "2.5.4.3",
  organization: "2.5.4.10",
  organizationalUnit: "2.5.4.11",
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  basicConstraints: "2.5.29.19",
  extendedKeyUsage: "2.5.29.37",
  timeStamping: "1.3.6.1.5.5.7.3.8",
} as const;
