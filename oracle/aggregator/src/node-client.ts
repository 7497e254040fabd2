import { CosignRequest, CosignResponse, NodeInfo } from "@chronoledger/core";
import { requestJson } from "@chronoledger/service";
import type * as z from "zod";

export type Cosign = z.output<typeof CosignRequest>;

/** One TMN node as the aggregator sees it. */
export interface NodeClient {
  readonly url: string;
  /** @throws what the node answered, or round/failed when it cannot be reached */
  cosign(request: Cosign, timeoutMs: number): Promise<z.output<typeof CosignResponse>>;
  info(timeoutMs: number): Promise<NodeInfo>;
}

export function httpNodeClient(url: string, token: string): NodeClient {
  return {
    url,
    cosign: (request, timeoutMs) =>
      requestJson(`${url}/v1/cosign`, {
        schema: CosignResponse,
        body: CosignRequest.encode(request),
        token,
        timeoutMs,
        unreachable: "process/failed",
      }),
    info: (timeoutMs) => requestJson(`${url}/v1/info`, { schema: NodeInfo, timeoutMs, unreachable: "process/failed" }),
  };
}
