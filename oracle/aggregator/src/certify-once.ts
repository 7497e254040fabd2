import { type CertificateEntry, ChronoError, type TaiNs } from "@chronoledger/core";
import type { Rounds } from "./rounds.ts";

/**
 * An appointment that is given up when a round fails, so that the one who asks may stamp something else: `Rounds` itself would go on.
 * @throws why the round failed; round/failed when the signal aborts
 */
export async function certifyOnce(
  rounds: Pick<Rounds, "appoint" | "onFailure">,
  time: TaiNs,
  imprint: Uint8Array,
  signal: AbortSignal,
): Promise<CertificateEntry> {
  if (signal.aborted) throw new ChronoError("round/failed", { reason: "nobody waits for the certificate any more" });
  const attempt = new AbortController();
  let failure: ChronoError | undefined;
  const giveUp = (): void => attempt.abort();
  const leave = rounds.onFailure((error) => {
    failure = error;
    giveUp();
  });
  signal.addEventListener("abort", giveUp);
  try {
    return await rounds.appoint(time, imprint, attempt.signal);
  } catch (error) {
    throw failure ?? error;
  } finally {
    leave();
    signal.removeEventListener("abort", giveUp);
  }
}
