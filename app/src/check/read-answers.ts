import type { ComplianceAnswers, SystemAnswers } from "@chronoledger/compliance";
import { ComplianceAnswers as AnswersSchema } from "@chronoledger/compliance";
import { ChronoError, isChronoError } from "@chronoledger/core";
import { find } from "../dom/find.ts";
import { type DurationUnit, parseDuration } from "../text/parse-duration.ts";

type Field = HTMLInputElement | HTMLSelectElement;

const fieldOf = (area: HTMLElement, name: string): Field => {
  const found = area.querySelector(`[name="${name}"]`);
  if (found instanceof HTMLInputElement || found instanceof HTMLSelectElement) return found;
  throw new Error(`the page has no field ${name}`);
};
const chosen = (area: ParentNode, name: string): string[] =>
  Array.from(area.querySelectorAll(`input[name="${name}"]:checked`)).flatMap((box) =>
    box instanceof HTMLInputElement ? [box.value] : [],
  );
const yesNo = (value: string): boolean | null => (value === "" ? null : value === "yes");

/** Runs `read`, marks the field when it is refused, and says whose it is. */
function marked<T>(field: Field, read: () => T): T {
  field.removeAttribute("aria-invalid");
  try {
    return read();
  } catch (error) {
    field.setAttribute("aria-invalid", "true");
    throw isChronoError(error) ? error : new ChronoError("input/malformed", {}, { cause: error });
  }
}

function duration(area: HTMLElement, name: string): bigint | null {
  const field = fieldOf(area, name);
  return marked(field, () => parseDuration(field.value, fieldOf(area, `${name}-unit`).value as DurationUnit));
}

function count(id: string): number | null {
  const field = find(id, HTMLInputElement);
  return marked(field, () => {
    const text = field.value.trim();
    if (text === "") return null;
    if (!/^[0-9]{1,4}$/.test(text))
      throw new ChronoError("input/malformed", { value: text.slice(0, 40) }, { remedy: "give a whole number" });
    return Number(text);
  });
}

const systemOf = (area: HTMLElement, index: number): SystemAnswers => ({
  name: fieldOf(area, "name").value.trim() || `System ${index + 1}`,
  roles: chosen(area, "roles") as SystemAnswers["roles"],
  activities: chosen(area, "activities") as SystemAnswers["activities"],
  gatewayLatencyP99Ns: duration(area, "gatewayLatencyP99Ns"),
  maxDivergenceNs: duration(area, "maxDivergenceNs"),
  granularityNs: duration(area, "granularityNs"),
  stampingPointIdentified: yesNo(fieldOf(area, "stampingPointIdentified").value),
});

/** @param atUtcNs the day asked about, UTC. @throws input/malformed for an entry that is not in its form, which is marked */
export function readAnswers(systems: readonly HTMLElement[], atUtcNs: bigint): ComplianceAnswers {
  const select = (id: string) => find(id, HTMLSelectElement).value || null;
  const answers = {
    atUtcNs,
    jurisdictions: chosen(document, "jurisdiction"),
    systems: systems.map(systemOf),
    traceability: select("traceability"),
    satellite: select("satellite"),
    monitoring: select("monitoring"),
    businessDaySync: yesNo(find("business-day-sync", HTMLSelectElement).value),
    monthsSinceReview: count("months-since-review"),
    retentionYears: count("retention-years"),
    easilyAccessibleYears: count("easy-years"),
  } as ComplianceAnswers;
  // Encoding checks what typing cannot: lengths and ranges.
  const checked = AnswersSchema.safeEncode(answers);
  if (!checked.success) throw new ChronoError("input/malformed", { reason: checked.error.issues[0]?.message ?? "" });
  return answers;
}
