import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
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
  readonly #asDeployed = new Map<string, Compiled>();

  constructor({ tree, level, usual, grace }: Setup, hre: HardhatRuntimeEnvironment) {
    this.#tree = tree;
    this.#level = level;
    this.#usual = usual;
    this.#grace = grace;
    this.#hre = hre;
    this.#compiler = new Compiler(tree, settingsOf(hre));
  }

  async baseline({ targets, tests }: Job & { type: "baseline" }): Promise<Answer> {
    for (const file of targets)
      for (const [name, codes] of this.#compiler.compile(file, this.#level)) this.#rewrite(file, name, codes);
    const seconds: Record<string, number> = {};
    const failed: string[] = [];
    for (const test of tests) {
      const start = processorSeconds();
      if (await this.#fails(test)) failed.push(test);
      seconds[test] = processorSeconds() - start;
    }
    return { type: "baseline", failed, seconds };
  }

  async mutant(job: Job & { type: "mutant" }): Promise<Answer> {
    const undo: (() => void)[] = [];
    try {
      return { type: "mutant", outcome: await this.#judge(job, undo) };
    } catch (error) {
      if (error instanceof CompileError) return { type: "mutant", outcome: { status: "invalid" } };
      throw error;
    } finally {
      for (const restore of undo) restore();
    }
  }

  /** Compiles only what the next test runs: most mutants are killed by the first. */
  async #judge({ file, source, targets, order }: Job & { type: "mutant" }, undo: (() => void)[]): Promise<Verdict> {
    const replaced = new Map([[file, source]]);
    if (targets.length === 0) this.#compiler.compile(file, this.#level, replaced);
    const differs = new Map<string, boolean>();
    for (const test of order) {
      const run = targets.filter(({ tests }) => tests.includes(test)).map((target) => target.file);
      for (const target of run) {
        if (differs.has(target)) continue;
        const back = this.#replace(target, this.#compile(target, replaced));
        undo.push(...back);
        differs.set(target, back.length > 0);
      }
      if (run.some((target) => differs.get(target)) && (await this.#fails(test))) return { status: "killed", by: test };
    }
    const changed = [...differs].flatMap(([target, different]) => (different ? [target] : []));
    if (changed.length === 0) return { status: "unchanged" };
    return { status: changed.every((target) => this.#isEquivalent(target, replaced)) ? "equivalent" : "survived" };
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

  /** Writes what differs, and gives back how to undo it. */
  #replace(file: string, compiled: Compiled): (() => void)[] {
    return [...compiled].flatMap(([name, codes]) => this.#rewrite(file, name, codes));
  }

  #rewrite(file: string, name: string, codes: { bytecode: string; deployedBytecode: string }): (() => void)[] {
    const path = join(this.#tree, "artifacts", file, `${name}.json`);
    const before = readFileSync(path, "utf8");
    const artifact = JSON.parse(before) as { bytecode: string; deployedBytecode: string };
    if (artifact.bytecode === codes.bytecode && artifact.deployedBytecode === codes.deployedBytecode) return [];
    writeFileSync(path, JSON.stringify({ ...artifact, ...codes }));
    return [() => writeFileSync(path, before)];
  }

  #isEquivalent(file: string, replaced: ReadonlyMap<string, string>): boolean {
    const known = this.#asDeployed.get(file) ?? this.#compiler.compile(file, "deployed");
    this.#asDeployed.set(file, known);
    const mutated = this.#compiler.compile(file, "deployed", replaced);
    return JSON.stringify([...mutated]) === JSON.stringify([...known]);
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
