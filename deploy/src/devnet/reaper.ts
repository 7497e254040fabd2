import { createInterface } from "node:readline";

/**
 * Ends what the supervisor started when the supervisor itself is killed: reads `+PID` and `-PID` lines, and when the pipe
 * closes without a `done` line, kills every process still noted.
 */
const alive = new Set<number>();
let done = false;
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => undefined);

const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const pid = Number(line.slice(1));
  if (line === "done") done = true;
  else if (line.startsWith("+") && Number.isInteger(pid)) alive.add(pid);
  else if (line.startsWith("-")) alive.delete(pid);
});
lines.on("close", () => {
  if (!done)
    for (const pid of alive)
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has gone already.
      }
  process.exit(0);
});
