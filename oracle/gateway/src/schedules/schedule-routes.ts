import { ChronoError } from "@chronoledger/core";
import {
  CancelResult,
  ExecutionPage,
  ExecutionStatus,
  PageQuery,
  ScheduleId,
  ScheduleRequest,
  SigningSecret,
  type Stamp,
} from "@chronoledger/core/gateway";
import * as z from "zod";
import { requireCaller } from "../accounts/require-caller.ts";
import type { GatewayContext } from "../context.ts";
import { AnswerBook, idempotencyKeyOf } from "../http/idempotency.ts";
import { newId } from "../http/new-id.ts";
import { type Route, route } from "../http/route.ts";
import { runEffect } from "../http/run-effect.ts";
import { cancelSchedule } from "./cancel-schedule.ts";
import { meterOf } from "./complexity.ts";
import { nextScheduleState } from "./schedule-machine.ts";
import { checkTimes, type Plan, planTarget } from "./schedule-request.ts";
import { type ScheduleRow, statusOf } from "./schedule-row.ts";
import { ScheduleStore } from "./schedule-store.ts";
import { readSecret, rotateSecret } from "./signing-secret.ts";

const Params = z.object({ id: ScheduleId });
const shape = { tag: "schedules", access: { scope: "schedule" } } as const;

/** Calls that run at an instant: of contracts on the gateway's chain, and of addresses. */
export function scheduleRoutes(context: GatewayContext): Route[] {
  const { db, clock, vault, config, metering, outbox, stamper, schedules } = context;
  const store = new ScheduleStore(db, outbox);
  const policy = { allowPrivate: config.GATEWAY_PRIVATE_TARGETS };
  const answers = new AnswerBook(vault, () => clock.utcNow());

  const stampOf = async ({ details: { stamp } }: ScheduleRow): Promise<Stamp | null> =>
    stamp === null ? null : stamper.find(BigInt(stamp.sequence), stamp.leafIndex);
  const rowOf = (plan: Plan, body: z.output<typeof ScheduleRequest>, accountId: string): ScheduleRow => ({
    id: newId("sc"),
    accountId,
    kind: plan.kind,
    target: plan.target,
    state: plan.kind === "http" ? nextScheduleState("accepted", "arm") : "accepted",
    executeAt: body.executeUtcNs,
    windowNs: body.windowNs,
    createdAt: clock.utcNow(),
    settled: false,
    chainScheduleId: plan.chainScheduleId,
    nextAttemptAt: body.executeUtcNs,
    firing: false,
    details: {
      calldata: plan.calldata,
      gasLimit: plan.gasLimit,
      description: body.description ?? null,
      attempts: 0,
      httpStatus: null,
      reason: null,
      latenessNs: null,
      latenessUncertaintyNs: null,
      transaction: null,
      blockNumber: null,
      record: null,
      stamp: null,
      evm: plan.evm,
      transactionId: null,
    },
  });

  return [
    route({
      ...shape,
      method: "POST",
      path: "/v1/schedules",
      operationId: "scheduleExecution",
      summary: "Calls a contract or an address at an instant. Charged when accepted",
      body: ScheduleRequest,
      maxBytes: 96 * 1024,
      status: 201,
      answer: ExecutionStatus,
      errors: ["target/refused", "quota/exceeded", "rpc/unavailable", "transaction/insufficient-funds"],
      async handle({ body, caller, request, reply }) {
        const accountId = requireCaller(caller).accountId;
        const given = idempotencyKeyOf(request);
        // A repeat gets its answer, even when its instant has passed meanwhile.
        const known = given === undefined ? undefined : await answers.find(db, accountId, given);
        let plan: Plan | undefined;
        if (known === undefined) {
          checkTimes(body, clock.utcNow());
          plan = await planTarget(body, context, policy);
        }
        const effect = { db, answers, accountId, request, reply, status: 201, answer: ExecutionStatus };
        await runEffect(effect, async (tx) => {
          if (plan === undefined || caller === undefined) throw new ChronoError("internal/unexpected");
          const row = rowOf(plan, body, accountId);
          const { calldata, gasLimit } = plan;
          await metering.charge(tx, caller, meterOf(plan.kind === "evm" ? { calldata, gasLimit } : { calldata }), 1);
          await store.insert(tx, row);
          return statusOf(row, null);
        });
        schedules.wake();
        return undefined;
      },
    }),
    route({
      ...shape,
      method: "GET",
      path: "/v1/schedules",
      operationId: "listSchedules",
      summary: "The account's schedules, newest first",
      query: PageQuery,
      answer: ExecutionPage,
      handle: ({ caller, query }) => store.page(requireCaller(caller).accountId, query),
    }),
    route({
      ...shape,
      method: "GET",
      path: "/v1/schedules/signing-secret",
      operationId: "getScheduleSecret",
      summary: "What signs the calls of addresses",
      answer: SigningSecret,
      handle: ({ caller }) => readSecret(context, requireCaller(caller).accountId, clock.utcNow()),
    }),
    route({
      ...shape,
      method: "POST",
      path: "/v1/schedules/signing-secret/rotate",
      operationId: "rotateScheduleSecret",
      summary: "A new secret; the former one signs as well for 24 hours",
      status: 201,
      answer: SigningSecret,
      async handle({ caller, request, reply }) {
        const accountId = requireCaller(caller).accountId;
        const effect = { db, answers, accountId, request, reply, status: 201, answer: SigningSecret };
        await runEffect(effect, (tx) => rotateSecret({ db: tx, vault }, accountId, clock.utcNow()));
        return undefined;
      },
    }),
    route({
      ...shape,
      method: "GET",
      path: "/v1/schedules/:id",
      operationId: "getExecutionStatus",
      summary: "What became of a schedule. On a chain, of blocks that are final",
      params: Params,
      answer: ExecutionStatus,
      async handle({ caller, params }) {
        const row = await store.find(requireCaller(caller).accountId, params.id);
        return statusOf(row, await stampOf(row));
      },
    }),
    route({
      ...shape,
      method: "DELETE",
      path: "/v1/schedules/:id",
      operationId: "cancelExecution",
      summary: "Cancels a schedule, at once or as soon as its chain allows",
      params: Params,
      answer: CancelResult,
      async handle({ caller, params }) {
        const row = await cancelSchedule(store, requireCaller(caller).accountId, params.id);
        schedules.wake();
        return { cancelled: row.state === "cancelled", status: statusOf(row, await stampOf(row)) };
      },
    }),
  ];
}
