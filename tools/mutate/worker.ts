import { rmSync } from "node:fs";
import { join } from "node:path";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { Artifacts } from "./artifacts.ts";
import { type Compiled, CompileError, Compiler, type Level, settingsOf } from "./compiler.ts";
import type { Answer, Job, Outcome, Seconds, Setup } from "./messages.ts";
import { openHardhat } from "./runtime.ts";

/** How many times longer a test may take on a mutant. */
const SLOWER = 5;

function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** A process of its own, for a mutant may loop for ever. It works in a copy of the project, whose artifacts it replaces. */
class Worker {
  readonly #tree: string;
  readonly #level: Level;
  readonly #usual: Seconds;
  readonly #grace: number;
  readonly #hre: HardhatRuntimeEnvironment;
  readonly #compiler: Compiler;
  readonly #artifacts: Artifacts;
  readonly #asDeployed = new Map<string, Compiled>();

  constructor({ tree, level, usual, grace }: Setup, hre: HardhatRuntimeEnvironment) {
    this.#tree = tree;
    this.#level = level;
    this.#usual = usual;
    this.#grace = grace;
    this.#hre = hre;
    this.#artifacts = new Artifacts(tree);
    this.#compiler = new Compiler(tree, settingsOf(hre));
  }

  async baseline({ targets, tests }: Job & { type: "baseline" }): Promise<Answer> {
    this.#artifacts.settle(targets.map((file) => [file, this.#compile(file, new Map())]));
    const seconds: Record<string, number> = {};
    const failing = async (files: readonly string[]) => {
      const failed: string[] = [];
      for (const test of files) {
        const start = processorSeconds();
        if (await this.#fails(test)) failed.push(test);
        seconds[test] = processorSeconds() - start;
      }
      return failed;
    };
    const sensitive = await failing(tests);
    this.#artifacts.useBuilt();
    const failed = await failing(sensitive);
    this.#artifacts.restore();
    return { type: "baseline", failed, sensitive, seconds };
  }

  async mutant(job: Job & { type: "mutant" }): Promise<Answer> {
    try {
      return { type: "mutant", outcome: await this.#judge(job) };
    } catch (error) {
      if (error instanceof CompileError) return { type: "mutant", outcome: { status: "invalid" } };
      throw error;
    } finally {
      this.#artifacts.restore();
    }
  }

  /** Compiles only what the next test runs: most mutants are killed by the first. */
  async #judge({ file, source, targets, order, sensitive }: Job & { type: "mutant" }): Promise<Verdict> {
    const replaced = new Map([[file, source]]);
    if (targets.length === 0) this.#compiler.compile(file, this.#level, replaced);
    const runBy = (test: string) => targets.filter(({ tests }) => tests.includes(test)).map((target) => target.file);
    const known = new Map<string, boolean>();
    const differs = (target: string): boolean => {
      const answer = known.get(target) ?? this.#artifacts.replace(target, this.#compile(target, replaced));
      known.set(target, answer);
      return answer;
    };
    // All that a test runs is compiled before it runs.
    for (const test of order)
      if (runBy(test).filter(differs).length > 0 && (await this.#fails(test))) return { status: "killed", by: test };
    const changed = targets.map((target) => target.file).filter(differs);
    return changed.length === 0
      ? { status: "unchanged" }
      : await this.#judgeAsDeployed(changed, replaced, (target) =>
          sensitive.filter((test) => runBy(test).includes(target)),
        );
  }

  async #judgeAsDeployed(
    changed: readonly string[],
    replaced: ReadonlyMap<string, string>,
    sensitiveOf: (target: string) => readonly string[],
  ): Promise<Verdict> {
    this.#artifacts.useBuilt();
    const different = changed.filter((target) => this.#replaceAsDeployed(target, replaced));
    if (different.length === 0) return { status: "equivalent" };
    for (const test of new Set(different.flatMap(sensitiveOf)))
      if (await this.#fails(test)) return { status: "killed", by: test };
    return { status: "survived" };
  }

  /** Whether the code that is deployed differs from what it is without the mutation. */
  #replaceAsDeployed(file: string, replaced: ReadonlyMap<string, string>): boolean {
    const plain = this.#asDeployed.get(file) ?? this.#compiler.compile(file, "deployed");
    this.#asDeployed.set(file, plain);
    const mutated = this.#compiler.compile(file, "deployed", replaced);
    this.#artifacts.replace(file, mutated);
    return JSON.stringify([...mutated]) !== JSON.stringify([...plain]);
  }

  #compile(file: string, replaced: ReadonlyMap<string, string>): Compiled {
    try {
      return this.#compiler.compile(file, this.#level, replaced);
    } catch (error) {
      // Quick code needs more of the stack.
      if (error instanceof CompileError && /stack/i.test(error.message))
        return this.#compiler.compile(file, "deployed", replaced);
      throw error;
    }
  }

  async #fails(test: string): Promise<boolean> {
    const watch = this.#watch(test);
    const task = this.#hre.tasks.getTask(["test", "solidity"]);
    const result = await task.run({ testFiles: [test], noCompile: true }).finally(() => clearInterval(watch));
    const { success, value } = result as { success: boolean; value?: Ran };
    const ran = (value?.suiteResults ?? []).flatMap(({ testResults }) => testResults);
    if (success && ran.length === 0) throw new Error(`${test} ran no test`);
    // Inputs that failed once would be tried on the mutants that follow.
    if (!success) rmSync(join(this.#tree, "cache"), { recursive: true, force: true });
    return !success;
  }

  /** Tests run in threads beside this one. Processor time does not depend on what else the machine does. */
  #watch(test: string): NodeJS.Timeout {
    const most = processorSeconds() + (this.#usual[test] ?? Number.POSITIVE_INFINITY) * SLOWER + this.#grace;
    return setInterval(() => {
      if (processorSeconds() > most) report({ type: "stuck", test });
    }, 250);
  }
}
type Verdict = Omit<Outcome, "seconds">;
type Ran = { readonly suiteResults: readonly { readonly testResults: readonly unknown[] }[] };

function report(answer: Answer): void {
  process.send?.(answer);
}

const setup = JSON.parse(process.argv[2] ?? "") as Setup;
const worker = new Worker(setup, await openHardhat(setup.root, setup.tree));
process.on("message", (job: Job) => {
  (job.type === "baseline" ? worker.baseline(job) : worker.mutant(job)).then(report, (error: unknown) =>
    report({ type: "fault", message: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
process.once("disconnect", () => process.exit(0));
report({ type: "ready" });
