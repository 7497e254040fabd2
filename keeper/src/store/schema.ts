import type { Migration } from "@chronoledger/service";
import { sql } from "drizzle-orm";
import { bigint, boolean, index, integer, jsonb, numeric, pgTable, primaryKey, text } from "drizzle-orm/pg-core";

/** Integers beyond 53 bits are decimal strings in JSON. */
export type StoredRun = {
  readonly schedule: Readonly<Record<string, string | number>>;
  /** Encoded; null for a plain schedule. */
  readonly extras: string | null;
  readonly data: string;
  readonly scheduledBlock: number;
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly mine: boolean;
  readonly postponedUntil: string | null;
  readonly attempt: number;
  readonly transaction: string | null;
  readonly end: { readonly blockNumber: number; readonly blockHash: string; readonly blockTimestamp: string } | null;
  readonly firstEligible: boolean | null;
  readonly sentAt: string | null;
  readonly acceptedAt: string | null;
  readonly clockUncertainty: string | null;
  readonly timeline: readonly { readonly step: string; readonly time: string }[];
};

export const runs = pgTable(
  "keeper_runs",
  {
    id: text("id").notNull(),
    generation: integer("generation").notNull(),
    number: bigint("number", { mode: "number" }).notNull(),
    state: text("state").notNull(),
    settled: boolean("settled").notNull(),
    outcome: text("outcome"),
    wakeAt: numeric("wake_at", { precision: 20, scale: 0 }).notNull(),
    notBefore: numeric("not_before", { precision: 20, scale: 0 }).notNull(),
    notAfter: numeric("not_after", { precision: 20, scale: 0 }).notNull(),
    transactionId: text("transaction_id"),
    details: jsonb("details").$type<StoredRun>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.id, table.generation, table.number] }),
    index("keeper_runs_wake").on(table.wakeAt).where(sql`not settled`),
    index("keeper_runs_deadline").on(table.notBefore),
    index("keeper_runs_transaction").on(table.transactionId),
  ],
);

export const events = pgTable(
  "keeper_events",
  {
    blockHash: text("block_hash").notNull(),
    logIndex: integer("log_index").notNull(),
    blockNumber: bigint("block_number", { mode: "number" }).notNull(),
    kind: text("kind").notNull(),
    scheduleId: text("schedule_id").notNull(),
    transaction: text("transaction").notNull(),
    payload: jsonb("payload").$type<Readonly<Record<string, unknown>>>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.blockHash, table.logIndex] }),
    index("keeper_events_schedule").on(table.scheduleId, table.blockNumber),
  ],
);

export const blocks = pgTable("keeper_blocks", {
  number: bigint("number", { mode: "number" }).primaryKey(),
  hash: text("hash").notNull(),
});

/** Which chain and scheduler the tables are about: others must not be mixed in. */
export const subject = pgTable("keeper_subject", { name: text("name").primaryKey() });

export const keeperMigrations: readonly Migration[] = [
  {
    name: "keeper-0001-runs",
    statements: [
      `create table keeper_runs (
        id text not null,
        generation integer not null,
        state text not null,
        settled boolean not null,
        outcome text,
        wake_at numeric(20, 0) not null,
        not_before numeric(20, 0) not null,
        not_after numeric(20, 0) not null,
        transaction_id text,
        details jsonb not null,
        primary key (id, generation)
      )`,
      "create index keeper_runs_wake on keeper_runs (wake_at) where not settled",
      "create index keeper_runs_deadline on keeper_runs (not_before)",
      "create index keeper_runs_transaction on keeper_runs (transaction_id)",
      `create table keeper_events (
        block_hash text not null,
        log_index integer not null,
        block_number bigint not null,
        kind text not null,
        schedule_id text not null,
        transaction text not null,
        payload jsonb not null,
        primary key (block_hash, log_index)
      )`,
      "create index keeper_events_schedule on keeper_events (schedule_id, block_number)",
      "create table keeper_blocks (number bigint primary key, hash text not null)",
      "create table keeper_subject (name text primary key)",
    ],
  },
  {
    name: "keeper-0002-series",
    statements: [
      "alter table keeper_runs add column number bigint not null default 0",
      "alter table keeper_runs drop constraint keeper_runs_pkey",
      "alter table keeper_runs add primary key (id, generation, number)",
    ],
  },
];
