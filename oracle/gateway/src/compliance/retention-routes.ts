import { Retention } from "@chronoledger/core/gateway";
import { requireCaller } from "../accounts/require-caller.ts";
import type { GatewayContext } from "../context.ts";
import { type Route, route } from "../http/route.ts";
import { readRetention, writeRetention } from "./retention.ts";

const access = { scope: "compliance" } as const;
const tag = "compliance";
const path = "/v1/compliance/retention";

/** How long an account's records are kept at least. */
export const retentionRoutes = ({ db }: GatewayContext): Route[] => [
  route({
    method: "GET",
    path,
    operationId: "getRetention",
    tag,
    summary: "How many years the records that this account needs are kept at least",
    access,
    answer: Retention,
    async handle({ caller }) {
      return { years: await readRetention(db, requireCaller(caller).accountId) };
    },
  }),
  route({
    method: "PUT",
    path,
    operationId: "setRetention",
    tag,
    summary: "Sets how many years the records that this account needs are kept at least: 5 to 30",
    access,
    body: Retention,
    answer: Retention,
    async handle({ caller, body: { years } }) {
      await writeRetention(db, requireCaller(caller).accountId, years);
      return { years };
    },
  }),
];
