import { ChronoError, NS_PER_S, ZERO_HASH } from "@chronoledger/core";
import type { ReportRequest } from "@chronoledger/core/gateway";
import type * as z from "zod";
import type { GatewayContext } from "../context.ts";
import { type IdempotencyKey, requireSame } from "../http/idempotency.ts";
import { newId } from "../http/new-id.ts";
import { timeIsKnown } from "./give-way.ts";
import { reportInput } from "./report-input.ts";
import { findByKey, type KeptReport, keepReport, markStamped } from "./report-store.ts";
import { runReportTask } from "./run-report-task.ts";

export const MAX_DAYS = 400;
const DAY_NS = 86_400n * NS_PER_S;

type Wanted = z.output<typeof ReportRequest>;
type Parts = Pick<GatewayContext, "db" | "clock" | "set" | "arrival" | "stamper" | "config">;
export type MadeReport = { readonly kept: KeptReport; readonly stampText: string; readonly replayed: boolean };

/** @throws input/out-of-range */
export function requirePeriod(
  { fromUtcNs, toUtcNs }: { readonly fromUtcNs: bigint; readonly toUtcNs: bigint },
  now: bigint,
  maxDays = MAX_DAYS,
): void {
  if (fromUtcNs < toUtcNs && toUtcNs <= now && toUtcNs - fromUtcNs <= BigInt(maxDays) * DAY_NS) return;
  throw new ChronoError(
    "input/out-of-range",
    { fromUtcNs: String(fromUtcNs), toUtcNs: String(toUtcNs), now: String(now), maxDays },
    { remedy: `a period that ends after it begins, not in the future, of at most ${maxDays} days` },
  );
}

/**
 * Builds a report, keeps it, stamps it, and tells where its stamp is. A repeat with the same Idempotency-Key goes on where the first
 * attempt ended.
 * @throws input/out-of-range, input/too-large, idempotency/mismatch, clock/not-available, round/failed
 */
export async function makeReport(
  parts: Parts,
  of: { readonly accountId: string; readonly wanted: Wanted; readonly given: IdempotencyKey | undefined },
): Promise<MadeReport> {
  const { db, clock } = parts;
  const { accountId, given } = of;
  const before = given === undefined ? undefined : await known(parts, accountId, given);
  if (before !== undefined) return finish(parts, accountId, before);
  requirePeriod(of.wanted, clock.utcNow());
  const made = await build(parts, of);
  if (await keepReport(db, accountId, made, given)) return finish(parts, accountId, made);
  const first = given === undefined ? undefined : await known(parts, accountId, given);
  if (first === undefined) throw new ChronoError("idempotency/in-progress", {}, { remedy: "ask again" });
  return finish(parts, accountId, first);
}

async function known({ db }: Parts, accountId: string, given: IdempotencyKey): Promise<KeptReport | undefined> {
  const found = await findByKey(db, accountId, given.key);
  if (found !== undefined) requireSame(found.fingerprint ?? new Uint8Array(), given);
  return found;
}

async function build(
  parts: Parts,
  {
    accountId,
    wanted,
    given,
  }: { readonly accountId: string; readonly wanted: Wanted; readonly given: IdempotencyKey | undefined },
): Promise<KeptReport> {
  const reportId = newId("ar");
  const input = await reportInput(parts, { reportId, accountId, wanted });
  const built = await runReportTask({ kind: "build", input });
  return { ...built, fingerprint: given?.fingerprint ?? null, stamp: undefined };
}

/** The stamp is idempotent by the report's id: whoever comes back for it gets the same. */
async function finish(
  { stamper, db, arrival }: Pick<Parts, "stamper" | "db" | "arrival">,
  accountId: string,
  kept: KeptReport,
): Promise<MadeReport> {
  if (kept.stamp !== undefined) {
    const { block, index } = await stamper.load(kept.stamp.sequence, kept.stamp.leafIndex);
    return { kept, stampText: block.toStampText(index), replayed: true };
  }
  const { id, imprint } = kept.summary;
  await timeIsKnown(arrival);
  const block = await stamper.stamp({
    caller: undefined,
    accountId,
    leaves: [{ imprint, context: ZERO_HASH }],
    meter: "stamp.compliant",
    idempotency: { key: `report/${id}`, fingerprint: Buffer.from(imprint) },
  });
  const { sequence, firstIndex: leafIndex } = block;
  await markStamped(db, id, { sequence, leafIndex });
  return { kept: { ...kept, stamp: { sequence, leafIndex } }, stampText: block.toStampText(), replayed: false };
}
