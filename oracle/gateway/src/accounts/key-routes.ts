import { ApiKey, ApiKeyPage, CreateKey, IssuedKey, KeyId, PageQuery, RotateKey } from "@chronoledger/core/gateway";
import type { Database } from "@chronoledger/service";
import * as z from "zod";
import type { GatewayContext } from "../context.ts";
import type { Caller } from "../http/authenticate.ts";
import { AnswerBook } from "../http/idempotency.ts";
import { positionOf } from "../http/page-cursor.ts";
import { type Route, type RouteInput, route } from "../http/route.ts";
import { runEffect } from "../http/run-effect.ts";
import { listKeys, readKey } from "./key-store.ts";
import { makeKey, revokeKey, rotateKey } from "./manage-keys.ts";
import { requireCaller } from "./require-caller.ts";

const KeyParams = z.object({ id: KeyId });
const access = { scope: "account" } as const;
const tag = "keys";

/** An account's keys, managed by those of them that have the scope account. */
export function keyRoutes({ db, clock, vault, authenticator }: GatewayContext): Route[] {
  const answers = new AnswerBook(vault, () => clock.utcNow());
  const issue = (
    { request, reply, ...input }: Pick<RouteInput<undefined, undefined, undefined>, "caller" | "request" | "reply">,
    effect: (tx: Database, caller: Caller) => Promise<IssuedKey>,
  ): Promise<void> => {
    const caller = requireCaller(input.caller);
    const options = { db, answers, accountId: caller.accountId, request, reply, status: 201, answer: IssuedKey };
    return runEffect(options, (tx) => effect(tx, caller));
  };

  return [
    route({
      method: "POST",
      path: "/v1/keys",
      operationId: "createKey",
      tag,
      summary: "Makes a key, with no more scopes and time than the key that asks; its secret is told this once",
      access,
      body: CreateKey,
      answer: IssuedKey,
      status: 201,
      async handle({ body, ...input }) {
        await issue(input, (tx, caller) => makeKey(tx, caller, body, clock.utcNow()));
        return undefined;
      },
    }),
    route({
      method: "GET",
      path: "/v1/keys",
      operationId: "listKeys",
      tag,
      summary: "The account's keys, newest first, without their secrets",
      access,
      query: PageQuery,
      answer: ApiKeyPage,
      async handle({ query: { limit, cursor }, caller }) {
        const { accountId } = requireCaller(caller);
        return listKeys(db, accountId, limit, cursor === undefined ? undefined : positionOf(cursor));
      },
    }),
    route({
      method: "GET",
      path: "/v1/keys/:id",
      operationId: "getKey",
      tag,
      summary: "One key of the account, without its secret",
      access,
      params: KeyParams,
      answer: ApiKey,
      async handle({ params, caller }) {
        return (await readKey(db, requireCaller(caller).accountId, params.id)).key;
      },
    }),
    route({
      method: "POST",
      path: "/v1/keys/:id/rotate",
      operationId: "rotateKey",
      tag,
      summary: "Makes a key like this one, which then ends after the grace; without a grace, at once",
      access,
      params: KeyParams,
      body: RotateKey,
      answer: IssuedKey,
      status: 201,
      async handle({ params, body, ...input }) {
        await issue(input, (tx, caller) => rotateKey(tx, caller, params.id, body.graceSeconds, clock.utcNow()));
        authenticator.forget(params.id);
        return undefined;
      },
    }),
    route({
      method: "DELETE",
      path: "/v1/keys/:id",
      operationId: "revokeKey",
      tag,
      summary: "Stops a key at once; the last one with the scope account cannot stop itself",
      access,
      params: KeyParams,
      answer: ApiKey,
      async handle({ params, caller }) {
        const own = requireCaller(caller);
        const key = await db.transaction((tx) => revokeKey(tx as unknown as Database, own, params.id, clock.utcNow()));
        authenticator.forget(params.id);
        return key;
      },
    }),
  ];
}
