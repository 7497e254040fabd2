import { isChronoError, NS_PER_MS, NS_PER_S, type UnixNs } from "@chronoledger/core";
import { sql } from "drizzle-orm";
import type { GatewayContext } from "../context.ts";
import { openPost, type PostOutcome } from "../webhooks/guarded-post.ts";
import { signatureHeaders } from "../webhooks/message-signature.ts";
import { type CheckedTarget, parseTarget, resolveTarget, type TargetPolicy } from "../webhooks/target-guard.ts";
import { executionRecord, latenessOf, sha256 } from "./execution-record.ts";
import type { HttpLease } from "./http-lease.ts";
import { isTaken, mayTryAgain, nextCall } from "./http-plan.ts";
import { waitUntil } from "./precise-wait.ts";
import { deadlineOf, type ScheduleRow } from "./schedule-row.ts";
import type { ScheduleStore } from "./schedule-store.ts";
import { scheduleSecrets } from "./signing-secret.ts";

export const ATTEMPT_MS = 10_000;
/** The name is resolved, then the attempt is written down and the connection opened, this much before the instant. */
const RESOLVE_AHEAD_NS = 1n * NS_PER_S;
const OPEN_AHEAD_NS = 150n * NS_PER_MS;
const MARGIN_NS = 10n * NS_PER_S;
/** How long an execution's record is tried to be stamped, and how often. */
const STAMP_FOR_NS = 3_600n * NS_PER_S;
const STAMP_EVERY_NS = 5n * NS_PER_S;

export type HttpCallContext = Pick<GatewayContext, "db" | "clock" | "log" | "vault" | "arrival" | "stamper"> & {
  readonly store: ScheduleStore;
  readonly lease: HttpLease;
  readonly policy: TargetPolicy;
  readonly signal: AbortSignal;
};

const UNKNOWN = "an attempt was under way when its gateway stopped: whether it arrived is not known";

/** Carries on with one claimed row by one step: an attempt, its end, or the stamp of its record. */
export async function advance(context: HttpCallContext, row: ScheduleRow): Promise<void> {
  if (row.state === "executed") return stampRecord(context, row);
  if (row.state === "cancelling") return void (await finish(context, row, "cancel", UNKNOWN));
  // Never before `executeAt`, where it begins.
  const planned = row.nextAttemptAt;
  const { clock, lease, signal } = context;
  if (clock.utcNow() > deadlineOf(row)) return overdue(context, row);
  await waitUntil(clock, planned - RESOLVE_AHEAD_NS, signal);
  const target = await targetOf(context, row);
  if (target === undefined) return;
  await waitUntil(clock, planned - OPEN_AHEAD_NS, signal);
  if (signal.aborted) return;
  const begun = await lease.begin(row, clock.utcNow() + BigInt(ATTEMPT_MS) * NS_PER_MS + MARGIN_NS);
  if (begun !== undefined) await attempt(context, begun, target, planned);
}

async function attempt(
  context: HttpCallContext,
  row: ScheduleRow,
  target: CheckedTarget,
  planned: bigint,
): Promise<void> {
  const { clock, db, vault, signal } = context;
  const body = Buffer.from(row.details.calldata.slice(2), "hex");
  const secrets = await scheduleSecrets({ db, vault }, row.accountId, planned);
  const headers = {
    "content-type": "application/octet-stream",
    "idempotency-key": row.id,
    "chrono-execute-utc-ns": String(row.executeAt),
    ...signatureHeaders(secrets, { id: row.id, timestampS: planned / NS_PER_S, body }),
  };
  const post = openPost({ target, headers, body, timeoutMs: ATTEMPT_MS, clock, signal });
  await waitUntil(clock, planned, signal);
  if (signal.aborted) return post.drop();
  if (clock.utcNow() > deadlineOf(row)) {
    post.drop();
    return overdue(context, { ...row, firing: false, details: { ...row.details, attempts: row.details.attempts - 1 } });
  }
  const outcome = await post.send();
  // Stopped in the middle: whoever takes it up calls again, with the same id.
  if (signal.aborted && outcome.status === null) return;
  await conclude(context, row, outcome);
}

async function conclude(context: HttpCallContext, begun: ScheduleRow, outcome: PostOutcome): Promise<void> {
  const { clock, arrival, lease, store } = context;
  const row = await lease.reload(begun);
  if (row === undefined) return;
  const { status, error, sentAt } = outcome;
  const reason = error ?? `the target answered ${status}`;
  if (status !== null && sentAt !== null && isTaken(status)) {
    const late = latenessOf(row, sentAt, clock.utcNow(), arrival);
    const done = await store.step(row, "execute", {
      settled: false,
      nextAttemptAt: clock.utcNow(),
      details: {
        httpStatus: status,
        reason: null,
        latenessNs: String(late.lateness),
        latenessUncertaintyNs: late.uncertainty === null ? null : String(late.uncertainty),
        record: executionRecord(row, { sentAt, status, attempt: row.details.attempts, ...late }),
      },
    });
    // It was asked to be cancelled in this instant: the call was faster.
    if (done === undefined) return conclude(context, begun, outcome);
    return stampRecord(context, done);
  }
  const failed = { httpStatus: status, reason };
  if (row.state === "cancelling") return void (await store.step(row, "cancel", { details: failed }));
  const next = mayTryAgain(status) ? nextCall(row.details.attempts, clock.utcNow(), deadlineOf(row)) : undefined;
  if (next === undefined) {
    if ((await store.step(row, "fail", { details: failed })) === undefined) return conclude(context, begun, outcome);
  } else if (!(await lease.again(row, next, failed))) return conclude(context, begun, outcome);
}

/** Its window is over. */
async function overdue(context: HttpCallContext, row: ScheduleRow): Promise<void> {
  if (row.firing) return void (await finish(context, row, "expire", UNKNOWN));
  if (row.details.attempts > 0) return void (await finish(context, row, "fail", row.details.reason));
  await finish(context, row, "expire", "no gateway was there in its window");
}

const finish = (
  { store, lease }: HttpCallContext,
  row: ScheduleRow,
  event: "cancel" | "expire" | "fail",
  reason: string | null,
): Promise<ScheduleRow | undefined> =>
  store.step(row, event, { details: { reason, attempts: row.details.attempts } }, lease.held);

/** Undefined when there is nothing to call now; what follows from that is stored. */
async function targetOf(context: HttpCallContext, row: ScheduleRow): Promise<CheckedTarget | undefined> {
  const { clock, policy, store, lease } = context;
  try {
    return await resolveTarget(parseTarget(row.target, policy), policy);
  } catch (error) {
    if (!isChronoError(error)) throw error;
    const details = { reason: error.message };
    const now: UnixNs = clock.utcNow();
    const from = now > row.executeAt ? now : row.executeAt;
    const next = error.code === "target/refused" ? undefined : nextCall(row.details.attempts, from, deadlineOf(row));
    if (next === undefined) await store.step(row, "fail", { details }, lease.held);
    else await lease.again(row, next, details);
    return undefined;
  }
}

/** The execution is known; its record gets a certificate, however often that must be tried: the same one each time. */
async function stampRecord(context: HttpCallContext, row: ScheduleRow): Promise<void> {
  const { clock, log, stamper, store, lease, db } = context;
  const { record } = row.details;
  if (record === null) return store.note(row.id, {}, true);
  const imprint = sha256(record);
  try {
    const block = await stamper.stamp({
      caller: undefined,
      accountId: row.accountId,
      leaves: [{ imprint, context: new Uint8Array(32) }],
      meter: "stamp.precise",
      reference: row.id,
      // A client's own key has no space in it.
      idempotency: { key: `schedule ${row.id}`, fingerprint: imprint },
    });
    await store.note(row.id, { stamp: { sequence: String(block.sequence), leafIndex: block.firstIndex } }, true);
  } catch (error) {
    if (!isChronoError(error)) throw error;
    const now = clock.utcNow();
    if (now - deadlineOf(row) > STAMP_FOR_NS) {
      log.warn({ schedule: row.id, code: error.code }, "the record of an execution was never stamped");
      return store.note(row.id, { reason: `executed; its record could not be stamped: ${error.code}` }, true);
    }
    await db.execute(sql`update gateway_schedules s set next_attempt_at = ${String(now + STAMP_EVERY_NS)}::numeric,
      lease_owner = null, lease_until = null where s.id = ${row.id} and ${lease.held}`);
  }
}
