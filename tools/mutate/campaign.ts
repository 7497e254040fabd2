import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { Compiler, LEVELS, type Level, settingsOf } from "./compiler.ts";
import type { Outcome, Seconds } from "./messages.ts";
import { idOf, type Mutant, mutantsOf } from "./mutants.ts";
import { Project } from "./project.ts";
import type { Results } from "./results.ts";
import { openHardhat } from "./runtime.ts";
import { TestOrder } from "./test-order.ts";
import { Trees } from "./trees.ts";
import { StuckError, WorkerProcess } from "./worker-process.ts";

export type Tried = { readonly mutant: Mutant; readonly outcome: Outcome };
/** Remembered when an earlier run had tried it. */
type OnTried = (tried: Tried, remembered: boolean) => void;
type Baseline = {
  readonly level: Level;
  readonly seconds: Seconds;
  readonly order: TestOrder;
  readonly sensitive: readonly string[];
};

/** The runtime goes on improving the compiler's code for a while after it ran: that is processor time of the test, too. */
const GRACE_SECONDS = 15;

/** With more test files than this part that need the code as it is deployed, compiling quickly gains nothing. */
const MOST_SENSITIVE = 0.5;

/** The project's contracts and tests, and every mutant of a file that is named. */
export async function openProject(root: string): Promise<Project> {
  return new Project(root, new Compiler(root, settingsOf(await openHardhat(root))));
}

export function mutantsIn(project: Project, only: readonly string[] = []): Mutant[] {
  const chosen = project.mutated.filter((file) => only.length === 0 || only.some((prefix) => file.startsWith(prefix)));
  return chosen.flatMap((file) => {
    const tree = project.trees.get(file);
    return tree === undefined ? [] : mutantsOf(file, project.text(file), tree);
  });
}

/** Tries mutants one by one, by several workers. */
export class Campaign {
  readonly #root: string;
  readonly #project: Project;
  readonly #results: Results;
  readonly #grace: number;

  constructor(root: string, project: Project, results: Results, grace = GRACE_SECONDS) {
    this.#root = root;
    this.#project = project;
    this.#results = results;
    this.#grace = grace;
  }

  async run(mutants: readonly Mutant[], jobs: number, onTried: OnTried): Promise<Tried[]> {
    const digests = new Map<string, string>();
    for (const { file } of mutants) if (!digests.has(file)) digests.set(file, this.#project.digest(file));
    const keyOf = (mutant: Mutant) => `${idOf(mutant)}-${digests.get(mutant.file)}`;
    const done = new Map<Mutant, Outcome>();
    for (const mutant of mutants) {
      const outcome = this.#results.get(keyOf(mutant));
      if (outcome === undefined) continue;
      done.set(mutant, outcome);
      onTried({ mutant, outcome }, true);
    }
    const left = mutants.filter((mutant) => !done.has(mutant));
    if (left.length > 0)
      await this.#tryAll(left, jobs, (tried) => {
        this.#results.add(keyOf(tried.mutant), tried.outcome);
        done.set(tried.mutant, tried.outcome);
        onTried(tried, false);
      });
    return mutants.map((mutant) => ({ mutant, outcome: done.get(mutant) as Outcome }));
  }

  async #tryAll(mutants: readonly Mutant[], jobs: number, onTried: (tried: Tried) => void): Promise<void> {
    this.#build();
    const trees = new Trees(this.#root);
    try {
      const baseline = await this.#baseline(trees);
      const queue = [...mutants];
      const workers = Array.from({ length: Math.min(jobs, queue.length) }, (_, index) =>
        this.#work(`worker-${index}`, trees, baseline, queue, onTried),
      );
      const faults = (await Promise.allSettled(workers)).filter((result) => result.status === "rejected");
      if (faults[0] !== undefined) throw faults[0].reason;
    } finally {
      trees.remove();
    }
  }

  #build(): void {
    const cli = join(this.#root, "node_modules/hardhat/dist/src/cli.js");
    const run = spawnSync(process.execPath, [cli, "build", "--quiet"], { cwd: this.#root, encoding: "utf8" });
    if (run.status !== 0) throw new Error(`the contracts do not compile:\n${run.stdout}${run.stderr}`);
  }

  /** The quickest way of compiling on which most tests pass; unoptimized code may be too large, or need too much gas. */
  async #baseline(trees: Trees): Promise<Baseline> {
    for (const level of LEVELS) {
      const worker = await WorkerProcess.start({ root: this.#root, tree: trees.first, level, usual: {}, grace: 0 });
      try {
        const { tests, deployed } = this.#project;
        const { failed, sensitive, seconds } = await worker.ask({
          type: "baseline",
          targets: [...deployed, ...tests],
          tests,
        });
        if (failed.length > 0) throw new Error(`without a mutation these fail: ${failed.join(", ")}`);
        if (sensitive.length > tests.length * MOST_SENSITIVE) continue;
        const quick = Object.entries(seconds).filter(([test]) => !sensitive.includes(test));
        return { level, seconds, sensitive, order: new TestOrder(Object.fromEntries(quick)) };
      } finally {
        worker.stop();
      }
    }
    throw new Error("some tests fail now and then, without a mutation");
  }

  async #work(name: string, trees: Trees, baseline: Baseline, queue: Mutant[], onTried: (tried: Tried) => void) {
    const { level, seconds: usual } = baseline;
    const start = () =>
      WorkerProcess.start({ root: this.#root, tree: trees.fresh(name), level, usual, grace: this.#grace });
    let worker = await start();
    try {
      for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
        const outcome = await this.#tryOne(mutant, worker, baseline).catch((error: unknown) => {
          queue.length = 0;
          throw new Error(`${mutant.file}:${mutant.line} "${mutant.after}"`, { cause: error });
        });
        onTried({ mutant, outcome });
        if (outcome.stuck !== true) continue;
        worker.stop();
        worker = await start();
      }
    } finally {
      worker.stop();
    }
  }

  async #tryOne({ file, source }: Mutant, worker: WorkerProcess, baseline: Baseline): Promise<Outcome> {
    const { order, sensitive } = baseline;
    const targets = this.#project.targetsOf(file);
    const tests = order.of(file).filter((test) => targets.some((target) => target.tests.includes(test)));
    const start = performance.now();
    const seconds = () => Math.round(performance.now() - start) / 1000;
    try {
      const { outcome } = await worker.ask({ type: "mutant", file, source, targets, order: tests, sensitive });
      if (outcome.status === "killed" || outcome.status === "survived") order.learn(file, tests, outcome.by);
      return { ...outcome, seconds: seconds() };
    } catch (error) {
      if (!(error instanceof StuckError)) throw error;
      return { status: "killed", by: error.test, stuck: true, seconds: seconds() };
    }
  }
}
