import { type Address, getTransactionDecoder, lamports } from "@solana/kit";
import type { FailedTransactionMetadata, LiteSVM, TransactionMetadata } from "litesvm";
import { type Account, SYSTEM_PROGRAM, UPGRADEABLE_LOADER } from "./account.ts";
import { toBase58 } from "./base58.ts";
import { parseTransactionError, type TransactionError } from "./transaction-error.ts";

export type InnerInstruction = {
  readonly programIdIndex: number;
  readonly accounts: readonly number[];
  readonly data: Uint8Array;
  readonly stackHeight: number;
};
export type Outcome = {
  readonly error: TransactionError | null;
  readonly logs: readonly string[];
  readonly computeUnits: number;
  /** By top-level instruction. */
  readonly inner: readonly (readonly InnerInstruction[])[];
  readonly returnData: { readonly programId: string; readonly data: Uint8Array } | null;
};
export type SimulationOutcome = Outcome & { readonly post: ReadonlyMap<string, Account> };
export type SlotTime = { readonly slot: number; readonly unixSeconds: bigint };

/** Mainnet's. */
export const SLOTS_PER_EPOCH = 432_000;

/** In a program's account, before the address of its code. */
const PROGRAM_TAG_BYTES = 4;

type Encoded = ReturnType<LiteSVM["getProgramAccounts"]>[number];

/**
 * The runtime: LiteSVM with its own checks of blockhashes and duplicates off, since those need a chain of blocks. Only transactions
 * that {@link parseTransaction} accepted may come here: LiteSVM ends the process on undecodable bytes.
 */
export class Vm {
  readonly #svm: LiteSVM;
  readonly #decoder = getTransactionDecoder();

  constructor(svm: LiteSVM) {
    this.#svm = svm.withBlockhashCheck(false).withTransactionHistory(0n);
  }

  account(address: string): Account | undefined {
    const found = this.#svm.getAccount(address as Address);
    return found.exists && found.lamports > 0n ? accountOf(found) : undefined;
  }

  balance(address: string): bigint {
    return this.#svm.getBalance(address as Address) ?? 0n;
  }

  programAccounts(program: string): Map<string, Account> {
    const found = this.#svm.getProgramAccounts(program as Address).filter((account) => account.lamports > 0n);
    return new Map(found.map((account) => [account.address, accountOf(account)]));
  }

  /** Undefined removes it. */
  setAccount(address: string, account: Account | undefined): void {
    const data = account?.data ?? new Uint8Array();
    this.#svm.setAccount({
      address: address as Address,
      lamports: lamports(account?.lamports ?? 0n),
      data,
      space: BigInt(data.length),
      programAddress: (account?.owner ?? SYSTEM_PROGRAM) as Address,
      executable: account?.executable ?? false,
    });
  }

  /** Programs after the rest, and once more where their code was set: loading one reads the account with its code. */
  setAccounts(accounts: Iterable<readonly [string, Account | undefined]>): void {
    const [plain, programs]: [[string, Account | undefined][], [string, Account][]] = [[], []];
    for (const [address, account] of accounts)
      if (account?.executable === true) programs.push([address, account]);
      else plain.push([address, account]);
    for (const [address, account] of plain) this.setAccount(address, account);
    for (const [address, account] of programs) this.setAccount(address, account);
    const code = plain.filter(([, account]) => account?.owner === UPGRADEABLE_LOADER).map(([address]) => address);
    if (code.length > 0) this.#reload(code);
  }

  /** @param code addresses of ProgramData accounts. */
  #reload(code: readonly string[]): void {
    for (const [address, account] of this.programAccounts(UPGRADEABLE_LOADER))
      if (account.executable && code.includes(toBase58(account.data.subarray(PROGRAM_TAG_BYTES))))
        this.setAccount(address, account);
  }

  addProgram(address: string, elf: Uint8Array): void {
    this.#svm.addProgram(address as Address, elf);
  }

  /** @param hashes newest first. */
  beginSlot(
    { slot, unixSeconds }: SlotTime,
    hashes: readonly { readonly slot: number; readonly hash: string }[],
  ): void {
    const clock = this.#svm.getClock();
    const epoch = Math.floor(slot / SLOTS_PER_EPOCH);
    clock.slot = BigInt(slot);
    clock.epoch = BigInt(epoch);
    clock.leaderScheduleEpoch = BigInt(epoch + 1);
    clock.unixTimestamp = unixSeconds;
    this.#svm.setClock(clock);
    this.#svm.setSlotHashes(hashes.map(({ slot: at, hash }) => ({ slot: BigInt(at), hash })));
    this.#svm.expireBlockhash();
  }

  execute(raw: Uint8Array): Outcome {
    try {
      return outcomeOf(this.#svm.sendTransaction(this.#decoder.decode(raw)));
    } catch {
      return UNSIGNED;
    }
  }

  simulate(raw: Uint8Array, verifySignatures: boolean): SimulationOutcome {
    const nothing = new Map<string, Account>();
    this.#svm.withSigverify(verifySignatures);
    try {
      const result = this.#svm.simulateTransaction(this.#decoder.decode(raw));
      if ("err" in result) return { ...outcomeOf(result), post: nothing };
      const post = result.postAccounts().map((account) => [account.address, accountOf(account)] as const);
      return { ...outcomeOf(result.meta()), post: new Map(post) };
    } catch {
      return { ...UNSIGNED, post: nothing };
    } finally {
      this.#svm.withSigverify(true);
    }
  }

  /** Lamports, for so many bytes. */
  rentExemption(bytes: number): bigint {
    return this.#svm.minimumBalanceForRentExemption(BigInt(bytes));
  }
}

/** LiteSVM throws for a signature that is all zeros, before anything else. */
const UNSIGNED: Outcome = { error: "SignatureFailure", logs: [], computeUnits: 0, inner: [], returnData: null };

const accountOf = (account: Omit<Encoded, "address">): Account => ({
  lamports: account.lamports,
  data: Uint8Array.from(account.data),
  owner: account.programAddress,
  executable: account.executable,
});

function outcomeOf(result: TransactionMetadata | FailedTransactionMetadata): Outcome {
  const failed = "err" in result;
  const meta = failed ? result.meta() : result;
  const returned = meta.returnData();
  const data = Uint8Array.from(returned.data());
  return {
    error: failed ? parseTransactionError(result.toString()) : null,
    logs: meta.logs(),
    computeUnits: Number(meta.computeUnitsConsumed()),
    inner: meta.innerInstructions().map((list) =>
      list.map((inner) => ({
        programIdIndex: inner.instruction().programIdIndex(),
        accounts: [...inner.instruction().accounts()],
        data: Uint8Array.from(inner.instruction().data()),
        stackHeight: inner.stackHeight(),
      })),
    ),
    returnData: data.length === 0 ? null : { programId: toBase58(returned.programId()), data },
  };
}
