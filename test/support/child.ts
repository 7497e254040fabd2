import type { ChildProcess } from "node:child_process";

const READY_TIMEOUT_MS = 45_000;
/** How much of a child's output is kept to explain a failed start. */
const OUTPUT_KEPT = 4_096;

/** Resolves when the child has printed what `ready` matches; rejects with its output when it ends first. */
export function untilPrinted(child: ChildProcess, ready: RegExp): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    let output = "";
    const timer = setTimeout(() => fail("did not get ready in time"), READY_TIMEOUT_MS);
    const fail = (reason: string) => {
      settle();
      child.kill("SIGKILL");
      reject(new Error(`${child.spawnfile} ${reason}:\n${output}`));
    };
    const onExit = (code: number | null) => fail(`ended (${code})`);
    const onError = (error: Error) => fail(error.message);
    const onData = (chunk: Buffer) => {
      output = (output + chunk.toString("utf8")).slice(-OUTPUT_KEPT);
      const match = ready.exec(output);
      if (match === null) return;
      settle();
      resolve(match);
    };
    const settle = () => {
      clearTimeout(timer);
      child.off("exit", onExit);
      child.off("error", onError);
      child.stdout?.off("data", onData);
      child.stderr?.off("data", onData);
      // Unread pipes would block the child.
      child.stdout?.resume();
      child.stderr?.resume();
    };
    child.once("exit", onExit);
    child.once("error", onError);
    child.stdout?.on("data", onData);
    child.stderr?.on("data", onData);
  });
}

/** Ends a child that we started and waits until it is gone. */
export async function endChild(child: ChildProcess, signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill(signal);
  await gone;
}
