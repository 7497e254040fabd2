import type { Citation, ClockRule } from "../regimes/clock-rule.ts";
import type { ComplianceAnswers, Finding } from "./check-types.ts";

type Duty = {
  readonly id: Finding["id"];
  readonly applies: (rule: ClockRule) => boolean;
  /** Null: not answered. */
  readonly met: (answers: ComplianceAnswers, rule: ClockRule) => boolean | null;
  readonly text: (rule: ClockRule) => string;
  readonly remedy: string;
  readonly citation: (rule: ClockRule) => Citation;
};

const isMifid = ({ regime }: ClockRule) => regime === "mifid-eu" || regime === "mifid-uk";
const hasClock = ({ divergenceLimitNs }: ClockRule) => divergenceLimitNs !== null;
const traceability = ({ traceabilityCitation }: ClockRule) => traceabilityCitation;
const unless = <T>(value: T | null, test: (value: T) => boolean): boolean | null =>
  value === null ? null : test(value);
const ESMA = "ESMA guidelines on transaction reporting, order record keeping and clock synchronisation";

const DUTIES: readonly Duty[] = [
  {
    id: "traceability",
    applies: hasClock,
    met: ({ traceability: kept }) => unless(kept, (value) => value === "documented-chain"),
    text: () =>
      "No documented chain of comparisons to UTC, each with its uncertainty. A calibrated device alone is not traceable: only results of measurements are.",
    remedy: "Document design, functioning and specifications of the chain, with the evidence of each comparison",
    citation: traceability,
  },
  {
    id: "satellite-offset",
    applies: isMifid,
    met: ({ satellite }) => unless(satellite, (value) => value !== "offset-not-removed"),
    text: () => "Satellite time is used and its offset from UTC is not removed.",
    remedy: "Apply the broadcast correction from satellite system time to UTC, and show it",
    citation: ({ limitCitation }) => ({
      act: limitCitation.act,
      article: /2025\/1155/.test(limitCitation.act) ? "Article 11" : "Article 1",
      basis: /2025\/1155/.test(limitCitation.act) ? "primary" : "secondary",
    }),
  },
  {
    id: "monitoring",
    applies: isMifid,
    met: ({ monitoring }) => unless(monitoring, (value) => value !== "none"),
    text: () => "The divergence from UTC is not monitored.",
    remedy: "Test and monitor the divergence in proportion to the class, and keep the measurements",
    citation: () => ({ act: ESMA, article: "7.3", basis: "secondary" }),
  },
  {
    id: "business-day-sync",
    applies: ({ regime }) => regime === "cat",
    met: ({ businessDaySync }) => businessDaySync,
    text: () =>
      "Clocks are not shown to be synchronised before each open and during the day, with a log of each excursion.",
    remedy:
      "Synchronise every business day before the open and at intervals after it, and log both syncs and excursions",
    citation: () => ({ act: "FINRA Rules", article: "4590; 6820", basis: "secondary" }),
  },
  {
    id: "annual-review",
    applies: isMifid,
    met: ({ monthsSinceReview }) => unless(monthsSinceReview, (value) => value <= 12),
    text: () => "The system of traceability was not reviewed within the last year.",
    remedy: "Review compliance with the limits at least once a year and keep the signed record",
    citation: traceability,
  },
  {
    id: "retention",
    applies: () => true,
    met: ({ retentionYears }, rule) => unless(retentionYears, (value) => value >= rule.retention.years),
    text: ({ retention }) =>
      `Records must be kept for ${retention.years} years${retention.onRequestYears === null ? "" : `, ${retention.onRequestYears} where the authority asks`}.`,
    remedy: "Keep stamps, measurements and excursions for that long",
    citation: ({ retention }) => retention.citation,
  },
  {
    id: "easy-access",
    applies: ({ retention }) => retention.easilyAccessibleYears !== null,
    met: ({ easilyAccessibleYears }, { retention }) =>
      unless(easilyAccessibleYears, (value) => value >= (retention.easilyAccessibleYears ?? 0)),
    text: ({ retention }) => `The first ${retention.easilyAccessibleYears} years must be easily accessible.`,
    remedy: "Keep these years where they can be handed over without delay",
    citation: ({ retention }) => retention.citation,
  },
];

/** Duties of the firm as a whole that are not met or not answered, under one regime. */
export const firmFindings = (answers: ComplianceAnswers, rule: ClockRule): Finding[] =>
  DUTIES.filter(({ applies }) => applies(rule)).flatMap((duty) => {
    const met = duty.met(answers, rule);
    if (met === true) return [];
    return [
      {
        id: duty.id,
        kind: met === null ? ("unknown" as const) : ("missing" as const),
        regime: rule.regime,
        text: met === null ? `Not answered. ${duty.text(rule)}` : duty.text(rule),
        remedy: duty.remedy,
        citation: duty.citation(rule),
      },
    ];
  });
