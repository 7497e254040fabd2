import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { type Migration, openDatabase } from "./database.ts";

const first: Migration = {
  name: "0001",
  statements: ["create table note (id int primary key)", "insert into note values (1)"],
};
const broken: Migration = {
  name: "0002",
  statements: ["insert into note values (2)", "insert into nowhere values (1)"],
};

describe("database (embedded)", function () {
  this.timeout(30_000);
  const folder = mkdtempSync(join(tmpdir(), "chrono-database-"));
  after(() => rmSync(folder, { recursive: true }));
  const count = async (open: Awaited<ReturnType<typeof openDatabase>>) =>
    ((await open.db.execute(sql`select count(*)::int as n from note`)) as unknown as { rows: { n: number }[] }).rows[0]
      ?.n;

  it("applies each migration once over restarts, and a broken one not in part", async () => {
    const one = await openDatabase({ dataDir: folder, migrations: [first] });
    assert.equal(await count(one), 1);
    await one.close();
    await assert.rejects(openDatabase({ dataDir: folder, migrations: [first, broken] }), {
      code: "database/unavailable",
    });
    const again = await openDatabase({ dataDir: folder, migrations: [first] });
    assert.equal(await count(again), 1);
    await again.close();
  });

  it("calls a server that is not there unavailable", async () => {
    await assert.rejects(openDatabase({ url: "postgres://127.0.0.1:1/none", migrations: [] }), {
      code: "database/unavailable",
    });
  });
});
