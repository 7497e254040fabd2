import type { TaskEvent } from "@chronoledger/solana";
import { canHappen } from "../../planner/run-machine.ts";
import type { RunHistory } from "./run-history.ts";
import { isOpen, type TaskRun } from "./task-run.ts";
import type { TaskWindow } from "./task-window.ts";
import type { TrackedTask } from "./tracked-task.ts";

/** Makes what is known of a task's runs agree with its account. Doing it again changes nothing. */
export class RunAligner {
  readonly #history: RunHistory;

  constructor(history: RunHistory) {
    this.#history = history;
  }

  /** The account says that this run is the next: it is open, whatever was thought of it before. */
  open(tracked: TrackedTask, window: TaskWindow): TaskRun {
    const history = this.#history;
    const { address, slot } = tracked;
    for (const run of history.of(address)) if (run.number < window.number) this.#miss(tracked, run);
    const known = history.get(address, window.number);
    const sameWindow = known?.notBefore === window.notBefore && known.notAfter === window.notAfter;
    if (known !== undefined && isOpen(known))
      return sameWindow ? known : history.note(known, { notBefore: window.notBefore, notAfter: window.notAfter });
    // Updated by its owner, or queued anew under its address.
    if (known === undefined || !sameWindow || known.settled || !canHappen(known.state, "reorganise"))
      return history.begin({ ...window, address, clock: tracked.task?.clock ?? "chain", plannedSlot: slot });
    const lost = history.apply(known, "reorganise", {
      ...{ outcome: null, end: null, firstEligible: null, mine: false, transaction: null },
      reason: "a fork took its end away",
    });
    return history.apply(lost, "defer");
  }

  /** Every window is over. */
  over(tracked: TrackedTask): void {
    for (const run of this.#history.of(tracked.address)) this.#miss(tracked, run);
  }

  /** Only what the account says has not run can have been missed. */
  #miss(tracked: TrackedTask, run: TaskRun): void {
    const { task } = tracked;
    if (task === undefined || run.number < task.number || !isOpen(run)) return;
    if (tracked.shotsOf(run.number).length > 0) return;
    this.#history.apply(run, "expire", { outcome: "expired", reason: run.reason ?? "not run by notAfter" });
  }

  /** Open runs that the account says have ended. */
  ended(tracked: TrackedTask): TaskRun[] {
    const { task } = tracked;
    return this.#history
      .of(tracked.address)
      .filter((run) => isOpen(run) && (task === undefined || run.number < task.number));
  }

  /** Books what the chain says of such runs. @returns those that were run */
  explain(tracked: TrackedTask, events: readonly TaskEvent[], keeper: string): TaskRun[] {
    const ran: TaskRun[] = [];
    for (const run of this.ended(tracked)) {
      const after = events.filter(({ slot }) => slot > run.plannedSlot);
      const own = after.find(({ what }) => what.kind === "run" && what.number === run.number);
      if (own !== undefined && own.what.kind === "run") {
        ran.push(this.included(run, { ...own, mine: own.what.keeper === keeper }));
        continue;
      }
      const closed = after.find(({ what }) => what.kind === "closed");
      const later = after.find(({ what }) => what.kind === "run" && what.number > run.number);
      const ending = later ?? closed;
      if (ending === undefined) continue;
      const cancelled = ending.what.kind === "closed" && ending.what.reason === "cancelled";
      this.#history.apply(run, cancelled ? "cancel" : "expire", {
        outcome: cancelled ? "cancelled" : "expired",
        transaction: ending.transaction,
        end: { slot: ending.slot, unixSeconds: null },
      });
    }
    return ran;
  }

  /** It was run, by whomever. */
  included(run: TaskRun, at: { readonly transaction: string; readonly slot: number; readonly mine: boolean }): TaskRun {
    return this.#history.apply(run, "include", {
      outcome: "executed",
      reason: null,
      mine: at.mine,
      transaction: at.transaction,
      end: { slot: at.slot, unixSeconds: null },
    });
  }

  /** Ends at or below the finalised slot that the account agrees with cannot be taken back. */
  settle(tracked: TrackedTask, finalizedSlot: number): void {
    const { task, slot } = tracked;
    for (const run of this.#history.of(tracked.address)) {
      if (run.settled || isOpen(run) || slot < finalizedSlot) continue;
      const missed = run.end === null;
      const gone = task === undefined || run.number < task.number;
      if (missed ? !gone : !gone || (run.end?.slot ?? 0) > finalizedSlot) continue;
      if (canHappen(run.state, "finalise")) this.#history.apply(run, "finalise", { settled: true });
    }
  }
}
