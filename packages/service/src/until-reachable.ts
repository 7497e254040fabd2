import { isChronoError } from "@chronoledger/core";
import type { Logger } from "./log.ts";

const FIRST_RETRY_MS = 250;
const MOST_RETRY_MS = 5_000;

/** Tries until it works, waiting longer each time. Only an unreachable node is waited for. @throws whatever else goes wrong */
export async function untilReachable<Result>(
  attempt: () => Promise<Result>,
  options: { log: Logger; signal: AbortSignal },
): Promise<Result | undefined> {
  let retryMs = FIRST_RETRY_MS;
  while (!options.signal.aborted) {
    try {
      return await attempt();
    } catch (error) {
      if (!isChronoError(error) || error.code !== "rpc/unavailable") throw error;
      if (retryMs === FIRST_RETRY_MS)
        options.log.warn({ code: error.code }, "the chain cannot be reached; trying again");
    }
    await new Promise((resolve) => setTimeout(resolve, retryMs));
    retryMs = Math.min(MOST_RETRY_MS, retryMs * 2);
  }
  return undefined;
}
