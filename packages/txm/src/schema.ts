import { sql } from "drizzle-orm";
import { bigint, boolean, index, integer, jsonb, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import type { Attempt } from "./types.ts";

/** A request as JSON: integers as decimal strings. */
export type StoredRequest = {
  readonly to: string;
  readonly data: string;
  readonly value: string;
  readonly gas: string;
  readonly notAfter: string;
  readonly maxFeePerGas: string;
  readonly earliestBlockTimestamp?: string;
};
export type StoredInclusion = {
  readonly hash: string;
  readonly blockNumber: number;
  readonly blockHash: string;
  readonly blockTimestamp: string;
  readonly success: boolean;
  readonly gasUsed: string;
};

export const transactions = pgTable(
  "txm_transactions",
  {
    id: text("id").primaryKey(),
    chainId: bigint("chain_id", { mode: "number" }).notNull(),
    account: text("account").notNull(),
    key: text("key").notNull(),
    nonce: integer("nonce").notNull(),
    state: text("state").notNull(),
    settled: boolean("settled").notNull(),
    request: jsonb("request").$type<StoredRequest>().notNull(),
    attempts: jsonb("attempts").$type<readonly Attempt[]>().notNull(),
    inclusion: jsonb("inclusion").$type<StoredInclusion>(),
    failure: jsonb("failure").$type<{ code: string; message: string }>(),
  },
  (table) => [
    uniqueIndex("txm_one_per_nonce").on(table.chainId, table.account, table.nonce).where(sql`state <> 'rejected'`),
    uniqueIndex("txm_one_per_key").on(table.chainId, table.account, table.key).where(sql`state <> 'rejected'`),
    index("txm_open").on(table.chainId, table.account).where(sql`not settled`),
  ],
);

/** For `openDatabase` of packages/service. */
export const txmMigrations: readonly { readonly name: string; readonly statements: readonly string[] }[] = [
  {
    name: "txm-0001-transactions",
    statements: [
      `create table txm_transactions (
        id text primary key,
        chain_id bigint not null,
        account text not null,
        key text not null,
        nonce integer not null,
        state text not null,
        settled boolean not null,
        request jsonb not null,
        attempts jsonb not null,
        inclusion jsonb,
        failure jsonb
      )`,
      "create unique index txm_one_per_nonce on txm_transactions (chain_id, account, nonce) where state <> 'rejected'",
      "create unique index txm_one_per_key on txm_transactions (chain_id, account, key) where state <> 'rejected'",
      "create index txm_open on txm_transactions (chain_id, account) where not settled",
    ],
  },
];
