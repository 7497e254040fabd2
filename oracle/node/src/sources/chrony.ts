import { execFile } from "node:child_process";
import { NS_PER_S, toMs } from "@chronoledger/core";
import type { Clock } from "@chronoledger/service";
import { type ClockSource, readInstant, type SourceReading } from "./clock-source.ts";

/** An answer stays good that long; its uncertainty grows meanwhile. */
const REUSE_NS = 2n * NS_PER_S;
/** Where there is no chrony, one look in half a minute is enough. */
const ABSENT_REUSE_NS = 30n * NS_PER_S;
const TIMEOUT_MS = 1_000;
/** Without an update for that many intervals, chrony lives on its own estimate of the drift. */
const HOLDOVER_INTERVALS = 8;

export type RunChronyc = () => Promise<string>;

const runChronyc: RunChronyc = () =>
  new Promise((resolve, reject) => {
    execFile("chronyc", ["-c", "tracking"], { timeout: TIMEOUT_MS, windowsHide: true }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else if ((error as NodeJS.ErrnoException).code === "ENOENT") reject(new Error("chronyc is not installed"));
      else reject(new Error((stderr || stdout || error.message).trim().split("\n")[0]));
    });
  });

/** chrony's own bound: |offset| + root dispersion + root delay / 2 (chronyc manual, "tracking"). */
export function chronySource(clock: Clock, run: RunChronyc = runChronyc): ClockSource {
  let last: SourceReading | undefined;
  return {
    name: "chrony",
    async read() {
      const instant = readInstant(clock);
      const reuse = last?.health === "unavailable" ? ABSENT_REUSE_NS : REUSE_NS;
      if (last !== undefined && instant.at - last.at < reuse) return last;
      try {
        last = parseTracking(await run(), instant, clock.utcNow() / NS_PER_S);
      } catch (error) {
        last = { health: "unavailable", detail: (error as Error).message, offset: undefined, ...instant };
      }
      return last;
    },
  };
}

/** `now` in seconds of UTC. The fields of `chronyc -c tracking`, separated by commas. */
export function parseTracking(
  line: string,
  instant: Pick<SourceReading, "at" | "machineOffset">,
  now: bigint,
): SourceReading {
  const fields = line.trim().split(",");
  const [, name, , refTime, systemTime, , , , , , rootDelay, rootDispersion, interval, leap] = fields;
  const seconds = [systemTime, rootDelay, rootDispersion].map((text) =>
    text === undefined || text === "" ? Number.NaN : Number(text),
  );
  if (fields.length < 14 || seconds.some((value) => !Number.isFinite(value)))
    return {
      health: "unavailable",
      detail: "chronyc answered in a form that is not understood",
      offset: undefined,
      ...instant,
    };
  if (leap === "Not synchronised")
    return { health: "unsynchronised", detail: "chronyd has no source that it trusts", offset: undefined, ...instant };
  const [offset, delay, dispersion] = seconds as [number, number, number];
  const bound = BigInt(Math.ceil((Math.abs(offset) + dispersion + delay / 2) * 1e9));
  const age = Number(now) - Number(refTime);
  const holdover = age > Math.max(64, HOLDOVER_INTERVALS * Number(interval));
  return {
    health: holdover ? "holdover" : "synchronised",
    detail: `chrony: within ${toMs(bound)} ms of ${name || "its reference"}${holdover ? `, no update for ${Math.round(age)} s` : ""}`,
    offset: { earliest: -bound, latest: bound },
    ...instant,
  };
}
