import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import type { Answer, Job, Setup } from "./messages.ts";

/** A test file that a mutant keeps from ending. */
export class StuckError extends Error {
  readonly test: string;

  constructor(test: string) {
    super(`no end of ${test}`);
    this.test = test;
  }
}

/** The coordinator's side of one worker: a job at a time. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #kill = () => this.#child.kill("SIGKILL");
  #errors = "";

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.stderr?.on("data", (chunk: Buffer) => {
      this.#errors = (this.#errors + chunk.toString()).slice(-4000);
    });
  }

  static async start(setup: Setup): Promise<WorkerProcess> {
    const child = fork(join(import.meta.dirname, "worker.ts"), [JSON.stringify(setup)], {
      cwd: setup.tree,
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    const worker = new WorkerProcess(child);
    // Before the tree is removed.
    process.prependOnceListener("exit", worker.#kill);
    await worker.#answer("ready");
    return worker;
  }

  async ask<T extends Job["type"]>(job: Job & { type: T }): Promise<Answer & { type: T }> {
    const answer = this.#answer(job.type);
    this.#child.send(job);
    return (await answer) as Answer & { type: T };
  }

  stop(): void {
    process.off("exit", this.#kill);
    this.#kill();
  }

  #answer(type: Answer["type"]): Promise<Answer> {
    const child = this.#child;
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        child.off("message", onMessage).off("exit", onExit);
        settle();
      };
      const onMessage = (answer: Answer) =>
        end(() => {
          if (answer.type === type) resolve(answer);
          else if (answer.type === "stuck") reject(new StuckError(answer.test));
          else reject(new Error(answer.type === "fault" ? answer.message : `unexpected ${answer.type}`));
        });
      const onExit = (code: number | null) => end(() => reject(new Error(`a worker ended (${code}): ${this.#errors}`)));
      child.on("message", onMessage).on("exit", onExit);
    });
  }
}
