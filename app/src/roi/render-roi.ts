import type { CostLine, RoiResult } from "@chronoledger/compliance";
import { element, svgElement } from "../dom/element.ts";
import { formatMoney } from "./format-money.ts";

const BAR = 330;

function bars({ currentTotalCents, chronoLedgerTotalCents, years }: RoiResult): SVGElement {
  const most = Math.max(currentTotalCents, chronoLedgerTotalCents, 1);
  const bar = (name: string, text: string, cents: number, y: number) => [
    svgElement("text", { x: 0, y }, `${text}: ${formatMoney(cents)}`),
    svgElement("rect", { class: name, x: 0, y: y + 6, width: Math.max(1, (cents / most) * BAR), height: 16, rx: 3 }),
  ];
  return svgElement(
    "svg",
    {
      class: "bars",
      viewBox: `0 0 ${BAR} 92`,
      role: "img",
      "aria-label": `Over ${years} years: own clocks ${formatMoney(currentTotalCents)}, ChronoLedger ${formatMoney(chronoLedgerTotalCents)}`,
    },
    ...bar("now", "Own clocks", currentTotalCents, 14),
    ...bar("ours", "ChronoLedger", chronoLedgerTotalCents, 62),
  );
}

function table(title: string, lines: readonly CostLine[], total: number, years: number): HTMLElement {
  const cells = (cents: readonly number[]) =>
    cents.map((each) => element("td", { class: "amount" }, formatMoney(each)));
  const sums = Array.from({ length: years }, (_, year) =>
    lines.reduce((sum, { perYearCents }) => sum + (perYearCents[year] ?? 0), 0),
  );
  return element(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": title },
    element(
      "table",
      {},
      element("caption", {}, title),
      element(
        "thead",
        {},
        element(
          "tr",
          {},
          element("th", { scope: "col" }, "US dollars"),
          ...sums.map((_, year) => element("th", { scope: "col", class: "amount" }, `Year ${year + 1}`)),
          element("th", { scope: "col", class: "amount" }, "Total"),
        ),
      ),
      element(
        "tbody",
        {},
        ...lines.map((each) =>
          element(
            "tr",
            {},
            element("th", { scope: "row" }, each.name),
            ...cells([...each.perYearCents, each.totalCents]),
          ),
        ),
      ),
      element("tfoot", {}, element("tr", {}, element("th", { scope: "row" }, "Sum"), ...cells([...sums, total]))),
    ),
  );
}

export const roiSaid = ({ differenceCents, years }: RoiResult): string =>
  differenceCents >= 0
    ? `${formatMoney(differenceCents)} less with ChronoLedger over ${years} years`
    : `${formatMoney(-differenceCents)} more with ChronoLedger over ${years} years`;

export function renderRoi(roi: RoiResult): Node[] {
  const { differenceCents, breakEvenYear, years } = roi;
  return [
    element(
      "div",
      { class: `note ${differenceCents >= 0 ? "good" : "warn"}`, id: "roi-verdict" },
      element("h3", {}, roiSaid(roi)),
      element(
        "p",
        {},
        breakEvenYear === null
          ? `It does not pay within ${years} years by these numbers.`
          : `By the end of year ${breakEvenYear} it has not cost more.`,
      ),
    ),
    element(
      "section",
      { class: "card" },
      bars(roi),
      ...roi.caveats.map((caveat) => element("p", { class: "small muted" }, caveat)),
    ),
    element(
      "section",
      { class: "card" },
      table("Own clocks", roi.current, roi.currentTotalCents, years),
      element("br"),
      table("ChronoLedger", roi.chronoLedger, roi.chronoLedgerTotalCents, years),
      element("p", { class: "small muted" }, "Nothing is discounted and no price rises."),
    ),
    element(
      "details",
      { class: "card" },
      element("summary", {}, "Every number that went in, and where it comes from"),
      element(
        "table",
        {},
        element(
          "tbody",
          {},
          ...roi.assumptions.map(({ name, value, unit, source }) =>
            element(
              "tr",
              {},
              element("th", { scope: "row" }, name),
              element("td", {}, `${value.toLocaleString("en-US")} ${unit}`),
              element("td", {}, source),
            ),
          ),
        ),
      ),
    ),
  ];
}
