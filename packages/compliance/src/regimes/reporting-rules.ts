import { NS_PER_S } from "@chronoledger/core";
import type { Citation, ClockRule } from "./clock-rule.ts";

const cite = (act: string, article: string): Citation => ({ act, article, basis: "secondary" });
/** 13 July 2020: the first reporting duty under SFTR. */
const SFTR_FROM = 1_594_598_400n * NS_PER_S;
/** 12 February 2014: the reporting duty under EMIR. */
const EMIR_FROM = 1_392_163_200n * NS_PER_S;

const rule = (regime: "sftr" | "emir", title: string, format: Citation, keep: Citation, from: bigint): ClockRule => ({
  regime,
  class: "reporting",
  title,
  divergenceLimitNs: null,
  granularityNs: NS_PER_S,
  digits: 0,
  limitCitation: format,
  traceabilityCitation: format,
  retention: { years: 5, onRequestYears: null, easilyAccessibleYears: null, citation: keep },
  validFromUtcNs: from,
  validUntilUtcNs: null,
});

/**
 * Transaction reports: a format in whole seconds of UTC and no divergence limit. The five years of retention run from the
 * end of the transaction, not from the stamp.
 */
export const REPORTING_RULES: readonly ClockRule[] = [
  rule(
    "sftr",
    "Securities financing transaction report",
    cite("Implementing Regulation (EU) 2019/363", "Annex I, date and time fields"),
    cite("Regulation (EU) 2015/2365 (SFTR)", "Article 4(4)"),
    SFTR_FROM,
  ),
  rule(
    "emir",
    "Derivative contract report",
    cite("Implementing standards under Regulation (EU) No 648/2012 (EMIR)", "Annex, date and time fields"),
    cite("Regulation (EU) No 648/2012 (EMIR)", "Article 9(2)"),
    EMIR_FROM,
  ),
];
