import type { Tried } from "./campaign.ts";
import { itemOf } from "./explained.ts";
import { STATUSES, type Status } from "./messages.ts";
import type { Mutant } from "./mutants.ts";

export const isSurvivor = ({ outcome }: Tried): boolean =>
  outcome.status === "survived" || outcome.status === "unchanged";

function row(name: string, tried: readonly Tried[]): string[] {
  const count = (status: Status) => tried.filter(({ outcome }) => outcome.status === status).length;
  const valid = tried.filter((one) => one.outcome.status === "killed" || isSurvivor(one)).length;
  const rate = valid === 0 ? "-" : `${((100 * count("killed")) / valid).toFixed(1)} %`;
  return [name, String(tried.length), ...STATUSES.map((status) => String(count(status))), rate];
}

/** One line for each file and one for all. The rate is of those that could be killed. */
export function table(tried: readonly Tried[]): string {
  const files = [...new Set(tried.map(({ mutant }) => mutant.file))];
  const rows = [
    ["file", "mutants", ...STATUSES, "killed of valid"],
    ...files.map((file) =>
      row(
        file,
        tried.filter(({ mutant }) => mutant.file === file),
      ),
    ),
    row("all", tried),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((cells) => (cells[column] ?? "").length))) ?? [];
  const cell = (text: string, column: number) =>
    column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
  return rows.map((cells) => cells.map(cell).join("  ")).join("\n");
}

export const survivorLines = (survivors: readonly Mutant[]): string =>
  survivors
    .map(
      (mutant) =>
        `${mutant.file}:${mutant.line} ${mutant.where}, ${mutant.kind}\n  - ${mutant.before}\n  + ${mutant.after}`,
    )
    .join("\n");

/** As they would stand in docs/mutation.md, without the reasons. */
export const asItems = (survivors: readonly Mutant[]): string =>
  [...new Set(survivors.map(({ file }) => file))]
    .map((file) => [`## ${file}\n`, ...survivors.filter((mutant) => mutant.file === file).map(itemOf)].join("\n"))
    .join("\n\n");

/** Says how far a run is and how long it will go on: on a terminal in one line, else from time to time. */
export class Progress {
  readonly #all: number;
  readonly #terminal = process.stderr.isTTY;
  readonly #start = performance.now();
  #done = 0;
  #fresh = 0;
  #said = 0;

  constructor(all: number) {
    this.#all = all;
  }

  tick({ outcome, mutant }: Tried, remembered: boolean): void {
    this.#done++;
    if (!remembered) this.#fresh++;
    const now = performance.now();
    if (remembered || (!this.#terminal && now - this.#said < 15_000 && this.#done < this.#all)) return;
    this.#said = now;
    const left = ((now - this.#start) / this.#fresh) * (this.#all - this.#done);
    const text = `${this.#done}/${this.#all}, ${duration(left)} left; ${outcome.status}: ${mutant.file}:${mutant.line}`;
    process.stderr.write(this.#terminal ? `\r\x1b[K${text}` : `${text}\n`);
  }

  end(): void {
    if (this.#terminal) process.stderr.write("\r\x1b[K");
  }
}

export function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
