import {
  CAT_SELF_REPORT,
  Citation,
  CLOCK_RULES,
  ClockRule,
  ComplianceAnswers,
  ComplianceCheck,
  calculateRoi,
  checkCompliance,
  RoiInput,
  RoiResult,
} from "@chronoledger/compliance";
import { ChronoError, U64 } from "@chronoledger/core";
import { Regime } from "@chronoledger/core/gateway";
import * as z from "zod";
import { type Route, route } from "../http/route.ts";
import { activityOf, ruleRegimeOf } from "./regime-classes.ts";

const tag = "compliance";

/** The tables, past rules included; `regime` and `activity` are what POST /v1/compliance/stamps takes. */
const Regimes = z.object({
  rules: z.array(z.object({ regime: Regime.nullable(), activity: z.string(), rule: ClockRule })),
  catSelfReport: z.object({ toleranceFactor: z.int(), excursions: z.int(), withinNs: U64, citation: Citation }),
});

/** What needs no account: the tables, the checker and the calculator. */
export const publicComplianceRoutes = (): Route[] => [
  route({
    method: "GET",
    path: "/v1/compliance/regimes",
    operationId: "listRegimes",
    tag,
    summary: "Limits, granularity and retention of every regime and class, with their sources and from when they hold",
    access: "public",
    answer: Regimes,
    async handle() {
      const rules = CLOCK_RULES.map((rule) => ({
        regime: Regime.options.find((name) => ruleRegimeOf(name) === rule.regime) ?? null,
        activity: activityOf(rule.class),
        rule,
      }));
      return { rules, catSelfReport: { ...CAT_SELF_REPORT } };
    },
  }),
  route({
    method: "POST",
    path: "/v1/compliance/check",
    operationId: "checkCompliance",
    tag,
    summary: "Which class a firm's systems are in, whether their clocks are good enough, and what is missing",
    access: "public",
    idempotency: "none",
    body: ComplianceAnswers,
    answer: ComplianceCheck,
    handle: async ({ body }) => checkCompliance(body),
  }),
  route({
    method: "POST",
    path: "/v1/compliance/roi",
    operationId: "calculateRoi",
    tag,
    summary: "Costs of own clocks and of stamps side by side, with every assumption shown",
    access: "public",
    idempotency: "none",
    body: RoiInput,
    answer: RoiResult,
    async handle({ body }) {
      const result = calculateRoi(body);
      // Sums of large inputs leave the integers that JSON keeps exact.
      if (!z.safeEncode(RoiResult, result).success)
        throw new ChronoError("input/out-of-range", { what: "costs" }, { remedy: "enter smaller numbers" });
      return result;
    },
  }),
];
