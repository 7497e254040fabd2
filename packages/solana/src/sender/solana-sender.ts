import { ChronoError, NS_PER_MS, type UnixNs } from "@chronoledger/core";
import type { AddressLookupTableAccount, Keypair, PublicKey, TransactionInstruction } from "@solana/web3.js";
import { CHRONOLEDGER_PROGRAM } from "../addresses.ts";
import type { ClockPort, SenderConnection, SenderLog, TransactionFailure } from "./connection-port.ts";
import { type Attempt, land, VALID_BLOCKS } from "./landing.ts";
import { isUnpaid, programErrorName } from "./program-error.ts";
import { ask } from "./rpc-failure.ts";
import { type SignedTransaction, signTransaction } from "./signed-transaction.ts";
import { type FeeBounds, recentPrices, unitPrice } from "./unit-price.ts";

/** The runtime's own limit of a transaction. */
const MAX_UNITS = 1_400_000;
/** The simulation was of a state that may have changed. */
const UNITS_MARGIN_PERCENT = 20;
/** With fewer blocks left to it, a transaction that waited is signed afresh before it is sent for the first time. */
const FEWEST_BLOCKS_LEFT = 30;
const REMEMBERED = 4_096;

export type SolanaSenderOptions = {
  /** A web3.js Connection. */
  readonly connection: SenderConnection;
  /** Pays and signs. */
  readonly signer: Keypair;
  readonly clock: ClockPort;
  readonly fees: FeeBounds;
  /** Milliseconds from slot to slot; about 400 on the public clusters. */
  readonly slotMs: number;
  /** Of our program, whose errors are known by number; default the local chain's. */
  readonly program?: PublicKey;
  readonly log?: SenderLog;
};

export type SolanaRequest = {
  readonly instructions: readonly TransactionInstruction[];
  readonly tables?: readonly AddressLookupTableAccount[];
  /** Not sent again from then on. */
  readonly notAfter: UnixNs;
  /** 0 to 1: what it offers, between the median of what is paid and the highest. */
  readonly urgency: number;
  /** Given, it is the limit, and nothing is simulated: for what cannot succeed yet. */
  readonly computeUnits?: number;
};

/** Signed and ready. It is fired once. */
export type PreparedTransaction = Attempt & {
  readonly request: SolanaRequest;
  /** Compute units at most. */
  readonly units: number;
  /** Micro-lamports a unit. */
  readonly price: number;
  readonly signedAt: UnixNs;
};

/** In a block; `error` is the failing program's name for it (program-error.ts). */
export type LandedTransaction = {
  readonly signature: string;
  readonly slot: number;
  readonly error: string | null;
  /** Compute units used; null when the node has no record of it at hand. */
  readonly units: number | null;
};

export type FireOptions = {
  /** What counts as landed; default "confirmed". A fork may still take what is "processed" only. */
  readonly commitment?: "processed" | "confirmed";
  /** Ends it. */
  readonly signal?: AbortSignal;
};

export interface SolanaSender {
  readonly account: PublicKey;
  /**
   * Simulates, offers a price, signs.
   * @throws transaction/reverted when the simulation refuses (`details.error` as `LandedTransaction.error`),
   * transaction/insufficient-funds, input/too-large, rpc/unavailable, rpc/rejected
   */
  prepare(request: SolanaRequest): Promise<PreparedTransaction>;
  /**
   * Sends at once, then once a slot. When the blockhash has expired and the transaction got in nowhere, it is signed afresh, dearer;
   * never before that, so it cannot get in twice.
   * @throws transaction/expired: `notAfter` has passed and it cannot get in any more, or the signal ended it and it may (its remedy
   * says so); rpc/unavailable when nodes were silent too long to know; rpc/rejected; input/malformed when fired before
   */
  fire(prepared: PreparedTransaction, options?: FireOptions): Promise<LandedTransaction>;
}

export function createSolanaSender(options: SolanaSenderOptions): SolanaSender {
  return new Sender(options);
}

class Sender implements SolanaSender {
  readonly #options: SolanaSenderOptions;
  readonly #program: string;
  /** Newest last. Of equal instructions under one blockhash the second would pass for the first. */
  readonly #signatures = new Set<string>();
  readonly #fired = new WeakSet<PreparedTransaction>();

  constructor(options: SolanaSenderOptions) {
    this.#options = options;
    this.#program = (options.program ?? CHRONOLEDGER_PROGRAM).toBase58();
  }

  get account(): PublicKey {
    return this.#options.signer.publicKey;
  }

  async prepare(request: SolanaRequest): Promise<PreparedTransaction> {
    const [units, prices, block] = await Promise.all([
      request.computeUnits ?? this.#simulate(request),
      recentPrices(this.#options.connection, request.instructions),
      this.#blockhash(),
    ]);
    const price = unitPrice(prices, request.urgency, this.#options.fees, undefined);
    return this.#sign(request, units, price, block);
  }

  async fire(prepared: PreparedTransaction, options: FireOptions = {}): Promise<LandedTransaction> {
    const { clock, log } = this.#options;
    if (this.#fired.has(prepared))
      throw new ChronoError(
        "input/malformed",
        { signature: prepared.signature },
        { remedy: "a prepared transaction is fired once" },
      );
    this.#fired.add(prepared);
    const { notAfter } = prepared.request;
    const { commitment = "confirmed", signal } = options;
    let attempt = this.#isOld(prepared) ? await this.#afresh(prepared, prepared.price) : prepared;
    while (clock.utcNow() < notAfter) {
      const outcome = await land(this.#options, attempt, { notAfter, commitment, signal });
      if (outcome !== "expired") return this.#landed(attempt.signature, outcome.slot, outcome.failure);
      log?.warn({ signature: attempt.signature, price: attempt.price }, "a transaction expired and got in nowhere");
      if (clock.utcNow() < notAfter) attempt = await this.#afresh(attempt);
    }
    throw new ChronoError("transaction/expired", { signature: attempt.signature, notAfter: String(notAfter) });
  }

  #isOld({ signedAt }: PreparedTransaction): boolean {
    const { clock, slotMs } = this.#options;
    return clock.utcNow() - signedAt > BigInt((VALID_BLOCKS - FEWEST_BLOCKS_LEFT) * slotMs) * NS_PER_MS;
  }

  /** @param price as before; without, it is raised */
  async #afresh(old: PreparedTransaction, price?: number): Promise<PreparedTransaction> {
    const { connection, fees } = this.#options;
    const { request, units } = old;
    const [prices, block] = await Promise.all([
      price === undefined ? recentPrices(connection, request.instructions) : [],
      this.#blockhash(),
    ]);
    return this.#sign(request, units, price ?? unitPrice(prices, request.urgency, fees, old.price), block);
  }

  async #blockhash(): Promise<Omit<Attempt, "raw" | "signature"> & { blockhash: string }> {
    const { connection } = this.#options;
    const { context, value } = await ask("getLatestBlockhash", () =>
      connection.getLatestBlockhashAndContext("confirmed"),
    );
    return { ...value, slot: context.slot };
  }

  #sign(
    request: SolanaRequest,
    least: number,
    price: number,
    block: Omit<Attempt, "raw" | "signature"> & { blockhash: string },
  ): PreparedTransaction {
    const { signer, clock } = this.#options;
    const { instructions, tables } = request;
    let units = least;
    let signed: SignedTransaction;
    do {
      signed = signTransaction({ instructions, tables, units, price }, block.blockhash, signer);
      units++;
    } while (this.#signatures.has(signed.signature));
    this.#signatures.add(signed.signature);
    const [oldest] = this.#signatures;
    if (this.#signatures.size > REMEMBERED && oldest !== undefined) this.#signatures.delete(oldest);
    const { raw, signature } = signed;
    const { lastValidBlockHeight, slot } = block;
    return {
      ...{ request, raw, signature, lastValidBlockHeight, slot },
      units: units - 1,
      price,
      signedAt: clock.utcNow(),
    };
  }

  async #simulate({ instructions, tables }: SolanaRequest): Promise<number> {
    const { connection, signer, fees } = this.#options;
    // Any blockhash will do, the node puts its own; a price takes the room that it will take.
    const { transaction } = signTransaction(
      { instructions, tables, units: MAX_UNITS, price: fees.min },
      signer.publicKey.toBase58(),
      signer,
    );
    const { value } = await ask("simulateTransaction", () =>
      connection.simulateTransaction(transaction, {
        commitment: "processed",
        sigVerify: false,
        replaceRecentBlockhash: true,
      }),
    );
    if (value.err === null)
      return Math.min(MAX_UNITS, Math.ceil(((value.unitsConsumed ?? MAX_UNITS) * (100 + UNITS_MARGIN_PERCENT)) / 100));
    const error = programErrorName(value.err, value.logs, this.#program);
    const account = signer.publicKey.toBase58();
    throw isUnpaid(value.err)
      ? new ChronoError("transaction/insufficient-funds", { account, error })
      : new ChronoError("transaction/reverted", { error });
  }

  async #landed(signature: string, slot: number, failure: TransactionFailure | null): Promise<LandedTransaction> {
    const { connection } = this.#options;
    const record = await ask("getTransaction", () =>
      connection.getTransaction(signature, { commitment: "confirmed", maxSupportedTransactionVersion: 0 }),
    ).catch(() => null);
    const error = failure === null ? null : programErrorName(failure, record?.meta?.logMessages ?? null, this.#program);
    return { signature, slot, error, units: record?.meta?.computeUnitsConsumed ?? null };
  }
}
