/** How often Slither finds something, by detector and place: stable when lines move. */
export type Findings = ReadonlyMap<string, number>;

type Element = {
  readonly type: string;
  readonly name: string;
  readonly type_specific_fields?: { readonly parent?: Element };
};

/** What is read of `slither --json`. */
export type Report = {
  readonly success: boolean;
  readonly error: string | null;
  readonly results: { readonly detectors?: readonly { readonly check: string; readonly elements: Element[] }[] };
};

const add = (findings: Map<string, number>, key: string, times: number) =>
  findings.set(key, (findings.get(key) ?? 0) + times);

/** Contract.function, Contract.function.variable, or the contract: also for its constants. */
function placeOf({ type, name, type_specific_fields }: Element): string {
  const parent = type_specific_fields?.parent;
  if (type === "contract" || parent === undefined) return name;
  return name.startsWith("slitherConstructor") ? placeOf(parent) : `${placeOf(parent)}.${name}`;
}

/** Each expression that is pointed at counts, so that another one in the same function is seen. @throws when Slither failed. */
export function findingsOf({ success, error, results }: Report): Findings {
  if (!success) throw new Error(`Slither failed: ${error}`);
  const findings = new Map<string, number>();
  for (const { check, elements } of results.detectors ?? []) {
    const [first] = elements;
    const expressions = elements.filter(({ type }) => type === "node").length;
    add(findings, `${check} ${first === undefined ? "everywhere" : placeOf(first)}`, Math.max(1, expressions));
  }
  return findings;
}

/** What a document answers: a heading names the detector, the first column of its table the places, "× 2" after a place how often. */
export function answeredIn(document: string): Findings {
  const answered = new Map<string, number>();
  let detector: string | undefined;
  for (const line of document.split("\n")) {
    if (line.startsWith("#")) detector = /^### `([\w-]+)`/.exec(line)?.[1];
    const cell = /^\|([^|]*`[^|]*)\|/.exec(line)?.[1];
    if (detector === undefined || cell === undefined) continue;
    for (const [, place, times] of cell.matchAll(/`([^`]+)`(?: × (\d+))?/g))
      add(answered, `${detector} ${place}`, Number(times ?? 1));
  }
  return answered;
}

/** One line for each place that is found and answered a different number of times. */
export function differences(found: Findings, answered: Findings): string[] {
  return [...new Set([...found.keys(), ...answered.keys()])].sort().flatMap((key) => {
    const [now, then] = [found.get(key) ?? 0, answered.get(key) ?? 0];
    return now === then ? [] : [`${key}: found ${now}, answered ${then}`];
  });
}
