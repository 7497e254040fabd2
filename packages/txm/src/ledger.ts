import { ChronoError, type ErrorCode, unixNs } from "@chronoledger/core";
import { and, eq, inArray, max, ne } from "drizzle-orm";
import { type StoredInclusion, type StoredRequest, transactions } from "./schema.ts";
import type { DatabasePort, Hex, Inclusion, Transaction, TransactionRequest, TransactionState } from "./types.ts";

type Row = typeof transactions.$inferSelect;

/** The durable side of the manager: one account of one chain. Every change is a compare-and-set on the state. */
export class Ledger {
  readonly #db: DatabasePort;
  readonly #chainId: number;
  readonly #account: string;

  constructor(db: DatabasePort, chainId: number, account: Hex) {
    this.#db = db;
    this.#chainId = chainId;
    this.#account = account;
  }

  #mine() {
    return and(eq(transactions.chainId, this.#chainId), eq(transactions.account, this.#account));
  }

  /** Not settled, by nonce. */
  async open(): Promise<Transaction[]> {
    const rows = await this.#run(() =>
      this.#db
        .select()
        .from(transactions)
        .where(and(this.#mine(), eq(transactions.settled, false)))
        .orderBy(transactions.nonce),
    );
    return rows.map(transactionOf);
  }

  /** The highest nonce that was ever taken and not given back. */
  async highestNonce(): Promise<number | undefined> {
    const rows = await this.#run(() =>
      this.#db
        .select({ nonce: max(transactions.nonce) })
        .from(transactions)
        .where(and(this.#mine(), ne(transactions.state, "rejected"))),
    );
    return rows[0]?.nonce ?? undefined;
  }

  async byKeys(keys: readonly string[]): Promise<Transaction[]> {
    const wanted = and(this.#mine(), inArray(transactions.key, [...keys]), ne(transactions.state, "rejected"));
    return (await this.#run(() => this.#db.select().from(transactions).where(wanted))).map(transactionOf);
  }

  async byId(id: string): Promise<Transaction | undefined> {
    const rows = await this.#run(() => this.#db.select().from(transactions).where(eq(transactions.id, id)));
    return rows[0] === undefined ? undefined : transactionOf(rows[0]);
  }

  async insert(added: readonly Transaction[]): Promise<void> {
    if (added.length === 0) return;
    await this.#run(() => this.#db.insert(transactions).values(added.map((transaction) => this.#rowOf(transaction))));
  }

  /** @throws process/failed when another process changed it: an account has one owner. */
  async update(transaction: Transaction, before: TransactionState): Promise<void> {
    const { id, ...row } = this.#rowOf(transaction);
    const changed = await this.#run(() =>
      this.#db
        .update(transactions)
        .set(row)
        .where(and(eq(transactions.id, id), eq(transactions.state, before)))
        .returning({ id: transactions.id }),
    );
    if (changed.length === 0)
      throw new ChronoError(
        "process/failed",
        { account: this.#account, nonce: transaction.nonce },
        { remedy: "another process uses this account's ledger; an account has one owner" },
      );
  }

  async #run<Result>(work: () => PromiseLike<Result>): Promise<Result> {
    try {
      return await work();
    } catch (cause) {
      throw new ChronoError("database/unavailable", { what: "ledger of transactions" }, { cause });
    }
  }

  #rowOf(transaction: Transaction): Row {
    return {
      id: transaction.id,
      chainId: this.#chainId,
      account: this.#account,
      key: transaction.key,
      nonce: transaction.nonce,
      state: transaction.state,
      settled: transaction.settled,
      request: storedRequest(transaction.request),
      attempts: transaction.attempts,
      inclusion: transaction.inclusion === undefined ? null : storedInclusion(transaction.inclusion),
      failure: transaction.failure ?? null,
    };
  }
}

const storedRequest = (request: TransactionRequest): StoredRequest => ({
  to: request.to,
  data: request.data,
  value: String(request.value ?? 0n),
  gas: String(request.gas),
  notAfter: String(request.notAfter),
  maxFeePerGas: String(request.maxFeePerGas ?? 0n),
  ...(request.earliestBlockTimestamp === undefined
    ? {}
    : { earliestBlockTimestamp: String(request.earliestBlockTimestamp) }),
});

const storedInclusion = (inclusion: Inclusion): StoredInclusion => ({
  ...inclusion,
  blockTimestamp: String(inclusion.blockTimestamp),
  gasUsed: String(inclusion.gasUsed),
});

function transactionOf(row: Row): Transaction {
  const { request, inclusion, failure } = row;
  return {
    id: row.id,
    key: row.key,
    nonce: row.nonce,
    state: row.state as TransactionState,
    settled: row.settled,
    attempts: row.attempts,
    request: {
      key: row.key,
      to: request.to as Hex,
      data: request.data as Hex,
      value: BigInt(request.value),
      gas: BigInt(request.gas),
      notAfter: unixNs(BigInt(request.notAfter)),
      maxFeePerGas: BigInt(request.maxFeePerGas),
      ...(request.earliestBlockTimestamp === undefined
        ? {}
        : { earliestBlockTimestamp: BigInt(request.earliestBlockTimestamp) }),
    },
    ...(inclusion === null
      ? {}
      : {
          inclusion: {
            ...inclusion,
            hash: inclusion.hash as Hex,
            blockHash: inclusion.blockHash as Hex,
            blockTimestamp: BigInt(inclusion.blockTimestamp),
            gasUsed: BigInt(inclusion.gasUsed),
          },
        }),
    ...(failure === null ? {} : { failure: { code: failure.code as ErrorCode, message: failure.message } }),
  };
}
