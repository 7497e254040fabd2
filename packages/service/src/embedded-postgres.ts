import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { PGlite } from "@electric-sql/pglite";

/**
 * Opens PostgreSQL in this process. A new cluster is copied from one that was made before (half a second instead of three of
 * initdb in WebAssembly); the copy lies in node_modules/.cache and is left out where that cannot be written.
 * @param dataDir a folder; undefined keeps everything in memory.
 */
export async function openEmbeddedPostgres(dataDir: string | undefined): Promise<PGlite> {
  if (dataDir === undefined) return PGlite.create();
  mkdirSync(dataDir, { recursive: true });
  if (readdirSync(dataDir).length === 0) {
    const prepared = await preparedCluster();
    if (prepared !== undefined) cpSync(prepared, dataDir, { recursive: true });
  }
  return PGlite.create({ dataDir });
}

async function preparedCluster(): Promise<string | undefined> {
  const home = join(dirname(createRequire(import.meta.url).resolve("@electric-sql/pglite")), "..");
  const { version } = JSON.parse(readFileSync(join(home, "package.json"), "utf8")) as { version: string };
  const cache = join(home, "..", "..", ".cache");
  const prepared = join(cache, `pglite-${version}`);
  if (existsSync(prepared)) return prepared;
  try {
    mkdirSync(cache, { recursive: true });
    const making = mkdtempSync(join(cache, "pglite-making-"));
    try {
      const cluster = await PGlite.create({ dataDir: join(making, "cluster") });
      await cluster.close();
      // Another process may have been first: its cluster is as good.
      if (!existsSync(prepared)) renameSync(join(making, "cluster"), prepared);
    } finally {
      rmSync(making, { recursive: true, force: true });
    }
  } catch {
    // A cache that cannot be written costs time only.
  }
  return existsSync(prepared) ? prepared : undefined;
}
