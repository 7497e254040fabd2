import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Campaign, mutantsIn, openProject } from "./campaign.ts";
import { compare } from "./explained.ts";
import { type Mutant, sample } from "./mutants.ts";
import { asItems, isSurvivor, Progress, survivorLines, table } from "./report.ts";
import { Results } from "./results.ts";

const HELP = `npm run mutate -- [options]

Changes the contracts in small ways, one at a time, and runs the Solidity tests on each: a mutant that no test fails on
shows what the tests do not say. Ends with 0 when docs/mutation.md explains every survivor.

  --only PATH    a file, or the beginning of paths; may be given several times
  --sample N     only so many mutants, chosen by the seed
  --seed N       of the choice (1)
  --jobs N       workers, each with its own copy of the project (2)
  --list         name the mutants and end
  --fresh        forget what earlier runs found; else only what is new or has changed is tried
  --help
`;
const ROOT = join(import.meta.dirname, "..", "..");
const DOCUMENT = join(ROOT, "docs/mutation.md");
const RESULTS = join(ROOT, "node_modules/.cache/mutate/results.jsonl");

const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true, default: [] },
    sample: { type: "string" },
    seed: { type: "string", default: "1" },
    jobs: { type: "string", default: "2" },
    list: { type: "boolean", default: false },
    fresh: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

function count(name: "sample" | "seed" | "jobs", text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  console.error(`--${name} must be a whole number from 1`);
  process.exit(2);
}

async function tryOut(mutants: readonly Mutant[], campaign: Campaign, results: Results): Promise<boolean> {
  if (values.fresh) results.clear();
  const progress = new Progress(mutants.length);
  const start = performance.now();
  let remembered = 0;
  const tried = await campaign.run(mutants, count("jobs", values.jobs), (one, known) => {
    if (known) remembered++;
    progress.tick(one, known);
  });
  progress.end();
  const survivors = tried.filter(isSurvivor).map(({ mutant }) => mutant);
  const document = existsSync(DOCUMENT) ? readFileSync(DOCUMENT, "utf8") : "";
  const { unexplained, outdated } = compare(document, survivors, mutants);
  console.log(`${table(tried)}\n`);
  const seconds = (performance.now() - start) / 1000;
  console.log(`${seconds.toFixed(1)} s, ${remembered} outcomes from earlier runs`);
  if (survivors.length > 0) console.log(`\n${survivors.length} survive:\n${survivorLines(survivors)}`);
  if (outdated.length > 0)
    console.log(
      `\ndocs/mutation.md explains what does not survive:\n${outdated.map((e) => `${e.file} ${e.after}`).join("\n")}`,
    );
  if (unexplained.length > 0) console.log(`\ndocs/mutation.md does not explain:\n\n${asItems(unexplained)}`);
  return unexplained.length === 0;
}

// The copies of the project are removed at exit.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

if (values.help) console.log(HELP);
else {
  const project = await openProject(ROOT);
  const all = mutantsIn(project, values.only);
  if (all.length === 0) {
    console.error(`nothing to mutate in ${values.only.join(", ")}`);
    process.exit(2);
  }
  const mutants =
    values.sample === undefined ? all : sample(all, count("sample", values.sample), count("seed", values.seed));
  if (values.list) console.log(survivorLines(mutants));
  else {
    const results = new Results(RESULTS);
    process.exitCode = (await tryOut(mutants, new Campaign(ROOT, project, results), results)) ? 0 : 1;
  }
}
