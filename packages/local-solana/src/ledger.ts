import { ChronoError } from "@chronoledger/core";
import type { Logger } from "@chronoledger/service";
import { type Account, type AccountMap, CLOCK_SYSVAR } from "./account.ts";
import type { BlockTime } from "./block-time.ts";
import { BLOCKHASH_BLOCKS, type Block, type Chain, NO_PRICES, nextHash, type Reached } from "./chain.ts";
import type { Commitment } from "./commitment.ts";
import { executeTransaction } from "./execute-transaction.ts";
import { Faucet } from "./faucet.ts";
import type { History, TransactionRecord } from "./history.ts";
import type { ParsedTransaction } from "./parse-transaction.ts";
import { Pending } from "./pending.ts";
import { blockPrices } from "./prioritization-fees.ts";
import type { StateFile } from "./state-file.ts";
import type { Vm } from "./vm.ts";

export type LedgerParts = {
  readonly vm: Vm;
  readonly chain: Chain;
  readonly history: History;
  readonly time: BlockTime;
  readonly genesisHash: string;
  /** Accounts that are not written to the file, because they come from the settings. */
  readonly unwritten: ReadonlySet<string>;
  readonly file: StateFile | undefined;
  readonly log: Logger;
};

/** The state of the simulated cluster and all that changes it. */
export class Ledger {
  readonly vm: Vm;
  readonly chain: Chain;
  readonly history: History;
  readonly time: BlockTime;
  readonly genesisHash: string;
  readonly pending = new Pending();
  readonly #faucet = new Faucet();
  readonly #parts: LedgerParts;
  readonly #listeners: ((reached: Reached) => void)[] = [];
  /** Changed since the last block was written to the file. */
  readonly #unsaved = new Set<string>();
  #lastSlot: number;
  #delaySlots = 0;
  #toDrop = 0;
  #executed: number;

  constructor(parts: LedgerParts) {
    this.#parts = parts;
    this.vm = parts.vm;
    this.chain = parts.chain;
    this.history = parts.history;
    this.time = parts.time;
    this.genesisHash = parts.genesisHash;
    this.#lastSlot = parts.chain.tip.slot;
    this.#executed = parts.history.size;
    if (this.vm.account(this.#faucet.address) === undefined)
      this.vm.setAccount(this.#faucet.address, this.#faucet.account);
    this.vm.beginSlot(parts.chain.tip, parts.chain.slotHashes());
  }

  /** Transactions executed since the first slot, as far as they are known. */
  get transactionCount(): number {
    return this.#executed;
  }

  onBlock(listener: (reached: Reached) => void): void {
    this.#listeners.push(listener);
  }

  account(address: string, commitment: Commitment): Account | undefined {
    return this.accountAt(address, this.chain.at(commitment));
  }

  accountAt(address: string, block: Block): Account | undefined {
    return this.chain.accountAt(block, address, this.vm.account(address));
  }

  programAccounts(program: string, commitment: Commitment): Map<string, Account> {
    const block = this.chain.at(commitment);
    const found = this.vm.programAccounts(program);
    for (const address of this.chain.changedSince(block)) {
      const account = this.accountAt(address, block);
      if (account?.owner === program) found.set(address, account);
      else found.delete(address);
    }
    return found;
  }

  /** Why the next block would not take it, apart from what executing it shows. */
  refusal({ signature, message }: ParsedTransaction): "AlreadyProcessed" | "BlockhashNotFound" | undefined {
    if (this.history.get(signature) !== undefined) return "AlreadyProcessed";
    return this.chain.mayEnter(message.blockhash, this.chain.tip.height + 1) ? undefined : "BlockhashNotFound";
  }

  submit(transaction: ParsedTransaction): void {
    if (this.#toDrop > 0) {
      this.#toDrop -= 1;
      return;
    }
    this.pending.add(transaction, this.#lastSlot + 1 + this.#delaySlots);
  }

  /** @returns the signature. */
  airdrop(address: string, lamports: number): string {
    const transaction = this.#faucet.airdrop(address, lamports, this.chain.tip.hash);
    this.pending.add(transaction, this.#lastSlot + 1);
    return transaction.signature;
  }

  /** The next transactions are accepted and never executed. */
  dropNext(count: number): void {
    this.#toDrop = wholeNumber("transactions", count);
  }

  /** Transactions sent from now on wait for so many slots more. */
  delay(slots: number): void {
    this.#delaySlots = wholeNumber("slots", slots);
  }

  /** Changes an account outside of any transaction, as part of the newest block. */
  setAccount(address: string, account: Account | undefined): void {
    const { before } = this.chain.tip;
    if (!before.has(address)) before.set(address, this.vm.account(address));
    this.vm.setAccount(address, account);
    this.#unsaved.add(address);
  }

  /** Produces the next block with what waits for it. */
  produceBlock(): Block {
    const parent = this.chain.tip;
    const slot = this.#lastSlot + 1;
    this.#lastSlot = slot;
    const height = parent.height + 1;
    const unixSeconds = this.time.next(parent.unixSeconds);
    const before: AccountMap = new Map([[CLOCK_SYSVAR, this.vm.account(CLOCK_SYSVAR)]]);
    this.vm.beginSlot({ slot, unixSeconds }, this.chain.slotHashes());
    const records = this.#execute({ slot, height, unixSeconds }, before);
    const block: Block = {
      slot,
      parent: parent.slot,
      height,
      hash: nextHash(parent, slot),
      unixSeconds,
      before,
      changed: [...before.keys()],
      signatures: records.map(({ transaction }) => transaction.signature),
      prices: records.length === 0 ? NO_PRICES : blockPrices(records),
    };
    this.#markUnsaved(before);
    const reached = this.chain.append(block);
    this.history.forgetBelow(height - BLOCKHASH_BLOCKS);
    this.#save(block, records);
    for (const listener of this.#listeners) listener(reached);
    return block;
  }

  /**
   * Abandons the newest blocks with their transactions, and produces an empty block on the one below them. The abandoned
   * slots stay skipped.
   * @throws input/out-of-range
   */
  fork(depth: number): Block {
    const abandoned = this.chain.abandon(depth);
    const restored: AccountMap = new Map();
    for (const { before, signatures } of abandoned) {
      for (const [address, account] of before) restored.set(address, account);
      this.history.remove(signatures);
    }
    this.vm.setAccounts(restored);
    this.#markUnsaved(restored);
    this.#parts.log.info({ depth, parent: this.chain.tip.slot }, "blocks abandoned");
    return this.produceBlock();
  }

  #execute(at: { slot: number; height: number; unixSeconds: bigint }, before: AccountMap): TransactionRecord[] {
    const records: TransactionRecord[] = [];
    for (const transaction of this.pending.take(at.slot)) {
      const refused = this.refusal(transaction);
      const result = refused === undefined ? executeTransaction(this.vm, transaction) : { dropped: refused };
      if ("dropped" in result) {
        this.#parts.log.debug({ signature: transaction.signature, reason: result.dropped }, "transaction dropped");
        continue;
      }
      for (const [address, account] of result.before) if (!before.has(address)) before.set(address, account);
      const record = { ...result.record, ...at };
      this.history.add(record);
      records.push(record);
    }
    this.#executed += records.length;
    return records;
  }

  #markUnsaved(changes: AccountMap): void {
    for (const address of changes.keys()) if (address !== CLOCK_SYSVAR) this.#unsaved.add(address);
  }

  #save(block: Block, records: readonly TransactionRecord[]): void {
    const { file, unwritten } = this.#parts;
    const accounts = [...this.#unsaved].filter((address) => !unwritten.has(address));
    this.#unsaved.clear();
    file?.append(
      { block, records, accounts: accounts.map((address) => [address, this.vm.account(address)]) },
      { chain: this.chain, history: this.history, account: (address) => this.vm.account(address) },
    );
  }
}

function wholeNumber(what: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new ChronoError("input/out-of-range", { what, value, range: "a whole number, not negative" });
}
