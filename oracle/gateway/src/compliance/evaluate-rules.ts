import {
  evaluateRule,
  type MonitoringAlert,
  MonitoringRule,
  type RuleState,
  RuleState as RuleStateSchema,
} from "@chronoledger/compliance";
import type { Database } from "@chronoledger/service";
import { sql } from "drizzle-orm";
import * as z from "zod";
import type { GatewayContext } from "../context.ts";
import { newId } from "../http/new-id.ts";
import { numeric, rowsOf } from "../store/rows-of.ts";
import { observationOf } from "./observation-row.ts";
import { observationsSince } from "./observation-store.ts";
import { evidenceFor, observationsNeededSince } from "./rule-evidence.ts";

/** Rules in one transaction. */
const TOGETHER = 200;
/** Looks at each node that a rule is held against at once; about an hour of them. */
const MAX_LOOKS = 1_000;

export type RuleRow = {
  readonly id: string;
  readonly account_id: string;
  readonly name: string;
  readonly rule: unknown;
  readonly state: unknown;
  readonly created_at: string;
};

export const NO_STATE: RuleState = { state: "ok", subjects: {} };

type Held = {
  readonly id: string;
  readonly accountId: string;
  readonly name: string;
  readonly rule: MonitoringRule;
  readonly state: RuleState;
  readonly createdUtcNs: bigint;
};

const heldOf = (row: RuleRow): Held => ({
  id: row.id,
  accountId: row.account_id,
  name: row.name,
  rule: MonitoringRule.parse(row.rule),
  state: RuleStateSchema.parse(row.state),
  createdUtcNs: BigInt(row.created_at),
});

type Parts = Pick<GatewayContext, "db" | "clock" | "outbox" | "set">;

/**
 * Holds every account's rules against what was observed since they were looked at last. State, alerts and messages are written in
 * one transaction, under the rules' locks: a rule that another gateway is looking at is left to it, so one breach is told once.
 */
export async function evaluateRules(parts: Parts, taiMinusUtc: number): Promise<void> {
  for (let after = ""; ; ) {
    const last = await parts.db.transaction((tx) => evaluateSome(parts, tx as unknown as Database, after, taiMinusUtc));
    if (last === undefined) return;
    after = last;
  }
}

/** @returns the id of the last one; undefined when there are no more. */
async function evaluateSome(
  { clock, outbox, set }: Parts,
  tx: Database,
  after: string,
  taiMinusUtc: number,
): Promise<string | undefined> {
  const ids = await rowsOf<{ id: string }>(
    tx,
    sql`select id from gateway_rules where id > ${after} order by id limit ${TOGETHER}`,
  );
  const last = ids.at(-1)?.id;
  if (last === undefined) return undefined;
  const rows = await rowsOf<RuleRow>(
    tx,
    sql`select r.id, r.account_id, r.name, r.rule, r.state, r.created_at::text from gateway_rules r
      join gateway_accounts a on a.id = r.account_id
      where r.id > ${after} and r.id <= ${last} and not a.closed order by r.id for update of r skip locked`,
  );
  const rules = rows.map(heldOf);
  if (rules.length === 0) return last;
  const now = clock.utcNow();
  const found = await observationsSince(tx, {
    nodes: set.keys.length,
    afterUtcNs: observationsNeededSince(rules, now),
    limit: MAX_LOOKS,
  });
  const observations = found.map((row) => observationOf(row, taiMinusUtc));
  const states: { id: string; state: unknown }[] = [];
  const alerts: { held: Held; alert: MonitoringAlert }[] = [];
  for (const held of rules) {
    const extra = await evidenceFor(tx, held.rule, { ...held, now, taiMinusUtc });
    const result = evaluateRule(held.rule, { nowUtcNs: now, observations, ...extra }, held.state);
    states.push({ id: held.id, state: z.encode(RuleStateSchema, result.next) });
    alerts.push(...result.alerts.map((alert) => ({ held, alert })));
  }
  await tx.execute(sql`
    update gateway_rules r set state = o.state from json_to_recordset(${JSON.stringify(states)}::json) as o (id text, state jsonb)
    where r.id = o.id`);
  for (const { held, alert } of alerts) {
    const id = newId("al");
    const kind = alert.kind === "raised" ? "raised" : "cleared";
    await tx.execute(sql`
      insert into gateway_alerts (id, rule_id, account_id, kind, time_utc, message)
      values (${id}, ${held.id}, ${held.accountId}, ${kind}, ${numeric(alert.atUtcNs)}, ${alert.text})`);
    await outbox.enqueue(tx, held.accountId, "compliance.alert", {
      ...{ id, ruleId: held.id, ruleName: held.name, kind, subject: alert.subject, message: alert.text },
      timeUtcNs: String(alert.atUtcNs),
    });
  }
  return last;
}
