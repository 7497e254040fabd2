import { checkCompliance } from "@chronoledger/compliance";
import { ChronoError } from "@chronoledger/core";
import { GatewayStatus } from "@chronoledger/core/gateway";
import { element } from "../dom/element.ts";
import { find } from "../dom/find.ts";
import { showProblem } from "../dom/render-error.ts";
import { say } from "../dom/say.ts";
import { askGateway } from "../gateway/ask-gateway.ts";
import { explainError } from "../text/explain-error.ts";
import { formatUtc } from "../text/format-utc.ts";
import { DURATION_UNITS } from "../text/parse-duration.ts";
import { ACTIVITIES, ROLES } from "./choices.ts";
import { readAnswers } from "./read-answers.ts";
import { renderCheck, verdictSaid } from "./render-check.ts";

const MAX_SYSTEMS = 50;

const form = find("answers", HTMLFormElement);
const systems = find("systems", HTMLElement);
const template = find("system-template", HTMLTemplateElement);
const asOf = find("as-of", HTMLInputElement);
const problem = find("answers-problem", HTMLElement);
const result = find("check-result", HTMLElement);
const said = find("check-said", HTMLElement);

const all = (): HTMLElement[] => Array.from(systems.querySelectorAll<HTMLElement>(".system"));
/** The names of checkboxes are the same in each system: they are read within it. */
const boxes = (name: string, options: Readonly<Record<string, string>>, chosen: readonly string[]) =>
  Object.entries(options).map(([value, label]) =>
    element("label", {}, element("input", { type: "checkbox", name, value, checked: chosen.includes(value) }), label),
  );

function addSystem(): void {
  const copy = document.importNode(template.content, true);
  const first = all().length === 0;
  copy.querySelector('[data-choices="roles"]')?.append(...boxes("roles", ROLES, first ? ["venue-member"] : []));
  copy.querySelector('[data-choices="activities"]')?.append(...boxes("activities", ACTIVITIES, first ? ["hft"] : []));
  for (const units of Array.from(copy.querySelectorAll('select[name$="-unit"]')))
    units.append(...Object.keys(DURATION_UNITS).map((unit) => element("option", { selected: unit === "µs" }, unit)));
  const area = copy.querySelector<HTMLElement>(".system");
  const name = copy.querySelector<HTMLInputElement>('input[name="name"]');
  if (name !== null && !first) name.value = `System ${all().length + 1}`;
  copy.querySelector(".remove")?.addEventListener("click", () => {
    area?.remove();
    afterChange();
    find("add-system", HTMLButtonElement).focus();
  });
  systems.append(copy);
  if (!first) name?.focus();
}

function check(): void {
  showProblem(problem);
  try {
    const at = Date.parse(`${asOf.value}T12:00:00Z`);
    if (Number.isNaN(at))
      throw new ChronoError("input/malformed", { date: asOf.value }, { remedy: "choose a day for the rules in force" });
    const answer = checkCompliance(readAnswers(all(), BigInt(at) * 1_000_000n));
    result.replaceChildren(...renderCheck(answer));
    say(said, verdictSaid(answer));
  } catch (error) {
    result.replaceChildren();
    say(said, "");
    showProblem(problem, explainError(error));
  }
}

function afterChange(): void {
  const now = all();
  for (const area of now) area.querySelector(".remove")?.toggleAttribute("hidden", now.length < 2);
  find("add-system", HTMLButtonElement).disabled = now.length >= MAX_SYSTEMS;
  check();
}

async function today(): Promise<void> {
  try {
    const { reading } = await askGateway(GatewayStatus, "/v1/status");
    if (reading === null) throw new ChronoError("clock/not-available");
    asOf.value = formatUtc(reading.timeTaiNs, reading.taiMinusUtc).slice(0, 10);
  } catch {
    find("as-of-note", HTMLElement).textContent = "The gateway states no time: choose the day.";
  }
}

find("add-system", HTMLButtonElement).addEventListener("click", () => {
  addSystem();
  afterChange();
});
form.addEventListener("input", check);
form.addEventListener("submit", (event) => event.preventDefault());
addSystem();
await today();
afterChange();
document.body.dataset.ready = "yes";
