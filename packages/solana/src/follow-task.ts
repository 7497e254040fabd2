import type { AccountInfo, Connection, PublicKey } from "@solana/web3.js";
import type { ChronoProgram } from "./program.ts";
import { decodeTask, type Task } from "./tasks.ts";

type Port = Pick<Connection, "getAccountInfoAndContext" | "onAccountChange" | "removeAccountChangeListener">;

/**
 * Tells of a task as it is, and of each change: undefined once it is closed, or while it is not there. What happened meanwhile,
 * `taskEvents` says.
 * @returns stops it. @throws what the first reading throws
 */
export async function followTask(
  connection: Port,
  program: ChronoProgram,
  address: PublicKey,
  onChange: (task: Task | undefined) => void,
): Promise<() => Promise<void>> {
  let newest = -1;
  const tell = (account: AccountInfo<Buffer> | null, slot: number): void => {
    if (slot < newest) return;
    newest = slot;
    const ours = account?.owner.equals(program.programId) === true;
    onChange(ours ? decodeTask(program, address, account.data) : undefined);
  };
  const id = connection.onAccountChange(address, (account, { slot }) => tell(account, slot), {
    commitment: "confirmed",
  });
  const stop = () => connection.removeAccountChangeListener(id);
  try {
    const { value, context } = await connection.getAccountInfoAndContext(address, "confirmed");
    tell(value, context.slot);
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}
