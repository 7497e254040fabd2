import { ChronoError } from "@chronoledger/core";
import type { PgDatabase, PgQueryResultHKT } from "drizzle-orm/pg-core";

// Loaded when a database is opened: a process without one starts in half the time.

/** Drizzle on PostgreSQL, embedded or a server: the same SQL. */
export type Database = PgDatabase<PgQueryResultHKT, Record<string, never>>;
export type OpenDatabase = { readonly db: Database; readonly kind: "embedded" | "server"; close(): Promise<void> };

/** Applied in order, once each, in one transaction; recorded by name in `chrono_migrations`. Never edit one that was released. */
export type Migration = { readonly name: string; readonly statements: readonly string[] };

/**
 * DATABASE_URL names a server; without it PostgreSQL runs embedded (PGlite) in `dataDir`, or in memory when that is undefined.
 * @throws database/unavailable
 */
export async function openDatabase(options: {
  readonly url?: string | undefined;
  readonly dataDir?: string | undefined;
  readonly migrations: readonly Migration[];
  readonly schema?: string;
}): Promise<OpenDatabase> {
  try {
    const opened =
      options.url === undefined ? await openEmbedded(options.dataDir) : await openServer(options.url, options.schema);
    await migrate(opened.db, options.migrations, options.schema);
    return opened;
  } catch (cause) {
    throw new ChronoError(
      "database/unavailable",
      { kind: options.url === undefined ? "embedded" : "server" },
      { cause },
    );
  }
}

async function openEmbedded(dataDir: string | undefined): Promise<OpenDatabase> {
  const [{ openEmbeddedPostgres }, { drizzle }] = await Promise.all([
    import("./embedded-postgres.ts"),
    import("drizzle-orm/pglite"),
  ]);
  const client = await openEmbeddedPostgres(dataDir);
  return { db: drizzle(client) as unknown as Database, kind: "embedded", close: () => client.close() };
}

async function openServer(url: string, schema: string | undefined): Promise<OpenDatabase> {
  const [{ default: pg }, { drizzle }] = await Promise.all([import("pg"), import("drizzle-orm/node-postgres")]);
  const pool = new pg.Pool({
    connectionString: url,
    max: 8,
    ...(schema === undefined ? {} : { options: `-c search_path=${schema}` }),
  });
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on("error", () => undefined);
  // So would one that is in use and breaks between two queries of a transaction: the next query tells.
  pool.on("connect", (client) => client.on("error", () => undefined));
  return { db: drizzle(pool) as unknown as Database, kind: "server", close: () => pool.end() };
}

async function migrate(db: Database, migrations: readonly Migration[], schema: string | undefined): Promise<void> {
  const { sql } = await import("drizzle-orm");
  if (schema !== undefined) await db.execute(sql`create schema if not exists ${sql.identifier(schema)}`);
  await db.execute(
    sql`create table if not exists chrono_migrations (name text primary key, applied_at timestamptz not null default now())`,
  );
  for (const migration of migrations)
    await db.transaction(async (tx) => {
      await tx.execute(sql`lock table chrono_migrations in exclusive mode`);
      const inserted = await tx.execute(
        sql`insert into chrono_migrations (name) values (${migration.name}) on conflict do nothing returning name`,
      );
      if ((inserted as unknown as { rows: unknown[] }).rows.length === 0) return;
      for (const statement of migration.statements) await tx.execute(sql.raw(statement));
    });
}
