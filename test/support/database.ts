import { type Migration, type OpenDatabase, openDatabase } from "../../packages/service/src/database.ts";

/** PostgreSQL in memory, or in `dataDir`, with the migrations applied. */
export type { OpenDatabase };

export const openTestDatabase = (migrations: readonly Migration[], dataDir?: string): Promise<OpenDatabase> =>
  openDatabase({ migrations, dataDir });
