import { NS_PER_MS, NS_PER_S, NS_PER_US } from "@chronoledger/core";
import type { ActivityClass, Basis, Citation, ClockRule } from "./clock-rule.ts";

const EU_NEW = "Commission Delegated Regulation (EU) 2025/1155";
const EU_OLD = "Commission Delegated Regulation (EU) 2017/574 (RTS 25)";
const UK_OLD = "Commission Delegated Regulation (EU) 2017/574 (RTS 25), as assimilated into UK law";

/** 3 January 2018: MiFID II and with it RTS 25 apply. */
const FROM_2018 = 1_514_937_600n * NS_PER_S;
/** 2 March 2026: Chapter III of (EU) 2025/1155 applies and Article 25 repeals (EU) 2017/574. Taken as midnight UTC. */
export const EU_CHANGE_UTC_NS = 1_772_409_600n * NS_PER_S;

const cite = (act: string, article: string, basis: Basis): Citation => ({ act, article, basis });
const digitsOf = (granularityNs: bigint): number => (granularityNs >= NS_PER_S ? 0 : 10 - String(granularityNs).length);

/** At least five years, up to seven where the authority asks for it. */
const retention = (uk: boolean): ClockRule["retention"] => ({
  years: 5,
  onRequestYears: 7,
  easilyAccessibleYears: null,
  citation: cite(
    uk ? "MiFIR as assimilated into UK law, and the FCA's record-keeping rules" : "MiFID II (2014/65/EU) and MiFIR",
    uk ? "MiFIR Article 25(1)" : "MiFIR Article 25(1); MiFID II Article 16(7)",
    "secondary",
  ),
});

type Row = readonly [ActivityClass, string, bigint, bigint, string, Basis];

/** Values of the Annex tables are from secondary sources; those that the articles themselves state are primary. */
const NEW_ROWS: readonly Row[] = [
  [
    "venue-slow",
    "Trading venue, gateway latency above 1 ms",
    NS_PER_MS,
    NS_PER_MS,
    "Article 12(1), Annex IV Table 1",
    "secondary",
  ],
  [
    "venue-fast",
    "Trading venue, gateway latency 1 ms or less",
    100n * NS_PER_US,
    100n,
    "Article 12(1), Annex IV Table 1",
    "secondary",
  ],
  [
    "si-slow",
    "Systematic internaliser, gateway latency above 1 ms",
    NS_PER_MS,
    NS_PER_MS,
    "Article 12(1), Annex IV Table 1",
    "secondary",
  ],
  [
    "si-fast",
    "Systematic internaliser, gateway latency 1 ms or less",
    100n * NS_PER_US,
    100n,
    "Article 12(1), Annex IV Table 1",
    "secondary",
  ],
  [
    "hft",
    "Member using a high-frequency trading technique",
    100n * NS_PER_US,
    100n,
    "Article 13, Annex IV Table 2",
    "secondary",
  ],
  [
    "voice",
    "Voice, human request-for-quote or negotiated trades",
    NS_PER_S,
    NS_PER_S,
    "Article 12(2), Annex IV Table 2",
    "primary",
  ],
  ["other", "Member, other trading", NS_PER_MS, NS_PER_MS, "Article 13, Annex IV Table 2", "secondary"],
  ["dpe", "Designated publishing entity", NS_PER_MS, NS_PER_MS, "Article 14", "primary"],
  ["apa", "Approved publication arrangement", NS_PER_MS, NS_PER_MS, "Article 15", "primary"],
  ["ctp", "Consolidated tape provider", NS_PER_MS, NS_PER_MS, "Article 15", "primary"],
];
const OLD_ROWS: readonly Row[] = [
  [
    "venue-slow",
    "Trading venue, gateway latency above 1 ms",
    NS_PER_MS,
    NS_PER_MS,
    "Article 2(1), Annex Table 1",
    "secondary",
  ],
  [
    "venue-fast",
    "Trading venue, gateway latency 1 ms or less",
    100n * NS_PER_US,
    NS_PER_US,
    "Article 2(1), Annex Table 1",
    "secondary",
  ],
  [
    "hft",
    "Member using a high-frequency trading technique",
    100n * NS_PER_US,
    NS_PER_US,
    "Article 3(1), Annex Table 2",
    "secondary",
  ],
  [
    "voice",
    "Voice, human request-for-quote or negotiated trades",
    NS_PER_S,
    NS_PER_S,
    "Articles 2(2) and 3(2), Annex Table 2",
    "secondary",
  ],
  ["other", "Member, other trading", NS_PER_MS, NS_PER_MS, "Article 3(1), Annex Table 2", "secondary"],
];

type Act = Pick<ClockRule, "regime" | "validFromUtcNs" | "validUntilUtcNs" | "traceabilityCitation"> & {
  readonly act: string;
  readonly rows: readonly Row[];
};
const rulesOf = ({ act, rows, ...rest }: Act): ClockRule[] =>
  rows.map(([activity, title, divergenceLimitNs, granularityNs, article, basis]) => ({
    ...rest,
    class: activity,
    title,
    divergenceLimitNs,
    granularityNs,
    digits: digitsOf(granularityNs),
    limitCitation: cite(act, article, basis),
    retention: retention(rest.regime === "mifid-uk"),
  }));

/**
 * Business clocks under MiFID II. The EU replaced (EU) 2017/574 by (EU) 2025/1155 from 2 March 2026: systematic
 * internalisers and data reporting providers came in, and the fast classes went from 1 us to 0.1 us granularity. The UK
 * keeps the old act in its own law.
 */
export const MIFID_RULES: readonly ClockRule[] = [
  ...rulesOf({
    act: EU_NEW,
    rows: NEW_ROWS,
    regime: "mifid-eu",
    validFromUtcNs: EU_CHANGE_UTC_NS,
    validUntilUtcNs: null,
    traceabilityCitation: cite(EU_NEW, "Article 16", "primary"),
  }),
  ...rulesOf({
    act: EU_OLD,
    rows: OLD_ROWS,
    regime: "mifid-eu",
    validFromUtcNs: FROM_2018,
    validUntilUtcNs: EU_CHANGE_UTC_NS,
    traceabilityCitation: cite(EU_OLD, "Article 4", "secondary"),
  }),
  ...rulesOf({
    act: UK_OLD,
    rows: OLD_ROWS,
    regime: "mifid-uk",
    validFromUtcNs: FROM_2018,
    validUntilUtcNs: null,
    traceabilityCitation: cite(UK_OLD, "Article 4", "secondary"),
  }),
];
