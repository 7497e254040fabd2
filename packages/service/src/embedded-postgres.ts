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
    const template = await preparedCluster();
    if (template !== undefined) cpSync(template, dataDir, { recursive: true });
  }
  return PGlite.create({ dataDir });
}

async function preparedCluster(): Promise<string | undefined> {
  const home = join(dirname(createRequire(import.meta.url).resolve("@electric-sql/pglite")), "..");
  const { version } = JSON.parse(readFileSync(join(home, "package.json"), "utf8")) as { version: string };
  const cache = join(home, "..", "..", ".cache");
  const template = await preparedCluster();
    if (template !== undefined) cpSync(template, dataDir, { recursive: true });
  }
  return PGlite.create({ dataDir });
}

async function preparedCluster(): Promise<string | undefined> {
  const packageFile = createRequire(import.meta.url).resolve("@electric-sql/pglite/package.json");
  const version = (createRequire(import.meta.url)(packageFile) as { version: string }).version;
  const cache = join(dirname(packageFile), "..", "..", ".cache");
  const template = join(cache, `pglite-${version}`);
  if (existsSync(template)) return template;
  try {
    mkdirSync(cache, { recursive: true });
    const making = mkdtempSync(join(cache, "pglite-making-"));
    try {
      const cluster = await PGlite.create({ dataDir: join(making, "cluster") });
      await cluster.close();
      // Another process may have been first: its cluster is as good.
      if (!existsSync(template)) renameSync(join(making, "cluster"), template);
    } finally {
      rmSync(making, { recursive: true, force: true });
    }
    return existsSync(template) ? template : undefined;
  } catch {
    return existsSync(template) ? template : undefined;
  }
}
