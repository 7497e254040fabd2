import { createInterface } from "node:readline";
import { Activity, ComplianceAnswers, Role, SystemAnswers } from "@chronoledger/compliance";
import { parseDuration } from "./parse-time.ts";
import { UsageError } from "./usage-error.ts";

/** A text becomes a value; undefined: not understood. "?" is asked for before: the firm does not know. */
type Reader = (text: string) => unknown;
type Question = { readonly key: string; readonly ask: string; readonly read: Reader; readonly known?: true };

const oneOf =
  (names: readonly string[]): Reader =>
  (text) =>
    names.find((name) => name.toLowerCase() === text.toLowerCase());
const someOf =
  (names: readonly string[]): Reader =>
  (text) => {
    const chosen = text === "" ? [] : text.split(/[\s,]+/).map(oneOf(names));
    return chosen.includes(undefined) ? undefined : chosen;
  };
const yesNo: Reader = (text) => ({ y: true, yes: true, n: false, no: false })[text.toLowerCase()];
const duration: Reader = (text) => parseDuration(text)?.toString();
const count: Reader = (text) => (/^[0-9]{1,4}$/.test(text) ? Number(text) : undefined);

const list = (names: readonly string[]) => names.join(", ");
const JURISDICTIONS = ["EU", "UK", "US"] as const;
const { traceability, satellite, monitoring } = ComplianceAnswers.shape;
const choices = { traceability, satellite, monitoring };
const choice = (key: keyof typeof choices, ask: string): Question => {
  const names = choices[key].unwrap().options;
  return { key, ask: `${ask} (${list(names)})`, read: oneOf(names) };
};

const SYSTEM: readonly Question[] = [
  { key: "name", ask: "Name of the system that puts times on events", read: (text) => text || undefined, known: true },
  { key: "roles", ask: `Your roles (${list(Role.options)})`, read: someOf(Role.options), known: true },
  { key: "activities", ask: `What it does (${list(Activity.options)})`, read: someOf(Activity.options), known: true },
  { key: "gatewayLatencyP99Ns", ask: "Gateway-to-gateway latency, 99th percentile (such as 800us)", read: duration },
  {
    key: "maxDivergenceNs",
    ask: "Largest divergence of its clock from UTC, measurement included (such as 50us)",
    read: duration,
  },
  { key: "granularityNs", ask: "Granularity of its times (such as 1us)", read: duration },
  {
    key: "stampingPointIdentified",
    ask: "Is the exact point identified at which a time is taken? (y, n)",
    read: yesNo,
  },
];
const FIRM: readonly Question[] = [
  choice("traceability", "How is the clock traced to UTC?"),
  choice("satellite", "Satellite receivers"),
  choice("monitoring", "How is divergence watched?"),
  { key: "businessDaySync", ask: "Synchronised each business day, with a log? (y, n)", read: yesNo },
  { key: "monthsSinceReview", ask: "Months since the last review of traceability", read: count },
  { key: "retentionYears", ask: "Years for which records are kept", read: count },
  { key: "easilyAccessibleYears", ask: "Of these, years within easy reach", read: count },
];
const WHERE: Question = {
  key: "jurisdictions",
  ask: `Where are you regulated? (${list(JURISDICTIONS)})`,
  read: someOf(JURISDICTIONS),
  known: true,
};

/**
 * Asks on standard error and reads standard input, one line an answer.
 * @throws UsageError when the input ends before the last answer
 */
export async function askAnswers(atUtcNs: bigint): Promise<ComplianceAnswers> {
  const lines = createInterface({ input: process.stdin });
  const input = lines[Symbol.asyncIterator]();
  const put = async (question: Question): Promise<unknown> => {
    const known = question.known === true ? "" : ", ? when you do not know";
    for (;;) {
      process.stderr.write(`${question.ask}${known}: `);
      const { done, value } = await input.next();
      if (done === true) throw new UsageError(`the input ended before the answer to "${question.ask}"`);
      const text = String(value).trim();
      if (text === "?" && question.known !== true) return null;
      const answer = question.read(text);
      if (answer !== undefined) return answer;
      process.stderr.write(`  "${text}" is not understood\n`);
    }
  };
  const putAll = async (questions: readonly Question[]) => {
    const answers: Record<string, unknown> = {};
    for (const question of questions) answers[question.key] = await put(question);
    return answers;
  };
  try {
    const where = await putAll([WHERE]);
    const system = SystemAnswers.parse(await putAll(SYSTEM));
    const firm = await putAll(FIRM);
    return ComplianceAnswers.parse({
      ...{ ...where, ...firm, atUtcNs: String(atUtcNs) },
      systems: [SystemAnswers.encode(system)],
    });
  } finally {
    lines.close();
  }
}
