import type { MonitoringEvidence, MonitoringRule, RuleState } from "@chronoledger/compliance";
import { NS_PER_S } from "@chronoledger/core";
import type { Database } from "@chronoledger/service";
import { type SQL, sql } from "drizzle-orm";
import { batchId, stampId } from "../stamps/stamp-ids.ts";
import { numeric, rowsOf } from "../store/rows-of.ts";
import { larger, smaller } from "./bigint-order.ts";

/** A stamp is stored a little after its time, and not in its order: those of the last moments are left for the next look. */
const SETTLED_NS = 10n * NS_PER_S;
/** How far back a rule is held against what it has not seen, such as after an outage of the gateway. */
const MAX_BACK_NS = 3_600n * NS_PER_S;
const MAX_STAMPS = 1_000;
/** Certificates that a rule can ask for in its window. */
export const MAX_CERTIFICATES = 100_000;

type Stamps = MonitoringEvidence["stamps"];
type StampRow = {
  readonly sequence: string;
  readonly leaf_index: string;
  readonly count: number;
  readonly time_utc: string;
  readonly uncertainty: string;
};

const stampsWhere = async (db: Database, accountId: string, where: SQL, limit: number): Promise<Stamps> => {
  const rows = await rowsOf<StampRow>(
    db,
    sql`select sequence::text, leaf_index::text, count, time_utc::text, uncertainty::text from gateway_stamps
      where account_id = ${accountId} and ${where} order by time_utc desc limit ${limit}`,
  );
  return rows.map((row) => ({
    id:
      row.count === 1
        ? stampId(BigInt(row.sequence), Number(row.leaf_index))
        : batchId(BigInt(row.sequence), Number(row.leaf_index), row.count),
    timeUtcNs: BigInt(row.time_utc),
    uncertaintyNs: BigInt(row.uncertainty),
  }));
};

/** Those outside the limit since the last look, and the newest one: what lies between would change nothing. */
async function stampEvidence(
  db: Database,
  of: { readonly accountId: string; readonly limitNs: bigint; readonly now: bigint; readonly last: bigint },
): Promise<Stamps> {
  const oldest = larger(of.last, of.now - MAX_BACK_NS);
  const period = sql`time_utc > ${numeric(oldest)} and time_utc <= ${numeric(of.now - SETTLED_NS)}`;
  const bad = await stampsWhere(db, of.accountId, sql`${period} and uncertainty > ${numeric(of.limitNs)}`, MAX_STAMPS);
  const newest = await stampsWhere(db, of.accountId, period, 1);
  return [...bad, ...newest.filter(({ id }) => bad.every((one) => one.id !== id))];
}

/** Of rounds that held stamps of gateways on this database, which are those that they know of. */
async function certificateEvidence(
  db: Database,
  of: { readonly now: bigint; readonly windowNs: bigint; readonly taiMinusUtc: number },
): Promise<bigint[]> {
  const offset = BigInt(of.taiMinusUtc) * NS_PER_S;
  const rows = await rowsOf<{ time_tai: string }>(
    db,
    sql`select distinct time_tai::text from gateway_batches where time_tai > ${numeric(of.now - of.windowNs + offset)}
      and time_tai <= ${numeric(of.now + offset)} limit ${MAX_CERTIFICATES + 1}`,
  );
  return rows.map(({ time_tai }) => BigInt(time_tai) - offset);
}

/** What one rule needs beside the observations, which all rules share. */
export async function evidenceFor(
  db: Database,
  rule: MonitoringRule,
  of: {
    readonly accountId: string;
    readonly state: RuleState;
    readonly createdUtcNs: bigint;
    readonly now: bigint;
    readonly taiMinusUtc: number;
  },
): Promise<Pick<MonitoringEvidence, "stamps" | "certificatesUtcNs">> {
  const { accountId, now, taiMinusUtc } = of;
  if (rule.kind === "stamp-outside-limit") {
    const last = of.state.subjects.stamps?.lastUtcNs ?? of.createdUtcNs;
    return { stamps: await stampEvidence(db, { accountId, limitNs: rule.limitNs, now, last }), certificatesUtcNs: [] };
  }
  if (rule.kind !== "certificate-rate-below") return { stamps: [], certificatesUtcNs: [] };
  return {
    stamps: [],
    certificatesUtcNs: await certificateEvidence(db, { now, windowNs: rule.windowNs, taiMinusUtc }),
  };
}

/** From when on observations are needed for rules in these states. */
export function observationsNeededSince(
  states: readonly { readonly state: RuleState; readonly createdUtcNs: bigint }[],
  now: bigint,
): bigint {
  const lasts = states.flatMap(({ state, createdUtcNs }) => {
    const known = Object.entries(state.subjects).flatMap(([name, { lastUtcNs }]) =>
      name.startsWith("node ") && lastUtcNs !== null ? [lastUtcNs] : [],
    );
    return known.length === 0 ? [createdUtcNs] : known;
  });
  const oldest = lasts.reduce(smaller, now);
  return larger(oldest, now - MAX_BACK_NS);
}
