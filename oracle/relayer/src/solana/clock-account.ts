import { ChronoError, isChronoError } from "@chronoledger/core";
import { type ChronoProgram, clockAddress } from "@chronoledger/solana";
import type { Connection } from "@solana/web3.js";
import type { StoredTime } from "../stored-time.ts";

/** The relayer's view of the attested clock. */
export interface ClockAccount {
  /** At `processed`. @throws rpc/unavailable; rpc/rejected when the program has no clock there */
  stored(): Promise<StoredTime>;
}

export function clockAccount(connection: Pick<Connection, "getAccountInfo">, program: ChronoProgram): ClockAccount {
  const address = clockAddress(program.programId);
  return {
    async stored() {
      const account = await connection.getAccountInfo(address, "processed").catch((cause: unknown) => {
        throw isChronoError(cause)
          ? cause
          : new ChronoError("rpc/unavailable", { method: "getAccountInfo" }, { cause });
      });
      if (account === null || !account.owner.equals(program.programId)) throw noClock(address.toBase58());
      try {
        const { sequence, timeTaiNs } = program.coder.accounts.decode("attestedClock", account.data);
        return { sequence: BigInt(sequence.toString()), time: BigInt(timeTaiNs.toString()) };
      } catch (cause) {
        throw noClock(address.toBase58(), cause);
      }
    },
  };
}

const noClock = (clock: string, cause?: unknown): ChronoError =>
  new ChronoError(
    "rpc/rejected",
    { clock },
    { cause, remedy: "the program is not initialised on this cluster, or is another one" },
  );
