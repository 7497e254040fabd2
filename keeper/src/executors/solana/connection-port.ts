import { ChronoError, isChronoError, taiNs, toUtc } from "@chronoledger/core";
import type { Clock, Logger } from "@chronoledger/service";
import {
  type ChronoProgram,
  clockAddress,
  decodeTask,
  runTaskInstruction,
  type Task,
  tablesOfTask,
  taskEvents,
} from "@chronoledger/solana";
import { type Connection, PublicKey } from "@solana/web3.js";
import type { AttestedSeen, BlockTimes, ChainPort, TaskSeen } from "./chain-port.ts";
import { watchSlots } from "./slot-watch.ts";

/** Accounts that nodes give in one answer. */
const READ_MOST = 100;
/** Accounts that fit in a run's transaction by their addresses, whichever they are. */
const FITS_WITHOUT_TABLE = 20;
/** Slots without a block that are looked over for a block's parent. */
const SKIPPED_MOST = 32;

export type ConnectionPortOptions = {
  readonly connection: Connection;
  readonly program: ChronoProgram;
  /** Pays and is paid. */
  readonly keeper: PublicKey;
  readonly clock: Clock;
  readonly slotMs: number;
  readonly log: Logger;
};

/** A cluster by JSON-RPC and WebSocket, at `processed` where it matters when, at `confirmed` where it matters what. */
export function connectChain(options: ConnectionPortOptions): ChainPort {
  const { connection, program, log } = options;
  const filter = program.coder.accounts.memcmp("task");
  const filters = [{ memcmp: { offset: filter.offset ?? 0, bytes: filter.bytes as string } }];
  const attestedAddress = clockAddress(program.programId);

  const seenTask = (
    address: PublicKey,
    slot: number,
    account: { data: Buffer; owner: PublicKey } | null,
  ): TaskSeen => ({
    address: address.toBase58(),
    slot,
    task: account?.owner.equals(program.programId) ? decoded(address, account.data) : undefined,
  });
  const decoded = (address: PublicKey, data: Buffer): Task | undefined => {
    try {
      return decodeTask(program, address, data);
    } catch (error) {
      log.warn({ err: error, task: address.toBase58() }, "an account is not a task");
      return undefined;
    }
  };
  const seenClock = (data: Buffer | undefined): AttestedSeen | undefined => {
    if (data === undefined) return undefined;
    const clock = program.coder.accounts.decode("attestedClock", data);
    if (clock.sequence.isZero() || clock.paused) return undefined;
    const time = toUtc(taiNs(BigInt(clock.timeTaiNs.toString())), clock.taiMinusUtc);
    return { time, slot: Number(clock.slot.toString()) };
  };
  return {
    tasks: () =>
      asked("tasks", async () => {
        const { context, value } = await connection.getProgramAccounts(program.programId, {
          commitment: "processed",
          filters,
          withContext: true,
        });
        return value
          .map(({ pubkey, account }) => seenTask(pubkey, context.slot, account))
          .filter(({ task }) => task !== undefined);
      }),
    read: (addresses) =>
      asked("accounts", async () => {
        const seen: TaskSeen[] = [];
        for (let at = 0; at < addresses.length; at += READ_MOST) {
          const keys = addresses.slice(at, at + READ_MOST).map((address) => new PublicKey(address));
          const { context, value } = await connection.getMultipleAccountsInfoAndContext(keys, "processed");
          keys.forEach((key, index) => {
            seen.push(seenTask(key, context.slot, value[index] ?? null));
          });
        }
        return seen;
      }),
    attested: () =>
      asked("the clock", async () => seenClock((await connection.getAccountInfo(attestedAddress, "processed"))?.data)),
    finalizedSlot: () => asked("the final slot", () => connection.getSlot("finalized")),
    blockTimes: (slot) =>
      asked("blocks", async (): Promise<BlockTimes | undefined> => {
        const blocks = await connection.getBlocks(Math.max(0, slot - SKIPPED_MOST), slot, "confirmed");
        const parentSlot = blocks.at(-2);
        if (blocks.at(-1) !== slot || parentSlot === undefined) return undefined;
        const [own, parent] = await Promise.all([connection.getBlockTime(slot), connection.getBlockTime(parentSlot)]);
        if (own === null || parent === null) return undefined;
        return { unixSeconds: BigInt(own), parentSlot, parentUnixSeconds: BigInt(parent) };
      }),
    eventsOf: (address) =>
      asked("a task's transactions", () => taskEvents(connection, program, new PublicKey(address))),
    tablesOf: (task) =>
      task.accounts.length <= FITS_WITHOUT_TABLE
        ? Promise.resolve([])
        : asked("a task's lookup tables", () => tablesOfTask(connection, task.address)),
    runInstructions: async (task) => [await runTaskInstruction(program, task, options.keeper)],
    expireInstructions: async (task) => [
      await program.methods.expireTaskV0().accountsPartial({ task: task.address, refund: task.refund }).instruction(),
    ],
    onSlot: (listener) => watchSlots(options, listener),
    onTask(listener) {
      const id = connection.onProgramAccountChange(
        program.programId,
        ({ accountId, accountInfo }, { slot }) => listener(seenTask(accountId, slot, accountInfo)),
        { commitment: "processed", filters },
      );
      return () => connection.removeProgramAccountChangeListener(id).catch(() => undefined);
    },
    onAttested(listener) {
      const id = connection.onAccountChange(
        attestedAddress,
        ({ data }) => {
          const seen = seenClock(data);
          if (seen !== undefined) listener(seen);
        },
        { commitment: "processed" },
      );
      return () => connection.removeAccountChangeListener(id).catch(() => undefined);
    },
  };
}

async function asked<Value>(what: string, ask: () => Promise<Value>): Promise<Value> {
  try {
    return await ask();
  } catch (cause) {
    throw isChronoError(cause) ? cause : new ChronoError("rpc/unavailable", { asked: what }, { cause });
  }
}
