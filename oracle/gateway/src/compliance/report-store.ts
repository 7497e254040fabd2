import { ChronoError } from "@chronoledger/core";
import { type PageQuery, type ReportPage, ReportSummary } from "@chronoledger/core/gateway";
import type { Database } from "@chronoledger/service";
import { sql } from "drizzle-orm";
import * as z from "zod";
import type { IdempotencyKey } from "../http/idempotency.ts";
import { pageOfRows } from "../http/page-cursor.ts";
import { afterCursor, numeric, rowsOf } from "../store/rows-of.ts";

type SummaryRow = {
  readonly id: string;
  readonly from_utc: string;
  readonly to_utc: string;
  readonly created_at: string;
  readonly imprint: Uint8Array;
  readonly summary: { readonly stamps: number; readonly excursions: number; readonly verdict: string };
};
type Row = SummaryRow & {
  readonly report: string;
  readonly fingerprint: Uint8Array | null;
  readonly sequence: string | null;
  readonly leaf_index: string | null;
};

export type KeptReport = {
  readonly summary: ReportSummary;
  /** Canonical JSON. */
  readonly text: string;
  readonly fingerprint: Uint8Array | null;
  /** Where its stamp is; undefined while it has none. */
  readonly stamp: { readonly sequence: bigint; readonly leafIndex: number } | undefined;
};

const SUMMARY = "id, from_utc::text, to_utc::text, created_at::text, imprint, summary";
const COLUMNS = sql.raw(`${SUMMARY}, report, fingerprint, sequence::text, leaf_index::text`);

const toSummary = (row: SummaryRow): ReportSummary => ({
  id: row.id,
  fromUtcNs: BigInt(row.from_utc),
  toUtcNs: BigInt(row.to_utc),
  createdUtcNs: BigInt(row.created_at),
  imprint: row.imprint,
  ...row.summary,
});

const toKept = (row: Row): KeptReport => ({
  summary: toSummary(row),
  text: row.report,
  fingerprint: row.fingerprint,
  stamp:
    row.sequence === null || row.leaf_index === null
      ? undefined
      : { sequence: BigInt(row.sequence), leafIndex: Number(row.leaf_index) },
});

/**
 * Kept before it is stamped, so that a repeat after a crash stamps the same bytes, and not another report.
 * @returns false when another request with the key was faster.
 */
export async function keepReport(
  db: Database,
  accountId: string,
  report: { readonly summary: ReportSummary; readonly text: string },
  given: IdempotencyKey | undefined,
): Promise<boolean> {
  const { id, fromUtcNs, toUtcNs, createdUtcNs, imprint, stamps, excursions, verdict } = report.summary;
  const rows = await rowsOf<{ id: string }>(
    db,
    sql`insert into gateway_reports (id, account_id, from_utc, to_utc, created_at, imprint, summary, report, idempotency_key, fingerprint)
      values (${id}, ${accountId}, ${numeric(fromUtcNs)}, ${numeric(toUtcNs)}, ${numeric(createdUtcNs)}, ${Buffer.from(imprint)},
        ${JSON.stringify({ stamps, excursions, verdict })}::jsonb, ${report.text}, ${given?.key ?? null}, ${given?.fingerprint ?? null})
      on conflict do nothing returning id`,
  );
  return rows.length > 0;
}

export async function findByKey(db: Database, accountId: string, key: string): Promise<KeptReport | undefined> {
  const [row] = await rowsOf<Row>(
    db,
    sql`select ${COLUMNS} from gateway_reports where account_id = ${accountId} and idempotency_key = ${key}`,
  );
  return row === undefined ? undefined : toKept(row);
}

export async function markStamped(
  db: Database,
  id: string,
  stamp: { readonly sequence: bigint; readonly leafIndex: number },
): Promise<void> {
  await db.execute(sql`
    update gateway_reports set sequence = ${numeric(stamp.sequence)}, leaf_index = ${stamp.leafIndex}
    where id = ${id} and sequence is null`);
}

/** Stamped ones only. @throws input/not-found */
export async function readReport(db: Database, accountId: string, id: string): Promise<KeptReport> {
  const [row] = await rowsOf<Row>(
    db,
    sql`select ${COLUMNS} from gateway_reports where id = ${id} and account_id = ${accountId} and sequence is not null`,
  );
  if (row === undefined) throw new ChronoError("input/not-found", { report: id });
  return toKept(row);
}

export async function listReports(
  db: Database,
  accountId: string,
  { limit, cursor }: PageQuery,
): Promise<z.output<typeof ReportPage>> {
  const rows = await rowsOf<SummaryRow>(
    db,
    sql`select ${sql.raw(SUMMARY)} from gateway_reports where account_id = ${accountId} and sequence is not null
      and ${afterCursor(cursor, sql`created_at`, sql`id`)} order by created_at desc, id desc limit ${limit + 1}`,
  );
  return pageOfRows(rows, limit, toSummary, ({ created_at, id }) => ({ at: BigInt(created_at), id }));
}

/** `{summary, report, stamp}` without taking the report's text apart: its bytes are what was stamped. */
export const storedReportText = ({ summary, text }: KeptReport, stampText: string): string =>
  `{"summary":${JSON.stringify(z.encode(ReportSummary, summary))},"report":${text},"stamp":${stampText}}`;
