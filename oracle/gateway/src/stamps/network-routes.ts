import { CertificateEntry, NodeSetFile, nodeSetToJson, verifyCertificate } from "@chronoledger/core";
import { GatewayStatus } from "@chronoledger/core/gateway";
import { requestJson, verifyByOpenSsl } from "@chronoledger/service";
import type { GatewayContext } from "../context.ts";
import { type Route, route } from "../http/route.ts";

const TIMEOUT_MS = 2_000;
/** The aggregator is asked for its newest certificate at most so often. */
const FRESH_NS = 100_000_000n;
const tag = "network";

/** What anybody may know of the network behind the gateway. */
export function networkRoutes(context: GatewayContext): Route[] {
  const { config, set, arrival, stamper, databaseKind } = context;
  const latest = latestCertificate(context);
  return [
    route({
      method: "GET",
      path: "/v1/status",
      operationId: "readStatus",
      tag,
      summary: "The network, its reading now, and what this gateway has stamped since it started",
      access: "public",
      answer: GatewayStatus,
      async handle() {
        const now = arrival.now();
        const { sequence, leaves } = stamper.stats;
        return {
          networkId: set.networkId,
          epoch: set.epoch,
          sequence,
          reading:
            now === undefined
              ? null
              : { timeTaiNs: now.time, uncertaintyNs: now.uncertainty, taiMinusUtc: now.taiMinusUtc },
          test: now?.test ?? set.policy.allowTest,
          stamps: leaves,
          database: databaseKind,
          chainId: config.GATEWAY_CHAIN_ID ?? null,
        };
      },
    }),
    route({
      method: "GET",
      path: "/v1/node-set",
      operationId: "readNodeSet",
      tag,
      summary:
        "Keys and policy of the nodes: all that offline verification needs; get it once, from where it is trusted",
      access: "public",
      answer: NodeSetFile,
      async handle({ reply }) {
        reply.send(nodeSetToJson(set));
        return undefined;
      },
    }),
    route({
      method: "GET",
      path: "/v1/certificates/latest",
      operationId: "readLatestCertificate",
      tag,
      summary: "The newest certificate: what a proof that an event came after it binds to",
      access: "public",
      answer: CertificateEntry,
      errors: ["round/failed", "input/not-found"],
      handle: () => latest(),
    }),
  ];
}

function latestCertificate({ config, set, clock }: GatewayContext): () => Promise<CertificateEntry> {
  let asked: { readonly at: bigint; readonly answer: Promise<CertificateEntry> } | undefined;
  const ask = async (): Promise<CertificateEntry> => {
    const entry = await requestJson(`${config.GATEWAY_AGGREGATOR_URL}/v1/certificates/latest`, {
      schema: CertificateEntry,
      timeoutMs: TIMEOUT_MS,
      unreachable: "round/failed",
    });
    const { fields } = verifyCertificate(entry.certificate, set, verifyByOpenSsl);
    const { sequence, time, taiMinusUtc } = fields;
    return { certificate: entry.certificate, sequence, timeTaiNs: time, taiMinusUtc };
  };
  return () => {
    const now = clock.monotonicNow();
    if (asked === undefined || now - asked.at > FRESH_NS) asked = { at: now, answer: ask() };
    return asked.answer;
  };
}
