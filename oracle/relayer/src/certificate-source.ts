import { join } from "node:path";
import type { NodeSet } from "@chronoledger/core";
import { type Clock, keepEvidence, type Logger } from "@chronoledger/service";
import { CertificateFeed } from "./certificate-feed.ts";
import { Demands } from "./demands.ts";

/** The aggregator's side of a relayer, whatever its chain: newest certificates, and instants that somebody wants on chain. */
export type CertificateSource = {
  readonly feed: CertificateFeed;
  readonly demands: Demands;
  /** Follows the aggregator until the signal. @throws what nobody expects */
  run(): Promise<void>;
};

export function certificateSource(options: {
  readonly set: NodeSet;
  readonly aggregatorUrl: string;
  /** Evidence of contradicting certificates is kept there. */
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly onNewest: () => void;
}): CertificateSource {
  const { set, clock, log, signal, onNewest } = options;
  const aggregatorUrl = options.aggregatorUrl.replace(/\/$/, "");
  const evidence = join(options.dataDir, "evidence.jsonl");
  const feed: CertificateFeed = new CertificateFeed({
    ...{ set, log, aggregatorUrl, signal, onNewest },
    keepEvidence: (record) => keepEvidence(evidence, record),
  });
  const demands = new Demands({
    ...{ aggregatorUrl, clock, log, signal },
    taiMinusUtc: () => feed.newest?.fields.taiMinusUtc,
    onCertificate: (bytes) => feed.offer(bytes),
  });
  return {
    ...{ feed, demands },
    async run() {
      await Promise.all([feed.run(), demands.run()]);
    },
  };
}
