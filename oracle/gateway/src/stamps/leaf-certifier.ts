import { AppointmentRequest, CertificateEntry, LeafBatchResponse } from "@chronoledger/core";
import { requestJson } from "@chronoledger/service";

const TIMEOUT_MS = 15_000;

/** Gets leaves into a certificate. What it answers is not trusted: it is verified. */
export interface LeafCertifier {
  /** @param leaves 96 bytes each. @throws round/failed, clock/not-available, and what the aggregator reports */
  certify(leaves: Uint8Array, signal: AbortSignal): Promise<LeafBatchResponse>;
}

/** Gets an imprint into the certificate at an instant. */
export interface Appointer {
  /** @param timeoutMs how long the answer may take: it comes after the instant. */
  appoint(
    request: { readonly timeTaiNs: bigint; readonly imprint: Uint8Array },
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<CertificateEntry>;
}

/** The aggregator's HTTP interface. */
export const httpLeafCertifier = (aggregatorUrl: string): LeafCertifier & Appointer => ({
  certify: (leaves, signal) =>
    requestJson(`${aggregatorUrl}/v1/leaves`, {
      schema: LeafBatchResponse,
      body: leaves,
      timeoutMs: TIMEOUT_MS,
      signal,
      unreachable: "round/failed",
    }),
  appoint: (request, timeoutMs, signal) =>
    requestJson(`${aggregatorUrl}/v1/appointments`, {
      schema: CertificateEntry,
      body: AppointmentRequest.encode(request),
      timeoutMs,
      signal,
      unreachable: "round/failed",
    }),
});
