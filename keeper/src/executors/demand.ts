import { DemandRequest, DemandResponse, type UnixNs } from "@chronoledger/core";
import { requestJson } from "@chronoledger/service";

const TIMEOUT_MS = 2_000;

/** Asks the relayer for attested time on chain at or after an instant. @throws round/failed when it cannot be asked, or what it answered */
export async function demandAttestedTime(relayerUrl: string, time: UnixNs): Promise<void> {
  await requestJson(new URL("/v1/demands", relayerUrl).href, {
    schema: DemandResponse,
    body: DemandRequest.encode({ timeUtcNs: time }),
    timeoutMs: TIMEOUT_MS,
    unreachable: "round/failed",
  });
}
