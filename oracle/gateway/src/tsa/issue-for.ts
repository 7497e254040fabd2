import { randomBytes } from "node:crypto";
import { type DurationNs, decodeCertificate, decodeLeaf, decodeStatement, NS_PER_S } from "@chronoledger/core";
import { issueToken, type TimeStampRequest } from "@chronoledger/rfc3161";
import type { StampedBlock } from "../context.ts";
import type { Tsa } from "./open-tsa.ts";
import { serialOf } from "./serial-of.ts";

/**
 * The policy that tokens name: SHA-256 imprints, accuracy of 1 s or better, and the quorum's proof inside. Under 2.25 by a UUID
 * (ITU-T X.667), so nobody had to register it.
 */
export const TSA_POLICY = "2.25.177814316996654978848567436775752302581";
/** EN 319 421 asks for an accuracy of 1 s or better. */
export const MAX_UNCERTAINTY = NS_PER_S as DurationNs;

const SERIAL_BYTES = 16;

/**
 * The token of a stamp, from its proof, which the gateway verified when it was made.
 * @param index within the request's leaves.
 * @param request what the token must repeat; the imprint is that of the stamp.
 * @returns DER of the TimeStampToken. Each has a serial number of its own, also when it is issued again.
 * @throws clock/not-available when the stamp's uncertainty is beyond {@link MAX_UNCERTAINTY}, config/invalid
 */
export function issueFor(
  tsa: Tsa,
  block: StampedBlock,
  index: number,
  request: { readonly includeCertificates: boolean } & Partial<Pick<TimeStampRequest, "nonce" | "nullParameters">>,
): Promise<Uint8Array> {
  const proof = block.proof(index);
  const { time, uncertainty, imprint } = decodeLeaf(proof.leaf);
  const { taiMinusUtc } = decodeStatement(decodeCertificate(proof.certificate).statement);
  return issueToken(
    { proof, time, uncertainty, taiMinusUtc },
    {
      imprint,
      ...request,
      serial: serialOf(randomBytes(SERIAL_BYTES)),
      policy: TSA_POLICY,
      certificates: tsa.certificates,
      sign: tsa.sign,
      maxUncertainty: MAX_UNCERTAINTY,
      namesTsa: true,
    },
  );
}
