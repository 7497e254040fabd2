import type { ComplianceCheck, Finding, SystemVerdict } from "@chronoledger/compliance";
import { type Child, element } from "../dom/element.ts";
import { facts } from "../dom/facts.ts";
import { formatDuration } from "../text/format-duration.ts";
import { REGIMES } from "./choices.ts";

const VERDICTS: Readonly<Record<ComplianceCheck["verdict"], readonly [style: string, title: string, text: string]>> = {
  meets: ["good", "Nothing is missing", "By your answers, every rule known here is met."],
  "falls-short": ["bad", "It falls short", "At least one rule is not met by your answers."],
  incomplete: ["warn", "Not shown yet", "Nothing is known to be missing, but some answers are."],
  "no-rule-applies": [
    "warn",
    "No rule applies",
    "None of the rules known here applies to what you described. Choose what your system is, and where.",
  ],
};

export const verdictSaid = ({ verdict, systems, findings }: ComplianceCheck): string => {
  const count = findings.length + systems.reduce((sum, system) => sum + system.findings.length, 0);
  return `${VERDICTS[verdict][1]}. ${count} ${count === 1 ? "finding" : "findings"}.`;
};

const findingOf = (finding: Finding, withRegime: boolean): HTMLElement =>
  element(
    "div",
    { class: "finding", "data-finding": finding.id },
    element(
      "p",
      {},
      element(
        "span",
        { class: finding.kind === "missing" ? "tag missing" : "tag" },
        finding.kind === "missing" ? "missing" : "not answered",
      ),
      " ",
      withRegime ? `${REGIMES[finding.regime]}: ` : "",
      finding.text,
    ),
    element("p", {}, element("strong", {}, "Do: "), `${finding.remedy}.`),
    element("p", { class: "small muted" }, cite(finding.citation)),
  );
const cite = ({ act, article, basis }: Finding["citation"]): string =>
  `${act}, ${article}${basis === "secondary" ? " (from a secondary source: to be confirmed)" : ""}`;

function systemCard(system: SystemVerdict): HTMLElement {
  const { binding, clockGoodEnough } = system;
  const clock: Child =
    clockGoodEnough === null
      ? element("span", { class: "tag" }, "not known")
      : element(
          "span",
          { class: clockGoodEnough ? "tag set" : "tag failing" },
          clockGoodEnough ? "good enough" : "not good enough",
        );
  return element(
    "section",
    { class: "card", "data-class": binding.class },
    element("h3", {}, `${system.name}: ${REGIMES[system.regime]}`),
    facts([
      ["Class", binding.title],
      [
        "Divergence from UTC",
        binding.divergenceLimitNs === null
          ? "the act sets a format, no limit"
          : `at most ${formatDuration(binding.divergenceLimitNs)}`,
      ],
      ["Granularity", `${formatDuration(binding.granularityNs)} or finer: ${binding.digits} fraction digits`],
      ["Its clock", clock],
      [
        "Keep records",
        `${binding.retention.years} years${binding.retention.onRequestYears === null ? "" : `, ${binding.retention.onRequestYears} on request`}`,
      ],
      ["Rule", cite(binding.limitCitation)],
    ]),
    ...system.findings.map((finding) => findingOf(finding, false)),
  );
}

export function renderCheck(check: ComplianceCheck): Node[] {
  const [style, title, text] = VERDICTS[check.verdict];
  return [
    element(
      "div",
      { class: `note ${style}`, id: "check-verdict", "data-verdict": check.verdict },
      element("h3", {}, title),
      element("p", {}, text),
    ),
    ...check.systems.map(systemCard),
    ...(check.findings.length === 0
      ? []
      : [
          element(
            "section",
            { class: "card" },
            element("h3", {}, "The firm as a whole"),
            ...check.findings.map((finding) => findingOf(finding, true)),
          ),
        ]),
    element(
      "section",
      { class: "card small muted" },
      element("ul", { class: "plain" }, ...check.caveats.map((caveat) => element("li", {}, caveat))),
    ),
  ];
}
