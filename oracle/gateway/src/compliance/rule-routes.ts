import { AlertPage, CreateRule, PageQuery, Rule, RuleId, RulePage } from "@chronoledger/core/gateway";
import type { Database } from "@chronoledger/service";
import * as z from "zod";
import { requireCaller } from "../accounts/require-caller.ts";
import type { GatewayContext } from "../context.ts";
import { AnswerBook } from "../http/idempotency.ts";
import { type Route, route } from "../http/route.ts";
import { runEffect } from "../http/run-effect.ts";
import { requireCompliance } from "./require-compliance.ts";
import { changeRule, createRule, deleteRule, listAlerts, listRules, readRule } from "./rule-store.ts";

const access = { scope: "compliance" } as const;
const tag = "compliance";
const RuleParams = z.object({ id: RuleId });

/** Rules that the clocks are held against, and what they told. */
export function ruleRoutes({ db, clock, vault, tiers }: GatewayContext): Route[] {
  const answers = new AnswerBook(vault, () => clock.utcNow());
  return [
    route({
      method: "POST",
      path: "/v1/compliance/rules",
      operationId: "createRule",
      tag,
      summary: "Watches the clocks by a rule; a breach and its end are each told once, as an alert and to webhooks",
      access,
      body: CreateRule,
      answer: Rule,
      status: 201,
      async handle({ body, request, reply, ...input }) {
        const { accountId } = requireCompliance(input.caller, "full", tiers);
        const options = { db, answers, accountId, request, reply, status: 201, answer: Rule };
        await runEffect(options, (tx) => createRule(tx, accountId, body, clock.utcNow()));
        return undefined;
      },
    }),
    route({
      method: "GET",
      path: "/v1/compliance/rules",
      operationId: "listRules",
      tag,
      summary: "The account's rules, newest first, and whether they are breached now",
      access,
      query: PageQuery,
      answer: RulePage,
      handle: ({ caller, query }) => listRules(db, requireCaller(caller).accountId, query),
    }),
    route({
      method: "GET",
      path: "/v1/compliance/rules/:id",
      operationId: "getRule",
      tag,
      summary: "One rule of the account, and whether it is breached now",
      access,
      params: RuleParams,
      answer: Rule,
      handle: ({ caller, params }) => readRule(db, requireCaller(caller).accountId, params.id),
    }),
    route({
      method: "PUT",
      path: "/v1/compliance/rules/:id",
      operationId: "changeRule",
      tag,
      summary: "Gives a rule another name or other limits; its kind and its node stay",
      access,
      params: RuleParams,
      body: CreateRule,
      answer: Rule,
      async handle({ caller, params, body }) {
        const { accountId } = requireCompliance(caller, "full", tiers);
        return db.transaction((tx) => changeRule(tx as unknown as Database, accountId, params.id, body));
      },
    }),
    route({
      method: "DELETE",
      path: "/v1/compliance/rules/:id",
      operationId: "deleteRule",
      tag,
      summary: "Stops watching by a rule; the alerts that it raised stay",
      access,
      params: RuleParams,
      answer: Rule,
      handle: ({ caller, params }) => deleteRule(db, requireCaller(caller).accountId, params.id),
    }),
    route({
      method: "GET",
      path: "/v1/compliance/alerts",
      operationId: "listAlerts",
      tag,
      summary: "What the rules told: each breach and its end, newest first",
      access,
      query: PageQuery,
      answer: AlertPage,
      handle: ({ caller, query }) => listAlerts(db, requireCaller(caller).accountId, query),
    }),
  ];
}
