import { readFileSync } from "node:fs";
import { ComplianceAnswers, ComplianceCheck, checkCompliance, type Finding } from "@chronoledger/compliance";
import * as z from "zod";
import { askAnswers } from "../ask-answers.ts";
import { type Command, GATEWAY_HELP, text } from "../command.ts";
import { endpoint } from "../config-file.ts";
import { networkTime } from "../network-time.ts";
import { parseTime, TIME_FORMS } from "../parse-time.ts";
import type { Terminal } from "../terminal.ts";
import { UsageError } from "../usage-error.ts";

export const check: Command = {
  usage: "check [ANSWERS.json] [--at TIME] [--json]",
  summary: "which clock rules apply to you and what is missing; exit status 0 only when nothing is",
  details: [
    "Without a file it asks. Rules are those in force at --at; by the network's time when absent.",
    `TIME is ${TIME_FORMS}.`,
  ],
  options: { url: { type: "string" }, at: { type: "string" } },
  optionHelp: { url: GATEWAY_HELP.url, at: "instant whose rules apply" },
  async run({ positionals, values, terminal }) {
    const [file, extra] = positionals;
    if (extra !== undefined) throw new UsageError(`"${extra}" is one argument too many`);
    const now = () => networkTime(endpoint(text(values, "url")).url);
    const given = text(values, "at");
    const at = given === undefined ? undefined : await parseTime(given, now);
    const answers = file === undefined ? await askAnswers(at ?? (await now())) : readAnswers(file, at);
    const result = checkCompliance(answers);
    tell(terminal, result);
    terminal.data(ComplianceCheck.encode(result));
    return result.verdict === "meets" || result.verdict === "no-rule-applies" ? 0 : 1;
  },
};

function readAnswers(file: string, at: bigint | undefined): ComplianceAnswers {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new UsageError(`${file} holds no JSON that can be read: ${(error as Error).message}`);
  }
  const parsed = ComplianceAnswers.safeParse(
    at === undefined ? value : { ...(value as Record<string, unknown>), atUtcNs: String(at) },
  );
  if (!parsed.success) throw new UsageError(`${file}: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

const VERDICTS: Readonly<Record<ComplianceCheck["verdict"], string>> = {
  meets: "By these answers nothing is missing.",
  "falls-short": "Something is missing.",
  incomplete: "Answers are missing, so it is not shown that the duties are met.",
  "no-rule-applies": "No clock rule that is known here applies.",
};

function tell(terminal: Terminal, { verdict, systems, findings, caveats }: ComplianceCheck): void {
  const good = verdict === "meets" || verdict === "no-rule-applies";
  terminal.line(good ? terminal.good(VERDICTS[verdict]) : terminal.bad(VERDICTS[verdict]));
  for (const system of systems) {
    const { divergenceLimitNs, granularityNs, title, limitCitation } = system.binding;
    terminal.line();
    terminal.line(`${terminal.bold(system.name)}  ${system.regime}: ${title}`);
    const limit = divergenceLimitNs === null ? "no divergence limit" : `at most ${divergenceLimitNs} ns from UTC`;
    terminal.line(
      `  ${limit}, granularity ${granularityNs} ns or finer (${limitCitation.act}, ${limitCitation.article})`,
    );
    for (const finding of system.findings) tellFinding(terminal, finding);
  }
  if (findings.length > 0) terminal.line(`\n${terminal.bold("The firm as a whole")}`);
  for (const finding of findings) tellFinding(terminal, finding);
  terminal.line();
  for (const caveat of caveats) terminal.line(caveat);
}

function tellFinding(terminal: Terminal, { kind, regime, text: what, remedy, citation }: Finding): void {
  terminal.line(`  ${kind === "missing" ? terminal.bad("missing") : terminal.warn("unknown")}  ${what}`);
  terminal.line(`           → ${remedy} (${regime}; ${citation.act}, ${citation.article})`);
}
