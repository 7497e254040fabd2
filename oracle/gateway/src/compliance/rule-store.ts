import { MonitoringRule } from "@chronoledger/compliance";
import { ChronoError, NS_PER_S, type UnixNs } from "@chronoledger/core";
import type { Alert, AlertPage, PageQuery, Rule, RulePage } from "@chronoledger/core/gateway";
import { type Database, parseInput } from "@chronoledger/service";
import { sql } from "drizzle-orm";
import * as z from "zod";
import { newId } from "../http/new-id.ts";
import { pageOfRows } from "../http/page-cursor.ts";
import { afterCursor, numeric, rowsOf } from "../store/rows-of.ts";
import { NO_STATE, type RuleRow } from "./evaluate-rules.ts";
import { MAX_CERTIFICATES } from "./rule-evidence.ts";

export const MAX_RULES = 50;
const MAX_WINDOW_NS = 3_600n * NS_PER_S;
const COLUMNS = sql.raw("id, account_id, name, rule, state, created_at::text");

/** What a client wrote, with our id and name. @throws input/malformed, input/out-of-range */
function ruleOf(value: unknown, id: string, name: string): MonitoringRule {
  const given = typeof value === "object" && value !== null ? value : {};
  const rule = parseInput(MonitoringRule, { clearAfterNs: "0", ...given, id, name });
  if (rule.kind !== "certificate-rate-below") return rule;
  const asked = (BigInt(rule.perMinute) * rule.windowNs) / (60n * NS_PER_S);
  if (rule.windowNs === 0n || rule.windowNs > MAX_WINDOW_NS || asked > BigInt(MAX_CERTIFICATES))
    throw new ChronoError(
      "input/out-of-range",
      { windowNs: String(rule.windowNs), certificates: String(asked) },
      { remedy: `a window of at most an hour, in which at most ${MAX_CERTIFICATES} certificates are asked for` },
    );
  return rule;
}

const toRule = (row: RuleRow): Rule => ({
  id: row.id,
  name: row.name,
  rule: row.rule,
  breached: (row.state as { state?: string }).state === "breached",
  createdUtcNs: BigInt(row.created_at),
});

/** @throws input/out-of-range beyond {@link MAX_RULES}, input/malformed */
export async function createRule(
  tx: Database,
  accountId: string,
  wanted: { readonly name: string; readonly rule: unknown },
  now: UnixNs,
): Promise<Rule> {
  const id = newId("mr");
  const rule = z.encode(MonitoringRule, ruleOf(wanted.rule, id, wanted.name));
  // Two requests at once do not both get the last place.
  await tx.execute(sql`select 1 from gateway_accounts where id = ${accountId} for update`);
  const [count] = await rowsOf<{ n: number }>(
    tx,
    sql`select count(*)::integer as n from gateway_rules where account_id = ${accountId}`,
  );
  if ((count?.n ?? 0) >= MAX_RULES)
    throw new ChronoError("input/out-of-range", { rules: count?.n, limit: MAX_RULES }, { remedy: "delete one" });
  const [row] = await rowsOf<RuleRow>(
    tx,
    sql`insert into gateway_rules (id, account_id, name, rule, state, created_at)
      values (${id}, ${accountId}, ${wanted.name}, ${JSON.stringify(rule)}::jsonb, ${JSON.stringify(NO_STATE)}::jsonb, ${numeric(now)})
      returning ${COLUMNS}`,
  );
  return require(row, id);
}

/** @throws input/not-found */
export const readRule = async (db: Database, accountId: string, id: string): Promise<Rule> =>
  require((await find(db, accountId, id))[0], id);

/**
 * Other limits for the same kind of rule about the same node: the state of a breach stays.
 * @throws input/not-found, input/malformed, input/out-of-range
 */
export async function changeRule(
  tx: Database,
  accountId: string,
  id: string,
  wanted: { readonly name: string; readonly rule: unknown },
): Promise<Rule> {
  const [before] = await rowsOf<RuleRow>(
    tx,
    sql`select ${COLUMNS} from gateway_rules where id = ${id} and account_id = ${accountId} for update`,
  );
  const known = MonitoringRule.parse(require(before, id).rule);
  const rule = ruleOf(wanted.rule, id, wanted.name);
  const nodeOf = (one: MonitoringRule) => ("node" in one ? one.node : null);
  if (rule.kind !== known.kind || nodeOf(rule) !== nodeOf(known))
    throw new ChronoError(
      "input/out-of-range",
      { kind: rule.kind, was: known.kind },
      { remedy: "a rule of another kind or about another node is another rule: make one, and delete this one" },
    );
  const [row] = await rowsOf<RuleRow>(
    tx,
    sql`update gateway_rules set name = ${wanted.name}, rule = ${JSON.stringify(z.encode(MonitoringRule, rule))}::jsonb
      where id = ${id} returning ${COLUMNS}`,
  );
  return require(row, id);
}

/** Its alerts stay. @throws input/not-found */
export async function deleteRule(db: Database, accountId: string, id: string): Promise<Rule> {
  const [row] = await rowsOf<RuleRow>(
    db,
    sql`delete from gateway_rules where id = ${id} and account_id = ${accountId} returning ${COLUMNS}`,
  );
  return require(row, id);
}

export async function listRules(
  db: Database,
  accountId: string,
  { limit, cursor }: PageQuery,
): Promise<z.output<typeof RulePage>> {
  const rows = await rowsOf<RuleRow>(
    db,
    sql`select ${COLUMNS} from gateway_rules where account_id = ${accountId}
      and ${afterCursor(cursor, sql`created_at`, sql`id`)} order by created_at desc, id desc limit ${limit + 1}`,
  );
  return pageOfRows(rows, limit, toRule, ({ created_at, id }) => ({ at: BigInt(created_at), id }));
}

type AlertRow = {
  readonly id: string;
  readonly rule_id: string;
  readonly kind: Alert["kind"];
  readonly time_utc: string;
  readonly message: string;
};

export async function listAlerts(
  db: Database,
  accountId: string,
  { limit, cursor }: PageQuery,
): Promise<z.output<typeof AlertPage>> {
  const rows = await rowsOf<AlertRow>(
    db,
    sql`select id, rule_id, kind, time_utc::text, message from gateway_alerts where account_id = ${accountId}
      and ${afterCursor(cursor, sql`time_utc`, sql`id`)} order by time_utc desc, id desc limit ${limit + 1}`,
  );
  const toAlert = (row: AlertRow): Alert => ({
    id: row.id,
    ruleId: row.rule_id,
    kind: row.kind,
    timeUtcNs: BigInt(row.time_utc),
    message: row.message,
  });
  return pageOfRows(rows, limit, toAlert, ({ time_utc, id }) => ({ at: BigInt(time_utc), id }));
}

const find = (db: Database, accountId: string, id: string): Promise<RuleRow[]> =>
  rowsOf<RuleRow>(db, sql`select ${COLUMNS} from gateway_rules where id = ${id} and account_id = ${accountId}`);

function require(row: RuleRow | undefined, id: string): Rule {
  if (row === undefined) throw new ChronoError("input/not-found", { rule: id });
  return toRule(row);
}
