import { ChronoError, isChronoError, retryOf } from "@chronoledger/core";
import { createLogger, type Logger } from "./log.ts";
import { Shutdown } from "./shutdown.ts";

/** Asked to stop: 0. Our fault or bad configuration: 1, do not restart. Temporary: 75 (EX_TEMPFAIL), restart. */
export const EXIT = { stopped: 0, failed: 1, temporary: 75 } as const;

export const exitCodeOf = (error: unknown): number =>
  isChronoError(error) && retryOf(error.code) === "later" ? EXIT.temporary : EXIT.failed;

export type ServiceContext = {
  readonly log: Logger;
  readonly shutdown: Shutdown;
  readonly fail: (error: unknown) => void;
};

/**
 * The frame of every `main.ts`: signals, one way out, exit codes. `start` wires the service and returns when it serves.
 * A parent that disappears ends the process too when CHRONO_PARENT_PIPE is 1 and standard input closes.
 */
export async function runService(name: string, start: (context: ServiceContext) => Promise<void>): Promise<void> {
  const log = createLogger(name);
  const shutdown = new Shutdown(log);
  const leave = async (code: number) => {
    await shutdown.stop();
    process.exit(code);
  };
  const fail = (error: unknown) => {
    if (shutdown.signal.aborted) return;
    const known = isChronoError(error) ? error : new ChronoError("internal/unexpected", {}, { cause: error });
    log.fatal({ code: known.code, err: error }, known.message);
    void leave(exitCodeOf(known));
  };
  process.once("SIGTERM", () => void leave(EXIT.stopped));
  process.once("SIGINT", () => void leave(EXIT.stopped));
  process.once("uncaughtException", fail);
  process.once("unhandledRejection", fail);
  if (process.env.CHRONO_PARENT_PIPE === "1") {
    process.stdin.resume();
    process.stdin.once("end", () => void leave(EXIT.stopped));
    process.stdin.once("error", () => void leave(EXIT.stopped));
  }
  try {
    await start({ log, shutdown, fail });
  } catch (error) {
    fail(error);
  }
}
