import { DemandRequest, DemandResponse, RelayerStatus, unixNs } from "@chronoledger/core";
import { type Clock, Gauge, type HttpServer, limitRate, parseInput } from "@chronoledger/service";
import type { CertificateFeed } from "./certificate-feed.ts";
import type { Demands } from "./demands.ts";
import { newestTime, type StoredTime } from "./stored-time.ts";

const RATE_LIMIT = { perSecond: 200, burst: 500 };

/** What a relayer of either chain tells and is told. */
export interface RelayerState {
  readonly submitted: number;
  readonly failed: number;
  readonly stored: StoredTime | undefined;
  consider(readChain: boolean): Promise<void>;
}

export type RelayerRoutes = {
  readonly server: HttpServer;
  readonly clock: Clock;
  readonly chain: RelayerStatus["chain"];
  readonly chainId: number;
  readonly oracle: string;
  readonly account: string;
  readonly demands: Demands;
  readonly feed: CertificateFeed;
  /** Undefined while the chain has never been reached. */
  readonly relayer: () => RelayerState | undefined;
};

/** The HTTP interface of core's wire/relayer-api.ts, with metrics. */
export function addRelayerRoutes(routes: RelayerRoutes): void {
  const { server, demands, relayer, feed } = routes;
  limitRate(server.app, routes.clock, RATE_LIMIT);
  server.app.post("/v1/demands", (request) => {
    demands.add(unixNs(parseInput(DemandRequest, request.body).timeUtcNs));
    void relayer()?.consider(false);
    return DemandResponse.encode({ accepted: true });
  });
  server.app.get("/v1/status", () => {
    const stored = relayer()?.stored;
    return RelayerStatus.encode({
      chain: routes.chain,
      chainId: routes.chainId,
      oracle: routes.oracle,
      account: routes.account,
      submitted: relayer()?.submitted ?? 0,
      failed: relayer()?.failed ?? 0,
      lastSequence: stored === undefined || stored.sequence === 0n ? null : stored.sequence,
      lastTimeTaiNs: newestTime(stored),
    });
  });
  const registers = [server.metrics];
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  gauge("relayer_submitted_total", "Certificates put on chain", () => relayer()?.submitted ?? 0);
  gauge("relayer_failed_total", "Submissions that came to nothing", () => relayer()?.failed ?? 0);
  gauge(
    "relayer_certificates_refused_total",
    "Certificates from the aggregator that are not valid",
    () => feed.refused,
  );
  gauge(
    "relayer_conflicting_certificates_total",
    "Pairs of valid certificates that contradict one another",
    () => feed.conflicts,
  );
  gauge("relayer_demands_open", "Instants demanded on chain in the last minute or ahead", () => demands.open().length);
}
