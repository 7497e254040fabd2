import { styleText } from "node:util";

/** Where a command writes. Colours are left out when NO_COLOR is set or nobody looks on. */
export class Terminal {
  readonly json: boolean;

  constructor(json: boolean) {
    this.json = json;
  }

  /** For people; silent with --json. */
  line(text = ""): void {
    if (!this.json) process.stdout.write(`${text}\n`);
  }
  /** What a program reads: one line with --json, nothing without. Integers beyond 2^53 are decimal strings. */
  data(value: unknown): void {
    if (!this.json) return;
    process.stdout.write(`${JSON.stringify(value, (_, each) => (typeof each === "bigint" ? String(each) : each))}\n`);
  }
  /** What must be seen also when the output is read by a program. */
  note(text: string): void {
    process.stderr.write(`${text}\n`);
  }
  good(text: string): string {
    return styleText("green", text, { stream: process.stdout });
  }
  bad(text: string): string {
    return styleText("red", text, { stream: process.stdout });
  }
  warn(text: string): string {
    return styleText("yellow", text, { stream: process.stdout });
  }
  bold(text: string): string {
    return styleText("bold", text, { stream: process.stdout });
  }
}

export const TEST_WARNING = "TEST: a key or a clock of this network is not rooted in hardware. This is no evidence.";
