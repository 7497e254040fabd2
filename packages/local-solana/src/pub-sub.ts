import * as z from "zod";
import { SYSTEM_PROGRAM } from "./account.ts";
import { encodeAccount } from "./account-encoding.ts";
import { matchesAll } from "./account-filter.ts";
import type { Block } from "./chain.ts";
import { COMMITMENTS, type Commitment } from "./commitment.ts";
import type { TransactionRecord } from "./history.ts";
import type { Ledger } from "./ledger.ts";
import { allKeys } from "./parse-transaction.ts";
import { toJson } from "./rpc/json.ts";
import { parseParams } from "./rpc/method.ts";
import { AddressParam, accountView, atCommitment, config, filters, SignatureParam } from "./rpc/params.ts";
import { RpcError } from "./rpc/rpc-error.ts";

/** Of one connection. */
const MAX_SUBSCRIPTIONS = 1_000;

/** One that listens; what it is sent is JSON. */
export type Subscriber = { send(text: string): void };

/** What a subscription has to say of a block that reached its commitment; `done` ends it. */
type Notices = { readonly values: readonly unknown[]; readonly done?: boolean };
type Watch = {
  readonly kind: string;
  readonly commitment: Commitment;
  /** Slots and roots come without their context. */
  readonly bare?: boolean;
  readonly onBlock: (block: Block) => Notices;
  /** Whether there is something to say at once. */
  readonly atOnce?: () => Notices;
};
type Subscription = Watch & { readonly subscriber: Subscriber };

/** The subscriptions of all connections. */
export class PubSub {
  readonly #ledger: Ledger;
  readonly #subscriptions = new Map<number, Subscription>();
  #next = 1;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
    ledger.onBlock((reached) => {
      for (const commitment of COMMITMENTS)
        for (const block of reached[commitment])
          for (const [id, subscription] of this.#subscriptions)
            if (subscription.commitment === commitment)
              this.#send(id, subscription, block, subscription.onBlock(block));
    });
  }

  get size(): number {
    return this.#subscriptions.size;
  }

  /**
   * @returns the subscription's number, and what must be called once the subscriber knows it.
   * @throws RpcError
   */
  subscribe(subscriber: Subscriber, kind: string, params: readonly unknown[]): { id: number; start: () => void } {
    const own = [...this.#subscriptions.values()].filter((other) => other.subscriber === subscriber).length;
    if (own >= MAX_SUBSCRIPTIONS) throw new RpcError("invalid request", `at most ${MAX_SUBSCRIPTIONS} subscriptions`);
    const watch = Object.hasOwn(WATCHES, kind) ? WATCHES[kind] : undefined;
    if (watch === undefined) throw new RpcError("method not found", "Method not found");
    const id = this.#next++;
    const subscription = { ...watch(this.#ledger, params), subscriber };
    this.#subscriptions.set(id, subscription);
    return {
      id,
      start: () => {
        const notices = subscription.atOnce?.();
        if (notices !== undefined)
          this.#send(id, subscription, this.#ledger.chain.at(subscription.commitment), notices);
      },
    };
  }

  /** @returns false when the subscriber has no such subscription. */
  unsubscribe(subscriber: Subscriber, id: unknown): boolean {
    if (typeof id !== "number" || this.#subscriptions.get(id)?.subscriber !== subscriber) return false;
    return this.#subscriptions.delete(id);
  }

  remove(subscriber: Subscriber): void {
    for (const [id, subscription] of this.#subscriptions)
      if (subscription.subscriber === subscriber) this.#subscriptions.delete(id);
  }

  #send(id: number, { kind, bare, subscriber }: Subscription, block: Block, { values, done }: Notices): void {
    for (const value of values) {
      const result = bare === true ? value : { context: { slot: block.slot }, value };
      subscriber.send(toJson({ jsonrpc: "2.0", method: `${kind}Notification`, params: { subscription: id, result } }));
    }
    if (done === true) this.#subscriptions.delete(id);
  }
}

const NOTHING: Notices = { values: [] };
const AccountWatch = config({ ...atCommitment, ...accountView });
const ProgramWatch = config({ ...atCommitment, ...accountView, ...filters });
const CommitmentWatch = config(atCommitment);
const LogsWatch = z.union([
  z.enum(["all", "allWithVotes"]),
  z.object({ mentions: z.array(AddressParam).length(1, "one address") }),
]);
/** What is left of an account that was closed. */
const CLOSED = { lamports: 0n, data: new Uint8Array(), owner: SYSTEM_PROGRAM, executable: false };

/** By the part of the method's name before "Subscribe". */
const WATCHES: Readonly<Record<string, (ledger: Ledger, params: readonly unknown[]) => Watch>> = {
  account(ledger, params) {
    const [address, view] = parseParams([AddressParam, AccountWatch], params);
    return {
      kind: "account",
      commitment: view.commitment,
      onBlock: (block) =>
        block.changed.includes(address)
          ? { values: [encodeAccount(ledger.accountAt(address, block) ?? CLOSED, view)] }
          : NOTHING,
    };
  },
  program(ledger, params) {
    const [program, view] = parseParams([AddressParam, ProgramWatch], params);
    return {
      kind: "program",
      commitment: view.commitment,
      onBlock: (block) => ({
        values: block.changed.flatMap((pubkey) => {
          const account = ledger.accountAt(pubkey, block);
          if (account?.owner !== program || !matchesAll(account, view.filters)) return [];
          return [{ pubkey, account: encodeAccount(account, view) }];
        }),
      }),
    };
  },
  signature(ledger, params) {
    const [signature, { commitment }] = parseParams([SignatureParam, CommitmentWatch], params);
    const outcome = (record: TransactionRecord | undefined): Notices =>
      record === undefined ? NOTHING : { values: [{ err: record.error }], done: true };
    return {
      kind: "signature",
      commitment,
      onBlock: (block) => (block.signatures.includes(signature) ? outcome(ledger.history.get(signature)) : NOTHING),
      atOnce: () => {
        const record = ledger.history.get(signature);
        const there = record !== undefined && record.height <= ledger.chain.at(commitment).height;
        return there ? outcome(record) : NOTHING;
      },
    };
  },
  logs(ledger, params) {
    const [wanted, { commitment }] = parseParams([LogsWatch, CommitmentWatch], params);
    const mentioned = typeof wanted === "string" ? undefined : wanted.mentions[0];
    return {
      kind: "logs",
      commitment,
      onBlock: (block) => ({
        values: block.signatures.flatMap((signature) => {
          const record = ledger.history.get(signature);
          if (record === undefined) return [];
          const keys = allKeys(record.transaction.message, record.loaded);
          if (mentioned !== undefined && !keys.includes(mentioned)) return [];
          return [{ signature, err: record.error, logs: record.logs }];
        }),
      }),
    };
  },
  slot: (ledger) => ({
    kind: "slot",
    commitment: "processed",
    bare: true,
    onBlock: ({ slot, parent }) => ({ values: [{ slot, parent, root: ledger.chain.at("finalized").slot }] }),
  }),
  root: () => ({ kind: "root", commitment: "finalized", bare: true, onBlock: ({ slot }) => ({ values: [slot] }) }),
};
