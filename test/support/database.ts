import { type Migration, type OpenDatabase, openDatabase } from "../../packages/service/src/database.ts";

export type { OpenDatabase };

/** PostgreSQL in memory, or in `dataDir`, with the migrations applied. */
export const openTestDatabase = (migrations: readonly Migration[], dataDir?: string): Promise<OpenDatabase> =>
  openDatabase({ migrations, dataDir });
