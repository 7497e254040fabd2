import type { UnixNs } from "@chronoledger/core";
import { nextRunState, type RunEvent } from "../../planner/run-machine.ts";
import { withStep } from "../../planner/timeline.ts";
import { isOpen, newTaskRun, type TaskRun } from "./task-run.ts";
import type { TaskWindow } from "./task-window.ts";

export type TaskRunPatch = Partial<
  Pick<
    TaskRun,
    | "notBefore"
    | "notAfter"
    | "outcome"
    | "reason"
    | "mine"
    | "transaction"
    | "end"
    | "firstEligible"
    | "sentAt"
    | "clockUncertainty"
    | "settled"
  >
>;

const keyOf = (address: string, number: number): string => `${address}-${number}`;

/** Runs in memory: those that are open, and of the ended ones the newest. What a restart forgets the chain still knows. */
export class RunHistory {
  readonly #now: () => UnixNs;
  readonly #endedMost: number;
  readonly #runs = new Map<string, TaskRun>();
  readonly #byTask = new Map<string, Set<number>>();
  /** Keys of ended runs, the one that ended first first. */
  readonly #ended = new Set<string>();

  constructor(now: () => UnixNs, endedMost: number) {
    this.#now = now;
    this.#endedMost = endedMost;
  }

  get(address: string, number: number): TaskRun | undefined {
    return this.#runs.get(keyOf(address, number));
  }

  /** Of one task, in order of their numbers. */
  of(address: string): TaskRun[] {
    return [...(this.#byTask.get(address) ?? [])]
      .sort((a, b) => a - b)
      .map((number) => this.get(address, number) as TaskRun);
  }

  all(): IterableIterator<TaskRun> {
    return this.#runs.values();
  }

  /** Newest deadline first. */
  newest(limit: number): TaskRun[] {
    return [...this.#runs.values()]
      .sort((a, b) => (a.notBefore === b.notBefore ? b.number - a.number : a.notBefore < b.notBefore ? 1 : -1))
      .slice(0, limit);
  }

  /** Takes the place of an earlier run of that name. */
  begin(seen: Pick<TaskRun, "address" | "clock" | "plannedSlot"> & TaskWindow): TaskRun {
    return this.#keep(newTaskRun(seen, this.#now()));
  }

  /** @throws internal/unexpected when the event cannot happen in the run's state. */
  apply(run: TaskRun, event: RunEvent, patch: TaskRunPatch = {}): TaskRun {
    const current = this.#current(run);
    const state = nextRunState(current.state, event);
    const timeline = state === current.state ? current.timeline : withStep(current.timeline, state, this.#now());
    return this.#keep({ ...current, ...patch, state, timeline });
  }

  /** Changes what is known of a run but not its state. */
  note(run: TaskRun, patch: TaskRunPatch): TaskRun {
    return this.#keep({ ...this.#current(run), ...patch });
  }

  #current(run: TaskRun): TaskRun {
    return this.get(run.address, run.number) ?? run;
  }

  #keep(run: TaskRun): TaskRun {
    const key = keyOf(run.address, run.number);
    this.#runs.set(key, run);
    const numbers = this.#byTask.get(run.address);
    if (numbers === undefined) this.#byTask.set(run.address, new Set([run.number]));
    else numbers.add(run.number);
    if (isOpen(run)) this.#ended.delete(key);
    else this.#ended.add(key);
    this.#forget();
    return run;
  }

  #forget(): void {
    for (const key of this.#ended) {
      if (this.#ended.size <= this.#endedMost) return;
      const { address, number } = this.#runs.get(key) as TaskRun;
      this.#ended.delete(key);
      this.#runs.delete(key);
      const numbers = this.#byTask.get(address);
      numbers?.delete(number);
      if (numbers?.size === 0) this.#byTask.delete(address);
    }
  }
}
