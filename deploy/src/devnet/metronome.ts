import { NS_PER_MS } from "@chronoledger/core";
import type { Clock } from "@chronoledger/service";
import type { RpcConnection } from "@chronoledger/txm/rpc";

/** Blocks are sealed this long after the whole second that they bear, as where slots follow the clock. */
const PHASE_MS = 3;
/** Later than this after whole seconds, three heads in a row, is a drift: one late head may be this process's own doing. */
const LATE_MS = 30;
const HEADS = 3;
const BLOCK_SECONDS = 1;

export type Metronome = {
  /** Whether the last blocks came right after whole seconds. */
  onTime(): boolean;
  stop(): void;
};

const intoSecondMs = (clock: Clock): number => Number((clock.utcNow() / NS_PER_MS) % 1_000n);

/** Mines on every whole second from the next one on. */
export async function mineEachSecond(rpc: Pick<RpcConnection, "request">, clock: Clock): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1_000 - intoSecondMs(clock) + PHASE_MS));
  await rpc.request("evm_setIntervalMining", [BLOCK_SECONDS]);
}

/** Puts a local chain back onto whole seconds when it has drifted: a late tick of anvil's timer moves all later ones. */
export function keepOnWholeSeconds(rpc: RpcConnection, clock: Clock): Metronome {
  let phases: number[] = [];
  let aligning = false;
  const align = async (late: number): Promise<void> => {
    aligning = true;
    await new Promise((resolve) => setTimeout(resolve, 1_000 - intoSecondMs(clock) + PHASE_MS));
    // Asking mines at once: too close to the old tick it would put two blocks into one second.
    if (intoSecondMs(clock) < late - PHASE_MS) await rpc.request("evm_setIntervalMining", [BLOCK_SECONDS]);
    phases = [];
  };
  rpc.onHead(() => {
    phases = [...phases.slice(1 - HEADS), intoSecondMs(clock)];
    const least = Math.min(...phases);
    if (aligning || phases.length < HEADS || least <= LATE_MS) return;
    // The chain may be away for a moment: the next heads ask again.
    align(least)
      .catch(() => undefined)
      .finally(() => {
        aligning = false;
      });
  });
  return { onTime: () => phases.length === HEADS && Math.min(...phases) <= LATE_MS, stop: () => rpc.close() };
}
