import {
  ChronoError,
  decodeCertificate,
  isChronoError,
  type NodeSet,
  NS_PER_S,
  sha256,
  unixNs,
} from "@chronoledger/core";
import type { Clock, Logger } from "@chronoledger/service";
import {
  type ChronoProgram,
  certificateAddress,
  certifyTransactions,
  type LandedTransaction,
  type SolanaSender,
  submitCertifiedInstruction,
  submitInstructions,
} from "@chronoledger/solana";
import type { Connection, PublicKey, TransactionInstruction } from "@solana/web3.js";

/** A submission that is not in a block by then is given up. */
const GIVE_UP_AFTER_NS = 60n * NS_PER_S;
/** Signers of one transaction that has a unit limit and a price too, without a lookup table: 1,197 of 1,232 bytes. */
const MOST_SIGNERS_AT_ONCE = 6;

/** Puts certificates on chain. */
export interface Submitter {
  /**
   * Ends when it is in a processed block; `error` is then the program's.
   * @throws transaction/reverted when the simulation refuses it, transaction/expired, transaction/insufficient-funds, rpc/unavailable
   */
  submit(
    certificate: Uint8Array,
    how: { readonly urgency: number; readonly signal: AbortSignal },
  ): Promise<LandedTransaction>;
}

export type SubmitterOptions = {
  readonly sender: SolanaSender;
  readonly program: ChronoProgram;
  readonly connection: Pick<Connection, "getAccountInfo">;
  readonly set: NodeSet;
  readonly clock: Clock;
  readonly log: Logger;
};

export const createSubmitter = (options: SubmitterOptions): Submitter => new TransactionSubmitter(options);

type How = Parameters<Submitter["submit"]>[1];

class TransactionSubmitter implements Submitter {
  readonly #options: SubmitterOptions;

  constructor(options: SubmitterOptions) {
    this.#options = options;
  }

  async submit(certificate: Uint8Array, how: How): Promise<LandedTransaction> {
    const { program, set } = this.#options;
    if (decodeCertificate(certificate).signers.length > MOST_SIGNERS_AT_ONCE)
      return this.#submitInParts(certificate, how);
    return this.#run(await submitInstructions(program, certificate, set), how);
  }

  /** The signatures first, in an account that is closed again with the submission: its rent is worth more than the fees. */
  async #submitInParts(certificate: Uint8Array, how: How): Promise<LandedTransaction> {
    const { program, set, sender } = this.#options;
    const address = certificateAddress(program.programId, sha256(decodeCertificate(certificate).statement));
    const parts = await certifyTransactions(program, certificate, set, sender.account);
    try {
      // The first opens the account; without it the others would each be simulated as the one that does.
      for (const part of parts) {
        const landed = await this.#run(part, how);
        if (landed.error !== null) return landed;
      }
      const submit = await submitCertifiedInstruction(program, certificate, set);
      const close = await this.#closeInstructions(address);
      const landed = await this.#run([submit, ...close], how);
      if (landed.error !== null) await this.#giveBackRent(address, how);
      return landed;
    } catch (error) {
      if (isChronoError(error)) await this.#giveBackRent(address, how);
      throw error;
    }
  }

  async #run(instructions: TransactionInstruction[], { urgency, signal }: How): Promise<LandedTransaction> {
    const { sender, clock } = this.#options;
    const notAfter = unixNs(clock.utcNow() + GIVE_UP_AFTER_NS);
    return sender.fire(await sender.prepare({ instructions, notAfter, urgency }), { commitment: "processed", signal });
  }

  /** None when there is no such account, or somebody else opened it. */
  async #closeInstructions(address: PublicKey): Promise<TransactionInstruction[]> {
    const { connection, program, sender } = this.#options;
    const account = await connection.getAccountInfo(address, "processed").catch((cause: unknown) => {
      throw new ChronoError("rpc/unavailable", { method: "getAccountInfo" }, { cause });
    });
    if (account === null || !program.coder.accounts.decode("certificate", account.data).payer.equals(sender.account))
      return [];
    return [
      await program.methods
        .closeCertificateV0()
        .accountsPartial({ payer: sender.account, certificate: address })
        .instruction(),
    ];
  }

  async #giveBackRent(address: PublicKey, how: How): Promise<void> {
    if (how.signal.aborted) return;
    try {
      const close = await this.#closeInstructions(address);
      if (close.length > 0) await this.#run(close, { ...how, urgency: 0 });
    } catch (error) {
      if (!isChronoError(error)) throw error;
      this.#options.log.warn(
        { code: error.code, certificate: address.toBase58() },
        "the rent of a certificate that was not submitted could not be had back",
      );
    }
  }
}
