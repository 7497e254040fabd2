import type { Database } from "@chronoledger/service";
import type { ChargeOrder } from "../accounts/metering.ts";
import type { CertifiedLeaves } from "./certified-leaves.ts";
import { deleteStamps, findStamps, insertBatch, insertStamps, type PlacedOrder, type StampRow } from "./stamp-rows.ts";

/** Admits in order, single orders, within the transaction; false where the month's quota refuses. */
export type ChargeMany = (tx: Database, orders: readonly ChargeOrder[]) => Promise<boolean[]>;

/** "kept": it is stored, and charged once. */
export type Outcome =
  | { readonly kind: "kept" }
  | { readonly kind: "over-quota" }
  | { readonly kind: "key-refused" }
  | { readonly kind: "known"; readonly row: StampRow };

/**
 * Stores a group and charges for it in one transaction. Running it again after a commit that nobody saw finds the rows, and
 * neither stores nor charges twice.
 * @returns one outcome an order.
 */
export function commitGroup(
  db: Database,
  chargeMany: ChargeMany,
  group: { readonly leaves: CertifiedLeaves; readonly placed: readonly PlacedOrder[]; readonly now: bigint },
): Promise<Outcome[]> {
  const { leaves, placed, now } = group;
  const { sequence } = leaves.statement;
  return db.transaction(async (transaction) => {
    const tx = transaction as unknown as Database;
    const inserted = await insertStamps(tx, sequence, placed, now);
    const fresh = placed.filter(({ index }) => inserted.has(index));
    const refused = await charge(tx, chargeMany, fresh);
    if (refused.size > 0) await deleteStamps(tx, sequence, [...refused]);
    if (fresh.length > refused.size) await insertBatch(tx, leaves);
    const others = placed.filter(({ index }) => !inserted.has(index));
    const known = others.length === 0 ? [] : await findStamps(tx, sequence, others);
    return placed.map((one): Outcome => {
      if (inserted.has(one.index)) return { kind: refused.has(one.index) ? "over-quota" : "kept" };
      return outcomeOf(one, sequence, known);
    });
  });
}

/** @returns the places of the orders that were refused. */
async function charge(tx: Database, chargeMany: ChargeMany, fresh: readonly PlacedOrder[]): Promise<Set<number>> {
  const paid = fresh.flatMap(({ order: { caller, meter, count }, index }) =>
    caller === undefined ? [] : [{ index, charge: { caller, meter, quantity: count } }],
  );
  if (paid.length === 0) return new Set();
  const admitted = await chargeMany(
    tx,
    paid.map((one) => one.charge),
  );
  return new Set(paid.filter((_, i) => admitted[i] !== true).map(({ index }) => index));
}

function outcomeOf({ order, index }: PlacedOrder, sequence: bigint, known: readonly StampRow[]): Outcome {
  if (known.some((row) => row.sequence === String(sequence) && row.leaf_index === String(index)))
    return { kind: "kept" };
  const row = known.find(
    ({ account_id, idempotency_key }) =>
      account_id === order.accountId && idempotency_key !== null && idempotency_key === order.idempotency?.key,
  );
  return row === undefined ? { kind: "key-refused" } : { kind: "known", row };
}
