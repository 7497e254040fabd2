import { createHash } from "node:crypto";
import type { AuditReportInput } from "@chronoledger/compliance";
import { encodeProof, isChronoError, NS_PER_S } from "@chronoledger/core";
import type { ReportRequest } from "@chronoledger/core/gateway";
import { sql } from "drizzle-orm";
import type * as z from "zod";
import { readAccount } from "../accounts/account-store.ts";
import type { GatewayContext } from "../context.ts";
import { numeric, rowsOf } from "../store/rows-of.ts";
import { type AccountStamp, accountStamps, countStamps } from "./account-stamps.ts";
import { clockInventory, type LastSeen } from "./clock-inventory.ts";
import { regulatedStamp } from "./compliance-stamp.ts";
import { type ChangeRow, changesIn, configurationDigest, GATEWAY_VERSION, nodeSetDigest } from "./network-changes.ts";
import { observationOf } from "./observation-row.ts";
import { nodesSeen, observationPages } from "./observation-store.ts";
import { periodStatistics } from "./period-statistics.ts";
import { ruleFor, ruleRegimeOf, strictestLimit } from "./regime-classes.ts";
import { readRetention } from "./retention.ts";

const MAX_STAMPS = 100_000;
const MAX_PROOFS = 1_000;
const MAX_CHANGES = 10_000;
const DAY_NS = 86_400n * NS_PER_S;
/** A measurement speaks for four rounds of looks, and for half a minute at least: a restart of the gateway is no gap. */
const MIN_SPACING_NS = 30n * NS_PER_S;
const SPACING_ROUNDS = 4n;
/** Since 2017, for periods in which nobody stated it: it only decides which certificates at the very edge count. */
const TAI_MINUS_UTC = 37;

type Wanted = z.output<typeof ReportRequest>;
type Parts = Pick<GatewayContext, "db" | "clock" | "set" | "arrival" | "stamper" | "config">;
type Span = { readonly fromUtcNs: bigint; readonly toUtcNs: bigint };

/** All that a report rests on, from what is recorded. @throws input/too-large, input/out-of-range, input/not-found */
export async function reportInput(
  parts: Parts,
  of: { readonly reportId: string; readonly accountId: string; readonly wanted: Wanted },
): Promise<AuditReportInput> {
  const { db, clock, set, config } = parts;
  const { accountId, wanted } = of;
  const { fromUtcNs, toUtcNs, includeProofs } = wanted;
  const span = { accountId, fromUtcNs, toUtcNs };
  await countStamps(db, span, includeProofs ? MAX_PROOFS : MAX_STAMPS);
  const now = clock.utcNow();
  const rule = ruleFor(wanted.regime, wanted.activity, (toUtcNs - 1n) as typeof now);
  const statistics = await statisticsOf(parts, span, strictestLimit(rule, fromUtcNs, toUtcNs));
  const stamps: AuditReportInput["stamps"] = [];
  for await (const page of accountStamps(db, span))
    for (const stamp of page) stamps.push(reportStamp(stamp, includeProofs ? await proofOf(parts, stamp) : null));
  const changes = await changesIn(db, {
    ...{ fromUtcNs, toUtcNs, limit: MAX_CHANGES },
    kinds: ["started", "software", "configuration", "quorum", "time", "epoch", "node-set"],
  });
  const account = await readAccount(db, accountId);
  return {
    reportId: of.reportId,
    createdUtcNs: now,
    ...{ fromUtcNs, toUtcNs },
    organisation: wanted.firm ?? account.name,
    account: accountId,
    network: {
      networkId: set.networkId,
      epoch: set.epoch,
      policyId: set.policy.policyId,
      nodes: set.keys.length,
      quorum: set.keys.length - set.f,
      nodeSetDigest: nodeSetDigest(set),
    },
    declared: [{ regime: ruleRegimeOf(wanted.regime), class: rule.class }],
    clocks: clockInventory(set, statistics, {
      seen: await lastSeen(parts, span),
      traceable: config.GATEWAY_TRACEABLE_TO,
    }),
    statistics,
    actions: [],
    software: [
      { component: "gateway", version: GATEWAY_VERSION, digest: configurationDigest(config), sinceUtcNs: null },
      { component: "nodes and aggregator", version: "not told to the gateway", digest: null, sinceUtcNs: null },
    ],
    softwareChanges: changes.flatMap(softwareChange),
    tests: [],
    keyEvents: changes.flatMap(keyEvent),
    stamps,
    stampCount: stamps.length,
    includeProofs,
    retentionYears: await readRetention(db, accountId),
    review: { lastReviewUtcNs: null, reviewer: null, outcome: null },
    certificates: await certificatesOf(parts, span, statistics.taiMinusUtc?.last),
  };
}

async function statisticsOf({ db, set, config, arrival }: Parts, span: Span, limitNs: bigint) {
  const rounds = BigInt(config.GATEWAY_OBSERVE_MS) * 1_000_000n * SPACING_ROUNDS;
  const seen = await nodesSeen(db, span.fromUtcNs, span.toUtcNs);
  const nodes = [...new Set([...set.keys.keys(), ...seen])].toSorted((a, b) => a - b);
  const offset = arrival.now()?.taiMinusUtc ?? TAI_MINUS_UTC;
  return periodStatistics(
    { ...span, limitNs, maxSpacingNs: rounds > MIN_SPACING_NS ? rounds : MIN_SPACING_NS, partNs: DAY_NS, nodes },
    async function* (node) {
      // A look without a reading states no offset: the last one stands in for it.
      let known: number | undefined;
      for await (const page of observationPages(db, { node, ...span }))
        yield page.map((row) => {
          known = row.tai_minus_utc ?? known ?? page.find((one) => one.tai_minus_utc !== null)?.tai_minus_utc ?? offset;
          return observationOf(row, known);
        });
    },
  );
}

function reportStamp(stamp: AccountStamp, proof: Uint8Array | null): AuditReportInput["stamps"][number] {
  const { id, timeUtcNs, uncertaintyNs, imprint, sequence, test } = stamp;
  return { id, timeUtcNs, uncertaintyNs, ...printed(stamp), imprint, sequence, test, proof };
}

function printed(stamp: AccountStamp): Pick<AuditReportInput["stamps"][number], "regime" | "class" | "value"> {
  const { regime, activity } = stamp;
  if (regime === null) return { regime: null, class: null, value: null };
  try {
    const { class: name, value } = regulatedStamp(stamp, regime, activity ?? undefined);
    return { regime: ruleRegimeOf(regime), class: name, value };
  } catch (error) {
    // In a leap second, or without a rule: the stamp is listed without a printed time.
    if (isChronoError(error)) return { regime: ruleRegimeOf(regime), class: null, value: null };
    throw error;
  }
}

/** Proofs of a batch are derived from it, offline: it has none of its own. */
async function proofOf({ stamper }: Parts, stamp: AccountStamp): Promise<Uint8Array | null> {
  if (stamp.count > 1) return null;
  const { block, index } = await stamper.load(stamp.sequence, stamp.leafIndex);
  return encodeProof(block.proof(index));
}

async function lastSeen({ db, set }: Parts, { fromUtcNs, toUtcNs }: Span): Promise<Map<number, LastSeen>> {
  const rows = await rowsOf<{ node: number; source: string; flags: number }>(
    db,
    sql`select n.node, o.source, o.flags from generate_series(0, ${set.keys.length - 1}) as n (node) cross join lateral (
      select source, flags from gateway_observations g where g.node = n.node and g.state <> 'unreachable'
        and g.time_utc >= ${numeric(fromUtcNs)} and g.time_utc < ${numeric(toUtcNs)} order by g.time_utc desc limit 1) o`,
  );
  return new Map(rows.map(({ node, source, flags }) => [node, { source, test: (flags & 1) !== 0 }]));
}

function softwareChange(row: ChangeRow): AuditReportInput["softwareChanges"] {
  if (row.kind === "epoch" || row.kind === "node-set") return [];
  const what = { started: "start", software: "version", configuration: "configuration digest" }[row.kind as string];
  return [
    {
      atUtcNs: BigInt(row.time_utc),
      component: row.subject,
      what: what ?? row.kind,
      from: row.before ?? "none on record",
      to: row.after,
      by: row.gateway,
    },
  ];
}

/** No node told it: the gateway was started with another set. */
function keyEvent(row: ChangeRow): AuditReportInput["keyEvents"] {
  if ((row.kind !== "epoch" && row.kind !== "node-set") || row.before === null) return [];
  const what = row.kind === "epoch" ? "epoch" : "SHA-256 of the node set";
  const detail = `The gateway's node set: ${what} was ${row.before}, is ${row.after}`;
  return [{ atUtcNs: BigInt(row.time_utc), node: 0, event: "epoch-change", detail, resetCount: null }];
}

type AnchorRow = { readonly sequence: string; readonly time_tai: string; readonly certificate: Uint8Array };

/** Of rounds that held stamps of gateways on this database: those that can be shown. */
async function certificatesOf(
  { db }: Parts,
  { fromUtcNs, toUtcNs }: Span,
  taiMinusUtc = TAI_MINUS_UTC,
): Promise<AuditReportInput["certificates"]> {
  const offset = BigInt(taiMinusUtc) * NS_PER_S;
  const within = sql`time_tai >= ${numeric(fromUtcNs + offset)} and time_tai < ${numeric(toUtcNs + offset)}`;
  const [count] = await rowsOf<{ n: string }>(
    db,
    sql`select count(distinct time_tai)::text as n from gateway_batches where ${within}`,
  );
  const anchor = async (order: "asc" | "desc") => {
    const [row] = await rowsOf<AnchorRow>(
      db,
      sql`select sequence::text, time_tai::text, certificate from gateway_batches where ${within}
        order by time_tai ${sql.raw(order)} limit 1`,
    );
    if (row === undefined) return null;
    const digest = createHash("sha256").update(row.certificate).digest();
    return { sequence: BigInt(row.sequence), timeTaiNs: BigInt(row.time_tai), digest };
  };
  return { count: Number(count?.n ?? 0), first: await anchor("asc"), last: await anchor("desc") };
}
