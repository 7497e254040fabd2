import {
  Account,
  AccountId,
  AccountPage,
  ChangeAccount,
  CreateAccount,
  CreatedAccount,
  CreateKey,
  IssuedKey,
  PageQuery,
  TierList,
} from "@chronoledger/core/gateway";
import * as z from "zod";
import type { GatewayContext } from "../context.ts";
import { AnswerBook, idempotencyKeyOf } from "../http/idempotency.ts";
import { positionOf } from "../http/page-cursor.ts";
import { type Route, route } from "../http/route.ts";
import { runEffect } from "../http/run-effect.ts";
import { changeAccount, listAccounts, readAccount } from "./account-store.ts";
import { makeKeyByOperator } from "./manage-keys.ts";
import { openAccount, requireOpenSignUp, requireUnguessable } from "./open-account.ts";
import { requireCaller } from "./require-caller.ts";
import { SignUpLimit } from "./sign-up-limit.ts";
import { tierList } from "./tiers.ts";

const AccountParams = z.object({ id: AccountId });
const OPERATOR = "operator";
const tag = "accounts";

/** Accounts: the operator's, and what a key may know of its own. */
export function accountRoutes({ config, db, clock, vault, authenticator }: GatewayContext): Route[] {
  const answers = new AnswerBook(vault, () => clock.utcNow());
  const signUps = new SignUpLimit(clock, config.GATEWAY_SIGN_UPS_PER_HOUR);
  /** Whose answers are kept together; addresses are not kept. */
  const scopeOf = (address: string) => `sign-up:${vault.derive("sign-up", address).toString("base64url")}`;

  return [
    route({
      method: "GET",
      path: "/v1/tiers",
      operationId: "listTiers",
      tag,
      summary: "Tiers with their limits, and the price of each meter",
      access: "public",
      answer: TierList,
      handle: async () => tierList,
    }),
    route({
      method: "POST",
      path: "/v1/accounts",
      operationId: "createAccount",
      tag,
      summary:
        "Opens an account with a first key, whose secret is told this once; tiers with a price need the operator's token",
      access: "public",
      body: CreateAccount,
      answer: CreatedAccount,
      status: 201,
      errors: ["auth/refused"],
      async handle({ body, request, reply }) {
        const { authorization } = request.headers;
        const byOperator = authenticator.isOperator(authorization);
        if (!byOperator) {
          requireOpenSignUp(body, { open: config.GATEWAY_OPEN_SIGN_UP, authorization });
          requireUnguessable(idempotencyKeyOf(request)?.key);
        }
        const accountId = byOperator ? OPERATOR : scopeOf(request.ip);
        await runEffect({ db, answers, accountId, request, reply, status: 201, answer: CreatedAccount }, async (tx) => {
          if (!byOperator) signUps.take(request.ip, reply);
          return openAccount(tx, body, clock.utcNow());
        });
        return undefined;
      },
    }),
    route({
      method: "GET",
      path: "/v1/accounts",
      operationId: "listAccounts",
      tag,
      summary: "Every account, newest first",
      access: "operator",
      query: PageQuery,
      answer: AccountPage,
      handle: async ({ query: { limit, cursor } }) =>
        listAccounts(db, limit, cursor === undefined ? undefined : positionOf(cursor)),
    }),
    route({
      method: "GET",
      path: "/v1/accounts/:id",
      operationId: "getAccount",
      tag,
      summary: "One account, for the operator",
      access: "operator",
      params: AccountParams,
      answer: Account,
      handle: async ({ params }) => readAccount(db, params.id),
    }),
    route({
      method: "PATCH",
      path: "/v1/accounts/:id",
      operationId: "changeAccount",
      tag,
      summary: "Changes tier or billing from this month on, or closes an account, whose keys stop at once",
      access: "operator",
      params: AccountParams,
      body: ChangeAccount,
      answer: Account,
      async handle({ params, body }) {
        const account = await changeAccount(db, params.id, body, clock.utcNow());
        authenticator.forget();
        return account;
      },
    }),
    route({
      method: "POST",
      path: "/v1/accounts/:id/keys",
      operationId: "createKeyForAccount",
      tag,
      summary: "Makes a key for an account that has lost its own; its secret is told this once",
      access: "operator",
      params: AccountParams,
      body: CreateKey,
      answer: IssuedKey,
      status: 201,
      async handle({ params, body, request, reply }) {
        const options = { db, answers, accountId: OPERATOR, request, reply, status: 201, answer: IssuedKey };
        await runEffect(options, async (tx) => {
          await readAccount(tx, params.id);
          return makeKeyByOperator(tx, params.id, body, clock.utcNow());
        });
        return undefined;
      },
    }),
    route({
      method: "GET",
      path: "/v1/account",
      operationId: "getOwnAccount",
      tag,
      summary: "The account of the key that asks",
      access: "any-key",
      answer: Account,
      handle: async ({ caller }) => readAccount(db, requireCaller(caller).accountId),
    }),
  ];
}
