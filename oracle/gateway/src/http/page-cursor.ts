import { ChronoError } from "@chronoledger/core";

/** Where a page ended: lists are ordered by time, then id, newest first. */
export type PagePosition = { readonly at: bigint; readonly id: string };

const POSITION = /^([0-9]{1,20})\/([\x21-\x7e]{1,64})$/;

/** Opaque to clients. */
export const cursorOf = ({ at, id }: PagePosition): string => Buffer.from(`${at}/${id}`).toString("base64url");

/** @throws input/malformed */
export function positionOf(cursor: string): PagePosition {
  const [, at, id] = POSITION.exec(Buffer.from(cursor, "base64url").toString("latin1")) ?? [];
  if (at === undefined || id === undefined)
    throw new ChronoError("input/malformed", { cursor }, { remedy: "use what the page before gave as next" });
  return { at: BigInt(at), id };
}

/** @param rows one more than `limit` when there is a further page. */
export function pageOfRows<Row, Item>(
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => Item,
  position: (row: Row) => PagePosition,
): { items: Item[]; next: string | null } {
  const last = rows[limit - 1];
  return {
    items: rows.slice(0, limit).map(toItem),
    next: rows.length > limit && last !== undefined ? cursorOf(position(last)) : null,
  };
}
