import { NS_PER_MS, NS_PER_S, NS_PER_US } from "@chronoledger/core";
import type { Citation, ClockRule } from "./clock-rule.ts";

const cite = (article: string): Citation => ({
  act: "CAT NMS Plan; FINRA Rules 6800 series and 4590",
  article,
  basis: "secondary",
});
/** 15 March 2017, by which industry members had to synchronise their business clocks (FINRA Rule 6820). */
const FROM_2017 = 1_489_536_000n * NS_PER_S;

const base = {
  regime: "cat",
  traceabilityCitation: cite("FINRA Rule 6820; Rule 4590 (tolerance to NIST time)"),
  retention: {
    years: 5,
    onRequestYears: null,
    easilyAccessibleYears: 2,
    citation: cite("FINRA Rules 4590 and 6890"),
  },
  validFromUtcNs: FROM_2017,
  validUntilUtcNs: null,
} as const;

/**
 * Business clocks under the Consolidated Audit Trail. The tolerance holds three parts together: the provider against NIST,
 * the transmission delay, and the drift of the clock (Rule 4590). All values from secondary sources.
 */
export const CAT_RULES: readonly ClockRule[] = [
  {
    ...base,
    class: "cat-industry-member",
    title: "Industry member, electronic order events",
    divergenceLimitNs: 50n * NS_PER_MS,
    granularityNs: NS_PER_MS,
    digits: 3,
    limitCitation: cite("CAT NMS Plan section 6.8; FINRA Rule 6820(a)"),
  },
  {
    ...base,
    class: "cat-manual",
    title: "Manual order events and allocation times",
    divergenceLimitNs: NS_PER_S,
    granularityNs: NS_PER_S,
    digits: 0,
    limitCitation: cite("CAT NMS Plan section 6.8; FINRA Rule 6820(a), manual order events"),
  },
  {
    ...base,
    class: "cat-participant",
    title: "Participant (exchange)",
    divergenceLimitNs: 100n * NS_PER_US,
    granularityNs: NS_PER_MS,
    digits: 3,
    limitCitation: cite("CAT NMS Plan section 6.8(a)"),
  },
];

/**
 * When an industry member is expected to report its own clock failures. Thresholds differ from venue to venue; these are
 * from a secondary source and to be confirmed with the venue.
 */
export const CAT_SELF_REPORT = {
  toleranceFactor: 2,
  excursions: 10,
  withinNs: 86_400n * NS_PER_S,
  citation: cite("FINRA Rule 6820, self-report thresholds (venue-specific); Rule 6865"),
} as const;

/** Time zone and shape of a CAT time. The choice of Eastern time over epoch nanoseconds is to be confirmed in the specification. */
export const CAT_TIME_FORMAT = {
  timeZone: "America/New_York",
  pattern: "YYYYMMDD HHMMSS.CCCNNNNNN",
  minDigits: 3,
  maxDigits: 9,
  citation: cite("CAT reporting technical specifications, timestamp data type, US Eastern time"),
} as const;
