import {
  ChronoError,
  durationNs,
  encodeCertificate,
  encodeLeaf,
  encodeStatement,
  FLAG,
  KIND,
  NS_PER_S,
  toTai,
  type UnixNs,
  ZERO_HASH,
} from "@chronoledger/core";
import { issueToken, verifyToken } from "@chronoledger/rfc3161";
import { MAX_UNCERTAINTY, TSA_POLICY } from "./issue-for.ts";
import type { Tsa } from "./open-tsa.ts";

const TAI_MINUS_UTC = 37;

/**
 * Issues a token about nothing and verifies it: key and certificate belong together, and the certificate is one of a time-stamping
 * authority that is valid now.
 * @throws config/invalid
 */
export async function checkTsa(tsa: Tsa, now: UnixNs): Promise<void> {
  const time = toTai(now, TAI_MINUS_UTC);
  const uncertainty = durationNs(NS_PER_S / 2n);
  const flags = FLAG.test;
  const statement = encodeStatement({
    ...{ kind: KIND.quorum, flags, taiMinusUtc: TAI_MINUS_UTC, networkId: 0, epoch: 0, policyId: 0, time, uncertainty },
    ...{ sequence: 1n, previousTime: time, imprint: ZERO_HASH, link: ZERO_HASH, anchor: ZERO_HASH },
  });
  const leaf = encodeLeaf({
    time,
    uncertainty,
    serial: 0n,
    policyId: 0,
    flags,
    imprint: ZERO_HASH,
    context: ZERO_HASH,
  });
  const certificate = encodeCertificate({ statement, signers: [], signatures: [] });
  const proof = { leaf, index: 0, size: 1, path: [], certificate };
  try {
    const token = await issueToken(
      { proof, time, uncertainty, taiMinusUtc: TAI_MINUS_UTC },
      {
        imprint: ZERO_HASH,
        includeCertificates: true,
        serial: 1n,
        policy: TSA_POLICY,
        certificates: tsa.certificates,
        sign: tsa.sign,
        maxUncertainty: MAX_UNCERTAINTY,
      },
    );
    verifyToken(token, { imprint: ZERO_HASH, trust: { tsaCertificate: tsa.certificates[0] }, at: now });
  } catch (cause) {
    throw new ChronoError(
      "config/invalid",
      { what: "TSA key and certificate", reason: cause instanceof Error ? cause.message : "unknown" },
      { cause, remedy: "a P-256 key and its certificate with the critical extended key usage timeStamping alone" },
    );
  }
}
