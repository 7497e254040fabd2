import {
  AppointmentRequest,
  CertificateEntry,
  ChronoError,
  errorFromProblem,
  LeafBatchResponse,
} from "@chronoledger/core";
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
  certify: (leaves, signal) => postLeaves(`${aggregatorUrl}/v1/leaves`, leaves, signal),
  appoint: (request, timeoutMs, signal) =>
    requestJson(`${aggregatorUrl}/v1/appointments`, {
      schema: CertificateEntry,
      body: AppointmentRequest.encode(request),
      timeoutMs,
      signal,
      unreachable: "round/failed",
    }),
});

async function postLeaves(url: string, leaves: Uint8Array, signal: AbortSignal): Promise<LeafBatchResponse> {
  let status = 0;
  let body: unknown;
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/octet-stream" },
      body: leaves as Uint8Array<ArrayBuffer>,
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      redirect: "error",
    });
    status = response.status;
    body = await response.json();
  } catch (cause) {
    throw new ChronoError("round/failed", { reason: "the aggregator did not answer", status }, { cause });
  }
  if (status >= 400) throw errorFromProblem(body, "round/failed", { status });
  const parsed = LeafBatchResponse.safeDecode(body as never);
  if (!parsed.success)
    throw new ChronoError(
      "round/failed",
      { reason: "the aggregator's answer has another form" },
      { cause: parsed.error },
    );
  return parsed.data;
}
