import { ChronoError } from "@chronoledger/core";

/**
 * Asks again every `everyMs` until `condition` holds; an exception counts as "not yet".
 * @throws process/failed after `timeoutMs`, with what was waited for and the last reason.
 */
export async function pollUntil(
  what: string,
  condition: () => Promise<boolean>,
  options: { readonly everyMs: number; readonly timeoutMs: number; readonly signal?: AbortSignal },
): Promise<void> {
  const end = AbortSignal.timeout(options.timeoutMs);
  let last: unknown;
  while (!end.aborted && options.signal?.aborted !== true) {
    try {
      if (await condition()) return;
      last = undefined;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, options.everyMs));
  }
  throw new ChronoError("process/failed", { waitedFor: what, timeoutMs: options.timeoutMs }, { cause: last });
}

/** Whether a service's /readyz answers 200. */
export const isReady = async (port: number, host: string): Promise<boolean> =>
  (await fetch(`http://${host}:${port}/readyz`, { signal: AbortSignal.timeout(2_000) })).ok;
