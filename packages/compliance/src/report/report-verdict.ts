import { printedNs } from "../printed-duration.ts";
import type { AuditReport } from "./audit-report.ts";

export type Judged = Omit<AuditReport, "verdict" | "notices">;

const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

const outsideLimit = ({ stamps }: Judged): number =>
  stamps.byRegime.reduce((sum, group) => sum + (group.outsideLimit ?? 0), 0);
const measurements = ({ divergence }: Judged): number =>
  divergence.overall.reduce((sum, { measured }) => sum + measured, 0);

/** What stands between the report and a verdict without reservation. The first kind makes it incomplete. */
function incompleteness(report: Judged): string[] {
  const found: string[] = [];
  if (report.clocks.length === 0) found.push("No clock is listed.");
  const unseen = report.divergence.overall.filter(({ measured }) => measured === 0).length;
  if (unseen > 0) found.push(`${plural(unseen, "node was", "nodes were")} not measured at all.`);
  if (report.gaps.length > 0)
    found.push(`Measurements are missing in ${plural(report.gaps.length, "stretch", "stretches")} of the period.`);
  for (const { id, assessment } of report.clocks)
    if (assessment.laboratory === null) found.push(`The chain of ${id} is not shown to end at UTC(k).`.slice(0, 500));
  const { listed, count } = report.stamps;
  if (listed < count) found.push(`${listed} of ${count} stamps are listed; counts of affected stamps go by these.`);
  return found;
}

function remarks(report: Judged): string[] {
  const found: string[] = [];
  const undone = report.excursions.filter(({ action }) => action === null).length;
  if (undone > 0) found.push(`No action is on record for ${plural(undone, "excursion")}.`);
  if (report.annualReview.overdue) found.push("The annual review is overdue or not on record.");
  for (const { regime, years, met } of report.retention.required)
    if (!met) found.push(`Records are kept for ${report.retention.years} years; ${regime} asks for ${years}.`);
  const stated = report.divergence.overall.filter(
    ({ maxUncertaintyNs }) => maxUncertaintyNs !== null && maxUncertaintyNs > report.divergence.limitNs,
  ).length;
  if (stated > 0) found.push(`${plural(stated, "node")} stated an uncertainty beyond the limit at some time.`);
  const failed = report.tests.filter(({ result }) => result === "failed").length;
  if (failed > 0) found.push(`${plural(failed, "test")} failed.`);
  return found;
}

function textOf(report: Judged, result: AuditReport["verdict"]["result"]): string {
  const limit = printedNs(report.divergence.limitNs);
  switch (result) {
    case "no-evidence":
      return report.test
        ? "No verdict: the test flag is set, so what follows is no evidence of compliance, whatever the figures say."
        : "No verdict: nothing was measured in the period.";
    case "excursions":
      return `The clocks were not always within ${limit} of the reference: ${plural(report.excursions.length, "excursion")}, and ${plural(outsideLimit(report), "stamp")} with an uncertainty beyond the limit of its class.`;
    case "incomplete":
      return `No measurement was beyond ${limit}, but the record has gaps: it does not show compliance for the whole period.`;
    case "within-limit":
      return `In the whole period every measured divergence, with the uncertainty of its measurement, was within ${limit}, and every clock's chain is documented to UTC(k).`;
  }
}

/** A plain verdict with what it rests on. It never says more than the measurements and the chains of evidence do. */
export function verdictOf(report: Judged): AuditReport["verdict"] {
  const incomplete = incompleteness(report);
  const measured = measurements(report);
  const result =
    report.test || measured === 0
      ? "no-evidence"
      : report.excursions.length > 0 || outsideLimit(report) > 0
        ? "excursions"
        : incomplete.length > 0
          ? "incomplete"
          : "within-limit";
  const restsOn = [
    `${plural(measured, "measurement")} of ${plural(report.divergence.overall.length, "node")} against the reference interval.`,
    `${plural(report.verification.certificates.count, "certificate")} of the network, each signed by at least ${report.network.quorum} of ${report.network.nodes} nodes.`,
    `${plural(report.stamps.count, "stamp")} in the period, ${report.stamps.listed} of them listed.`,
    `${plural(report.clocks.filter(({ assessment }) => assessment.laboratory !== null).length, "clock")} of ${report.clocks.length} with a documented chain to UTC(k).`,
  ];
  return { result, text: textOf(report, result), restsOn, reservations: [...incomplete, ...remarks(report)] };
}

/** What a reader must know before anything else. */
export function noticesOf(report: Judged): string[] {
  const notices: string[] = [];
  if (report.test)
    notices.push(
      "TEST: this report is no evidence for a regulator. At least one key, clock or stamp in it carries the test flag, which means that it is not rooted in hardware.",
    );
  const soft = report.clocks.filter(({ keyProtection }) => keyProtection === "software").length;
  if (soft > 0) notices.push(`The signing keys of ${plural(soft, "clock")} are held in software.`);
  const unattested = report.clocks.filter(({ keyProtection }) => keyProtection === "hardware-unattested").length;
  if (unattested > 0)
    notices.push(`The hardware that holds the keys of ${plural(unattested, "clock")} is not attested.`);
  if (report.declared.some(({ citation }) => citation.basis === "secondary"))
    notices.push(
      "Limits marked as secondary are taken from literature about the act and are to be confirmed against the Official Journal or the rule book.",
    );
  return notices;
}
