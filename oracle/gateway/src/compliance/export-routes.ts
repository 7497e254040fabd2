import { type ComplianceExportRow, exportComplianceData, leapOfFlags } from "@chronoledger/compliance";
import { ChronoError, NS_PER_S, toBase64Url } from "@chronoledger/core";
import { ComplianceExport, ExportRequest } from "@chronoledger/core/gateway";
import type * as z from "zod";
import type { GatewayContext } from "../context.ts";
import { type Route, route } from "../http/route.ts";
import { stampId } from "../stamps/stamp-ids.ts";
import { issueFor } from "../tsa/issue-for.ts";
import { openTsa } from "../tsa/open-tsa.ts";
import { type AccountStamp, accountStamps, countStamps, type StampSpan } from "./account-stamps.ts";
import { chainOf } from "./clock-inventory.ts";
import { ALL_COLUMNS, customCsv } from "./custom-csv.ts";
import { requirePeriod } from "./make-report.ts";
import { OneAtATime } from "./one-at-a-time.ts";
import { requireCompliance } from "./require-compliance.ts";

const MAX_ENTRIES = 10_000;
/** Each is signed. */
const MAX_TOKENS = 500;
const MOST_WAITING = 8;

/** An account's stamps as a file. */
export function exportRoutes(context: GatewayContext): Route[] {
  const { db, clock, tiers } = context;
  const work = new OneAtATime(MOST_WAITING);
  return [
    route({
      method: "POST",
      path: "/v1/compliance/exports",
      operationId: "exportComplianceData",
      tag: "compliance",
      summary:
        "The account's stamps of a period as a file: at most 10,000 entries, or 500 RFC 3161 tokens as JSON of id and token",
      access: { scope: "compliance" },
      body: ExportRequest,
      answer: ComplianceExport,
      errors: ["auth/forbidden", "clock/not-available"],
      idempotency: "none",
      async handle({ body, caller }) {
        const { accountId } = requireCompliance(caller, "full", tiers);
        requirePeriod(body, clock.utcNow());
        return work.run(() => make(context, body, { accountId, ...body }));
      },
    }),
  ];

  async function make(
    parts: GatewayContext,
    body: z.output<typeof ExportRequest>,
    span: StampSpan,
  ): Promise<ComplianceExport> {
    const { leaves } = await countStamps(db, span, MAX_ENTRIES);
    if (body.format === "RFC3161" && leaves > MAX_TOKENS)
      throw new ChronoError("input/too-large", { tokens: leaves, limit: MAX_TOKENS }, { remedy: "shorten the period" });
    const stamps: AccountStamp[] = [];
    for await (const page of accountStamps(db, span)) stamps.push(...page);
    if (body.format === "RFC3161") return tokens(parts, stamps);
    const { mediaType, text } = fileOf(parts, body, stamps);
    return { format: body.format, mediaType, count: stamps.length, content: text, encoding: "text" };
  }
}

function fileOf(
  { config, arrival }: GatewayContext,
  { format, digits = 9, columns = [...ALL_COLUMNS] }: z.output<typeof ExportRequest>,
  stamps: readonly AccountStamp[],
): { readonly mediaType: string; readonly text: string } {
  if (format === "Custom")
    return {
      mediaType: "text/csv; charset=utf-8",
      text: customCsv(stamps, columns, { digits, proofUrl: config.GATEWAY_PUBLIC_URL ?? "" }),
    };
  if (format === "ISO8601") return exportComplianceData(stamps.map(exportRow), { format, digits });
  // The label names NIST only where the operator documented a chain to it; a row with the test flag never has it.
  const reading = arrival.now();
  const chain = chainOf(
    0,
    { source: "the network's nodes", test: false },
    { uncertaintyNs: reading?.uncertainty ?? 0n, traceable: config.GATEWAY_TRACEABLE_TO },
  );
  return exportComplianceData(stamps.map(exportRow), { format: "NIST", chain });
}

const exportRow = (stamp: AccountStamp): ComplianceExportRow => ({
  id: stamp.id,
  timeUtcNs: stamp.timeUtcNs,
  uncertaintyNs: stamp.uncertaintyNs,
  existedBeforeUtcNs: stamp.existedBeforeTaiNs - BigInt(stamp.taiMinusUtc) * NS_PER_S,
  regime: stamp.regime,
  imprint: toBase64Url(stamp.imprint),
  sequence: stamp.sequence,
  leap: leapOfFlags(stamp.flags),
  test: stamp.test,
});

/** A JSON array of `{id, token}`, the token being base64 of DER: each can be cut out and given to any RFC 3161 verifier. */
async function tokens(parts: GatewayContext, stamps: readonly AccountStamp[]): Promise<ComplianceExport> {
  const tsa = await openTsa(parts);
  const made: { id: string; token: string }[] = [];
  for (const { sequence, leafIndex, count } of stamps) {
    const { block, index } = await parts.stamper.load(sequence, leafIndex);
    for (let i = index; i < index + count; i++) {
      const token = await issueFor(tsa, block, i, { includeCertificates: true });
      made.push({ id: stampId(sequence, leafIndex + i - index), token: Buffer.from(token).toString("base64") });
    }
  }
  return {
    format: "RFC3161",
    mediaType: "application/json",
    count: made.length,
    content: JSON.stringify(made),
    encoding: "text",
  };
}
