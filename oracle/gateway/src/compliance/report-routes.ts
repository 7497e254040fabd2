import { PageQuery, ReportId, ReportPage, ReportRequest, StoredReport } from "@chronoledger/core/gateway";
import * as z from "zod";
import { requireCaller } from "../accounts/require-caller.ts";
import type { GatewayContext } from "../context.ts";
import { idempotencyKeyOf } from "../http/idempotency.ts";
import { preferredType } from "../http/preferred-type.ts";
import { type Route, route } from "../http/route.ts";
import { makeReport } from "./make-report.ts";
import { OneAtATime } from "./one-at-a-time.ts";
import { listReports, readReport, storedReportText } from "./report-store.ts";
import { reportCsv, reportPdf } from "./report-views.ts";
import { requireCompliance } from "./require-compliance.ts";

/** The stamped bytes themselves, as a file for `chrono verify`. */
const CANONICAL = "application/vnd.chronoledger.audit-report+json";
const [JSON_TYPE, CSV, PDF] = ["application/json", "text/csv", "application/pdf"] as const;
/** Reports that wait while one is made; further requests are told to come later. */
const MOST_WAITING = 8;
const access = { scope: "compliance" } as const;
const tag = "compliance";

/** Audit reports: made, stamped, kept, and shown as JSON, CSV and PDF. */
export function reportRoutes(context: GatewayContext): Route[] {
  const { db, stamper, tiers } = context;
  const work = new OneAtATime(MOST_WAITING);
  return [
    route({
      method: "POST",
      path: "/v1/compliance/reports",
      operationId: "createReport",
      tag,
      summary: "Makes the audit report of a period, of at most 400 days and 100,000 stamps, and stamps it",
      access,
      body: ReportRequest,
      answer: StoredReport,
      status: 201,
      errors: ["auth/forbidden", "clock/not-available", "round/failed", "round/conflict", "process/failed"],
      // The report's row is the kept answer: it is found by the key.
      async handle({ body, request, reply, ...input }) {
        const { accountId } = requireCompliance(input.caller, body.includeProofs ? "audit" : "full", tiers);
        const given = idempotencyKeyOf(request);
        const made = await work.run(() => makeReport(context, { accountId, wanted: body, given }));
        if (made.replayed) reply.header("Idempotency-Replayed", "true");
        await reply.code(201).type(JSON_TYPE).send(storedReportText(made.kept, made.stampText));
        return undefined;
      },
    }),
    route({
      method: "GET",
      path: "/v1/compliance/reports",
      operationId: "listReports",
      tag,
      summary: "The account's audit reports, newest first, without their contents",
      access,
      query: PageQuery,
      answer: ReportPage,
      handle: ({ caller, query }) => listReports(db, requireCaller(caller).accountId, query),
    }),
    route({
      method: "GET",
      path: "/v1/compliance/reports/:id",
      operationId: "getReport",
      tag,
      summary:
        "An audit report with its stamp; by Accept the stamped bytes alone, CSV parts one after the other, or a PDF",
      access,
      params: z.object({ id: ReportId }),
      answer: StoredReport,
      otherAnswers: [CANONICAL, CSV, PDF],
      errors: ["input/too-large", "process/failed"],
      async handle({ caller, params, request, reply }) {
        const kept = await readReport(db, requireCaller(caller).accountId, params.id);
        const place = kept.stamp ?? { sequence: 0n, leafIndex: 0 };
        const { block, index } = await stamper.load(place.sequence, place.leafIndex);
        const type = preferredType(request.headers.accept, [JSON_TYPE, CANONICAL, CSV, PDF]);
        reply.header("Vary", "Accept").type(type === CSV ? "text/csv; charset=utf-8" : type);
        const attach = (ending: string) =>
          reply.header("Content-Disposition", `attachment; filename="${params.id}.${ending}"`);
        if (type === CANONICAL) await attach("json").send(kept.text);
        else if (type === CSV) await attach("csv").send(await work.run(() => reportCsv(kept)));
        else if (type === PDF) {
          const pdf = await work.run(() => reportPdf(kept, block, index));
          await attach("pdf").send(pdf);
        } else await reply.send(storedReportText(kept, block.toStampText(index)));
        return undefined;
      },
    }),
  ];
}
