import { type Assumption, calculateRoi, PriceTier, RoiInput } from "@chronoledger/compliance";
import { ChronoError } from "@chronoledger/core";
import { element } from "../dom/element.ts";
import { find } from "../dom/find.ts";
import { showProblem } from "../dom/render-error.ts";
import { say } from "../dom/say.ts";
import { explainError } from "../text/explain-error.ts";
import { ROI_FIELDS, type RoiField } from "./fields.ts";
import { renderRoi, roiSaid } from "./render-roi.ts";

const form = find("inputs", HTMLFormElement);
const problem = find("roi-problem", HTMLElement);
const result = find("roi-result", HTMLElement);

const START_TIER: PriceTier = "enterprise";
const assumed: readonly Assumption[] = calculateRoi({
  years: 1,
  tier: START_TIER,
  stampsPerYear: 0,
  systems: 1,
}).assumptions;

/** What stands in a field before anybody changes it, in its own unit. */
function startOf(field: RoiField): number {
  const value = field.start ?? assumed.find(({ name }) => name === field.name)?.value ?? 0;
  return field.cents === true ? value / 100 : value;
}

const tier = element(
  "select",
  { id: "tier" },
  ...PriceTier.options.map((name) =>
    element(
      "option",
      { value: name, selected: name === START_TIER },
      name.replace(/^./, (first) => first.toUpperCase()),
    ),
  ),
);
find("plan-fields", HTMLElement).append(element("div", {}, element("label", { for: "tier" }, "Tier"), tier));

const inputs = new Map<RoiField, { readonly input: HTMLInputElement; readonly tag: HTMLElement }>();
for (const field of ROI_FIELDS) {
  const tag = element("span", { class: "tag" }, "assumption");
  const input = element("input", {
    id: field.key,
    inputmode: "numeric",
    value: startOf(field).toLocaleString("en-US"),
  });
  tag.hidden = field.start !== undefined;
  inputs.set(field, { input, tag });
  find(`${field.group}-fields`, HTMLElement).append(
    element(
      "div",
      {},
      element(
        "label",
        { for: field.key },
        field.name,
        element("br"),
        element("span", { class: "small muted" }, field.unit),
        " ",
        tag,
      ),
      element(
        "div",
        { class: "row" },
        field.cents === true ? element("span", { class: "prefix", "aria-hidden": "true" }, "$") : undefined,
        input,
      ),
    ),
  );
}

/** Undefined where the assumption still stands. @throws input/malformed */
function givenBy(field: RoiField): number | undefined {
  const entry = inputs.get(field);
  if (entry === undefined) return undefined;
  const { input, tag } = entry;
  const text = input.value.replaceAll(/[ ,_]/g, "");
  const good =
    (field.cents === true ? /^[0-9]{1,10}(\.[0-9]{1,2})?$/ : /^[0-9]{1,15}$/).test(text) &&
    Number(text) >= (field.least ?? 0);
  input.setAttribute("aria-invalid", String(!good));
  if (!good)
    throw new ChronoError(
      "input/malformed",
      { [field.name]: input.value.slice(0, 40) },
      { remedy: `give a number from ${field.least ?? 0} on` },
    );
  const own = field.start !== undefined || Number(text) !== startOf(field);
  tag.textContent = own ? "your number" : "assumption";
  tag.classList.toggle("set", own);
  if (!own) return undefined;
  return field.cents === true ? Math.round(Number(text) * 100) : Number(text);
}

function show(): void {
  showProblem(problem);
  try {
    const given = Object.fromEntries(
      ROI_FIELDS.flatMap((field) => {
        const value = givenBy(field);
        return value === undefined ? [] : [[field.key, value]];
      }),
    );
    const parsed = RoiInput.safeParse({ ...given, tier: tier.value });
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      const field = ROI_FIELDS.find(({ key }) => key === issue?.path[0]);
      if (field !== undefined) inputs.get(field)?.input.setAttribute("aria-invalid", "true");
      throw new ChronoError("input/out-of-range", { field: field?.name, reason: issue?.message });
    }
    const roi = calculateRoi(parsed.data);
    result.replaceChildren(...renderRoi(roi));
    say(find("roi-said", HTMLElement), roiSaid(roi));
  } catch (error) {
    result.replaceChildren();
    showProblem(problem, explainError(error));
  }
}

form.addEventListener("input", show);
form.addEventListener("submit", (event) => event.preventDefault());
// The browser empties the fields after this event.
form.addEventListener("reset", () => setTimeout(show));
show();
document.body.dataset.ready = "yes";
