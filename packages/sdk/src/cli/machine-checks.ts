import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { connect } from "node:net";
import { promisify } from "node:util";

export type Check = {
  readonly what: string;
  /** "missing": stamping fails without it. "optional": only the services that the remedy names need it. */
  readonly state: "ok" | "missing" | "optional";
  readonly found: string;
  readonly remedy?: string;
};

const TIMEOUT_MS = 5_000;
/** Of the development network; `npm start` takes sixteen from the first. */
const FIRST_PORT = 4_700;
const PORTS = 16;
const run = promisify(execFile);

/** The first line that a program prints; undefined when it is not there or fails. */
async function output(program: string, ...args: string[]): Promise<string | undefined> {
  try {
    const { stdout } = await run(program, args, { timeout: TIMEOUT_MS });
    return stdout.trim();
  } catch {
    return undefined;
  }
}

function nodeVersion(version: string): Check {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const good = (major === 24 && minor >= 14) || (major > 24 && major < 27);
  if (good) return { what: "Node.js", state: "ok", found: version };
  return { what: "Node.js", state: "missing", found: version, remedy: "install Node.js 24.14 or later, below 27" };
}

async function program(what: string, name: string, remedy: string): Promise<Check> {
  const version = (await output(name, "--version"))?.split("\n")[0];
  return version === undefined
    ? { what, state: "optional", found: `no ${name} on the path`, remedy }
    : { what, state: "ok", found: version };
}

async function clockState(): Promise<Check> {
  const what = "clock";
  const tracking = await output("chronyc", "-n", "tracking");
  if (tracking !== undefined) {
    const leap = /^Leap status\s*:\s*(.*)$/m.exec(tracking)?.[1] ?? "unknown";
    const offset = /^System time\s*:\s*(.*)$/m.exec(tracking)?.[1] ?? "";
    if (leap !== "Not synchronised") return { what, state: "ok", found: `chrony: ${leap}, ${offset}` };
    return {
      what,
      state: "optional",
      found: "chrony is not synchronised",
      remedy: "see `chronyc sources`; a node needs it",
    };
  }
  if ((await output("timedatectl", "show", "-p", "NTPSynchronized", "--value")) === "yes")
    return { what, state: "ok", found: "synchronised, by systemd" };
  const remedy = "a node needs a disciplined clock: install chrony and give it time servers";
  return { what, state: "optional", found: "no chrony, and nobody says that it is synchronised", remedy };
}

async function tpm(): Promise<Check> {
  const [what, device] = ["TPM", "/dev/tpmrm0"];
  try {
    await access(device, constants.R_OK | constants.W_OK);
    return { what, state: "ok", found: device };
  } catch (error) {
    const denied = (error as NodeJS.ErrnoException).code === "EACCES";
    return {
      what,
      state: "optional",
      found: denied ? `${device} may not be used by you` : `no ${device}`,
      remedy: denied
        ? "join its group, often tss"
        : "without one a node keeps its key in a file and sets the test flag",
    };
  }
}

const isTaken = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1", timeout: TIMEOUT_MS });
    const settle = (taken: boolean) => {
      socket.destroy();
      resolve(taken);
    };
    socket.once("connect", () => settle(true));
    socket.once("error", () => settle(false));
    socket.once("timeout", () => settle(true));
  });

async function ports(): Promise<Check> {
  const all = Array.from({ length: PORTS }, (_, i) => FIRST_PORT + i);
  const taken = await Promise.all(all.map(isTaken));
  const busy = all.filter((_, i) => taken[i]);
  const what = "ports";
  if (busy.length === 0) return { what, state: "ok", found: `${FIRST_PORT} to ${FIRST_PORT + PORTS - 1} are free` };
  return {
    what,
    state: "optional",
    found: `in use: ${busy.join(" ")}`,
    remedy: "well if it is the development network; if not, start it with `npm start -- --port-base N`",
  };
}

/** What the services want of a machine; only Node.js is needed for stamping and verifying. */
export const checkMachine = (version: string = process.versions.node): Promise<Check[]> =>
  Promise.all([
    nodeVersion(version),
    program("Redis", "redis-server", "keepers need one; the development network brings its own"),
    program(
      "PostgreSQL",
      "postgres",
      "several gateways, relayers or keepers on one database need a server; alone, each brings its own",
    ),
    clockState(),
    tpm(),
    ports(),
  ]);
