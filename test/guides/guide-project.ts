import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { endChild } from "../support/child.ts";
import { type Block, blocksOf, commandsIn, ROOT } from "./document.ts";

/** Inside the clone, so that packages resolve as they do for whoever follows a guide there. Git does not look into it. */
const HOME = join(ROOT, ".chrono");
const BIN = join(ROOT, "node_modules", ".bin");

export type Ran = { readonly status: number | null; readonly out: string; readonly err: string };

/** What somebody has who follows a guide: its files, as printed, in a fresh folder, and a shell to run its commands in. */
export class GuideProject {
  readonly folder: string;
  readonly blocks: readonly Block[];
  readonly #env: Readonly<Record<string, string>>;
  readonly #left: Set<string>;
  readonly #children: ChildProcess[] = [];
  /** The one thing that may differ from what is printed: a test's network has ports of its own. */
  port: { readonly printed: number; readonly real: number } | undefined;

  /** @param blocks of the guide. @param env what the guide says is to be set */
  constructor(blocks: readonly Block[], env: Readonly<Record<string, string>>) {
    mkdirSync(HOME, { recursive: true });
    this.folder = mkdtempSync(join(HOME, "guide-"));
    this.blocks = blocks;
    this.#left = new Set(commandsIn(blocks));
    this.#env = {
      PATH: `${BIN}:${process.env.PATH ?? ""}`,
      HOME: process.env.HOME ?? "",
      XDG_CONFIG_HOME: join(this.folder, "config"),
      NO_COLOR: "1",
      ...env,
    };
    for (const { file, text } of blocks) if (file !== undefined) this.write(file, text);
  }

  static of(guide: string, env: Readonly<Record<string, string>>): GuideProject {
    return new GuideProject(blocksOf(`docs/guides/${guide}.md`), env);
  }

  /** Commands of the guide that have not been run. */
  get left(): readonly string[] {
    return [...this.#left];
  }
  /** The text blocks: what the guide says is printed. */
  get outputs(): readonly string[] {
    return this.blocks
      .filter(({ language, file }) => language === "text" && file === undefined)
      .map(({ text }) => text);
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(join(this.folder, file)), { recursive: true });
    writeFileSync(join(this.folder, file), text);
  }
  /** Instead of a link to a file of the clone. */
  replace(file: string, text: string): void {
    rmSync(join(this.folder, file));
    this.write(file, text);
  }
  read(file: string): string {
    return readFileSync(join(this.folder, file), "utf8");
  }

  /** Runs a command that stands in the guide, until it ends. */
  run(command: string, env: Readonly<Record<string, string>> = {}): Promise<Ran> {
    return ended(this.start(command, env));
  }

  /** Its output. Fails, with all of it, unless the exit status is 0. */
  async output(command: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
    const { status, out, err } = await this.run(command, env);
    assert.equal(status, 0, `${command}\n${out}${err}`);
    return out;
  }

  /** Commands of the guide one after another in one shell, as somebody types them; all that they print. Fails at the first that fails. */
  async session(commands: readonly string[]): Promise<string> {
    for (const command of commands) this.#take(command);
    const child = this.#spawn(
      ["set -eo pipefail", ...commands.map((command) => this.#withPort(command))].join("\n"),
      {},
    );
    const { status, out, err } = await ended(child);
    assert.equal(status, 0, out + err);
    return out;
  }

  /** Starts a command that stands in the guide and goes on by itself. */
  start(command: string, env: Readonly<Record<string, string>> = {}): ChildProcess {
    this.#take(command);
    // "exec": what is killed is the command and not a shell before it; "env" takes the settings that stand before it.
    return this.#spawn(command.includes("&&") ? command : `exec env ${this.#withPort(command)}`, env);
  }

  #take(command: string): void {
    assert.ok(commandsIn(this.blocks).includes(command), `the guide has no command "${command}"`);
    this.#left.delete(command);
  }
  #withPort(text: string): string {
    return this.port === undefined ? text : text.replaceAll(String(this.port.printed), String(this.port.real));
  }
  #spawn(script: string, env: Readonly<Record<string, string>>): ChildProcess {
    const url = this.port === undefined ? {} : { CHRONO_URL: `http://127.0.0.1:${this.port.real}` };
    const child = spawn("bash", ["-c", script], {
      cwd: this.folder,
      env: { ...this.#env, ...url, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#children.push(child);
    return child;
  }

  /** Ends what still runs, and takes the folder away. */
  async remove(): Promise<void> {
    for (const child of this.#children) await endChild(child);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function ended(child: ChildProcess): Promise<Ran> {
  let [out, err] = ["", ""];
  child.stdout?.on("data", (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    err += chunk.toString();
  });
  const status = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { status, out, err };
}
