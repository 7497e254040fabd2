import { randomUUID } from "node:crypto";
import { ChronoError, isChronoError, MAX_U64, type UnixNs } from "@chronoledger/core";
import { Book, lastAttempt, type Tracked } from "./book.ts";
import { firstFees } from "./fees.ts";
import { Follower, type FollowerContext } from "./follower.ts";
import { Ledger } from "./ledger.ts";
import { acknowledge, broadcast, handleFailure, replaceByNoop, signAttempt } from "./sender.ts";
import { addressOf } from "./sign.ts";
import type {
  Head,
  PreparedTransaction,
  RecoveryDecision,
  Transaction,
  TransactionManager,
  TransactionManagerOptions,
  TransactionRequest,
} from "./types.ts";

const GWEI = 1_000_000_000n;
const DEFAULT_CAP = 500n * GWEI;
const DEFAULT_CONFIRMATIONS = 2;

/** See {@link TransactionManager}. Nothing is sent before `recover`. */
export async function createTransactionManager(options: TransactionManagerOptions): Promise<TransactionManager> {
  const { chain, clock, log, privateKey } = options;
  const address = addressOf(privateKey);
  const ledger = new Ledger(options.db, chain.chainId, address);
  const book = new Book(ledger, log);
  const cap = options.maxFeePerGas ?? DEFAULT_CAP;
  let head: Head | undefined;
  let tip = 0n;
  let nextNonce: number | undefined;
  let closed = false;
  let stopHeads: () => void = () => undefined;
  const closing = new Set<(error: ChronoError) => void>();

  const context: FollowerContext = {
    chain,
    book,
    clock,
    log,
    privateKey,
    address,
    cap,
    confirmations: options.confirmations ?? DEFAULT_CONFIRMATIONS,
    blockInterval: options.blockInterval ?? (() => 1),
    baseFee: () => head?.baseFeePerGas ?? 0n,
    freeNonce,
  };
  const follower = new Follower(context);

  /** Inside `book.inOrder` only. */
  async function prepareInOrder(
    requests: readonly TransactionRequest[],
    kind: "call" | "noop" = "call",
    nonce?: number,
  ): Promise<Transaction[]> {
    if (nextNonce === undefined) throw new ChronoError("internal/unexpected", { what: "prepare before recover" });
    const unknown = requests.filter(({ key }) => book.byKey(key) === undefined).map(({ key }) => key);
    const settled = unknown.length === 0 ? [] : await ledger.byKeys(unknown);
    const fees = firstFees({ baseFee: context.baseFee(), suggestedTip: tip, minTip: options.minTip ?? GWEI, cap });
    const added = new Map<string, Transaction>();
    let free = nonce ?? nextNonce;
    for (const request of requests) {
      if (
        added.has(request.key) ||
        book.byKey(request.key) !== undefined ||
        settled.some(({ key }) => key === request.key)
      )
        continue;
      const limit =
        request.maxFeePerGas !== undefined && request.maxFeePerGas > 0n && request.maxFeePerGas < cap
          ? request.maxFeePerGas
          : cap;
      const offer =
        limit < fees.maxFeePerGas
          ? firstFees({ baseFee: context.baseFee(), suggestedTip: tip, minTip: options.minTip ?? GWEI, cap: limit })
          : fees;
      const draft = { id: randomUUID(), key: request.key, nonce: free++, request };
      added.set(request.key, {
        ...draft,
        state: "signed",
        settled: false,
        attempts: [signAttempt(context, draft, kind, offer)],
      });
    }
    await ledger.insert([...added.values()]);
    nextNonce = Math.max(nextNonce, free);
    for (const transaction of added.values()) book.track(transaction);
    return requests.map(({ key }) => book.byKey(key) ?? (settled.find((old) => old.key === key) as Transaction));
  }

  /** A refused nonce is given back when it was the last one; otherwise an empty transaction fills it, or all later ones would wait. */
  async function freeNonce({ nonce }: Transaction): Promise<void> {
    const filler = await book.inOrder(async () => {
      if (nextNonce === nonce + 1) nextNonce = nonce;
      if (nextNonce === nonce) return undefined;
      return fillInOrder(nonce);
    });
    if (filler !== undefined) await sendFiller(filler);
  }

  async function fillInOrder(nonce: number): Promise<Tracked | undefined> {
    const request = {
      key: `gap-${nonce}-${randomUUID()}`,
      to: address,
      data: "0x",
      gas: 21_000n,
      notAfter: MAX_U64 as UnixNs,
    } as const;
    const [transaction] = await prepareInOrder([request], "noop", nonce);
    log.warn({ nonce }, "an empty transaction fills a gap between nonces");
    return transaction === undefined ? undefined : book.find(transaction.id);
  }

  const sendFiller = (tracked: Tracked): Promise<void> =>
    broadcast(context, tracked).catch((error: unknown) => {
      if (!isChronoError(error)) throw error;
      log.warn(
        { code: error.code, nonce: tracked.transaction.nonce },
        "filling a gap failed; the next block tries again",
      );
    });

  async function refresh(seen: Head): Promise<void> {
    head = seen;
    tip = await chain.suggestedTip().catch(() => tip);
  }

  const onHead = (seen: Head): void => {
    head = seen;
    void refresh(seen);
    void follower.onHead(seen);
  };

  async function recover(): Promise<void> {
    await refresh(await chain.head());
    const fillers: Tracked[] = [];
    await book.inOrder(async () => {
      const open = await ledger.open();
      const [used, highest] = [await chain.latestNonce(address), await ledger.highestNonce()];
      for (const transaction of open) book.track(transaction);
      nextNonce = Math.max(used, (highest ?? -1) + 1);
      const taken = new Set(open.map(({ nonce }) => nonce));
      for (let nonce = used; nonce < nextNonce; nonce++) {
        const filler = taken.has(nonce) ? undefined : await fillInOrder(nonce);
        if (filler !== undefined) fillers.push(filler);
      }
    });
    for (const filler of fillers) await sendFiller(filler);
    await follower.onHead(head as Head);
    for (const tracked of book.open())
      if (tracked.transaction.state === "signed" && !fillers.includes(tracked)) await recoverSigned(tracked);
    stopHeads = chain.onHead(onHead);
  }

  /** Signed, and perhaps sent in the last instant of the former process. */
  async function recoverSigned(tracked: Tracked): Promise<void> {
    const attempt = lastAttempt(tracked.transaction);
    if (await chain.knows(attempt.hash)) return acknowledge(context, tracked, attempt.hash);
    const decision = attempt.kind === "noop" ? "send" : (options.onRecover ?? decideByTime)(tracked.transaction);
    if (decision === "hold") return;
    if (decision === "cancel")
      return replaceByNoop(
        context,
        tracked,
        new ChronoError("transaction/expired", { nonce: tracked.transaction.nonce }),
      );
    await book.apply(tracked, "written");
    await sendFiller(tracked);
  }
  const decideByTime = ({ request }: Transaction): RecoveryDecision =>
    request.notAfter < clock.utcNow() ? "cancel" : "send";

  const need = (id: string): Tracked => {
    const tracked = book.find(id);
    if (tracked === undefined) throw new ChronoError("input/not-found", { transaction: id });
    return tracked;
  };

  async function waitFor(id: string, done: (transaction: Transaction) => boolean): Promise<Transaction> {
    const { promise, resolve, reject } = Promise.withResolvers<Transaction>();
    const stop = book.onChange((transaction) => {
      if (transaction.id === id && done(transaction)) resolve(transaction);
    });
    closing.add(reject);
    try {
      const now = book.find(id)?.transaction ?? (await ledger.byId(id));
      if (now === undefined) throw new ChronoError("input/not-found", { transaction: id });
      if (done(now)) return now;
      if (closed) throw new ChronoError("process/failed", { reason: "the transaction manager is closed" });
      return await promise;
    } finally {
      stop();
      closing.delete(reject);
    }
  }

  return {
    address,
    recover,
    prepareAll: (requests) => book.inOrder(async () => (await prepareInOrder(requests)).map(preparedOf)),
    prepare: (request) => book.inOrder(async () => preparedOf((await prepareInOrder([request]))[0] as Transaction)),
    async send(id) {
      const tracked = need(id);
      const { state } = tracked.transaction;
      if (state === "signed" || state === "in-doubt" || state === "sent") await broadcast(context, tracked);
    },
    async markSent(id) {
      const tracked = book.find(id);
      if (tracked !== undefined) await acknowledge(context, tracked, lastAttempt(tracked.transaction).hash);
    },
    async markFailed(id, error) {
      const tracked = need(id);
      try {
        await handleFailure(context, tracked, lastAttempt(tracked.transaction), error);
        return "transaction/already-known";
      } catch (failure) {
        if (isChronoError(failure)) return failure.code;
        throw failure;
      }
    },
    async release(id) {
      const tracked = need(id);
      await book.apply(tracked, "released");
      await freeNonce(tracked.transaction);
    },
    cancel: (id) => replaceByNoop(context, need(id), undefined),
    get: (id) => book.find(id)?.transaction,
    byKey: (key) => book.byKey(key),
    pending: () => book.open().map(({ transaction }) => transaction),
    outcome: (id) => waitFor(id, ({ settled }) => settled),
    inclusion: (id) =>
      waitFor(
        id,
        ({ settled, state }) => settled || state === "included" || state === "cancelled" || state === "replaced",
      ),
    onChange: (listener) => book.onChange(listener),
    async close() {
      closed = true;
      stopHeads();
      for (const reject of closing)
        reject(new ChronoError("process/failed", { reason: "the transaction manager is closed" }));
      await follower.stop();
      await book.inOrder(async () => undefined);
    },
  };
}

const preparedOf = (transaction: Transaction): PreparedTransaction => {
  const { id, key, nonce } = transaction;
  const { hash, raw } = lastAttempt(transaction);
  return { id, key, nonce, hash, raw };
};
