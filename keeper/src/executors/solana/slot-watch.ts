import { ChronoError, type UnixNs } from "@chronoledger/core";
import type { Clock, Logger } from "@chronoledger/service";
import { type Connection, SYSVAR_CLOCK_PUBKEY } from "@solana/web3.js";
import type { StopListening } from "./chain-port.ts";
import type { SlotSeen } from "./chain-time.ts";

/** Slots whose arrival is remembered until their clock is read. */
const ARRIVALS_KEPT = 16;
/** Slots without news until the clock is read without: subscriptions can be lost. */
const SILENCE_SLOTS = 3;

type Options = {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly slotMs: number;
  readonly log: Logger;
};

/** Reads the Clock sysvar with every slot. @returns stops it */
export function watchSlots(
  { connection, clock, slotMs, log }: Options,
  listener: (seen: SlotSeen) => void,
): StopListening {
  const arrivals = new Map<number, UnixNs>();
  let stopped = false;
  let reading = false;
  let again = false;

  const read = async (): Promise<void> => {
    again = reading;
    if (reading) return;
    reading = true;
    try {
      const account = await connection.getAccountInfo(SYSVAR_CLOCK_PUBKEY, "processed");
      if (stopped || account === null) return;
      const { slot, unixSeconds } = decodeClock(account.data);
      listener({ slot, unixSeconds, at: arrivals.get(slot) ?? clock.utcNow() });
    } catch (error) {
      log.warn({ err: error }, "the chain's clock could not be read");
    } finally {
      reading = false;
      if (again && !stopped) void read();
    }
  };

  let timer: NodeJS.Timeout | undefined;
  const listenFor = (): void => {
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(() => void read().finally(listenFor), slotMs * SILENCE_SLOTS);
  };
  const id = connection.onSlotChange(({ slot }) => {
    arrivals.set(slot, clock.utcNow());
    for (const old of arrivals.keys()) if (arrivals.size > ARRIVALS_KEPT) arrivals.delete(old);
    listenFor();
    void read();
  });
  listenFor();
  void read();
  return () => {
    stopped = true;
    clearTimeout(timer);
    return connection.removeSlotChangeListener(id).catch(() => undefined);
  };
}

/** slot u64, epoch start i64, epoch u64, leader schedule epoch u64, unix timestamp i64; little-endian. */
function decodeClock(data: Buffer): { slot: number; unixSeconds: bigint } {
  if (data.length < 40) throw new ChronoError("rpc/rejected", { what: "the Clock sysvar", bytes: data.length });
  return { slot: Number(data.readBigUInt64LE(0)), unixSeconds: data.readBigInt64LE(32) };
}
