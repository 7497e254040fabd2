import assert from "node:assert/strict";
import { Client } from "pg";
import { PostgresServer } from "../support/postgres-server.ts";
import { GuideProject } from "./guide-project.ts";
import { network, settingsOf } from "./network.ts";

describe("the guide to a trading journal", () => {
  const database = new PostgresServer();
  let project: GuideProject;
  let key: string;

  before(async () => {
    await database.start();
    const settings = await settingsOf("professional");
    key = settings.CHRONO_API_KEY;
    project = GuideProject.of("trading-journal", { ...settings, DATABASE_URL: database.url });
  });
  after(async () => {
    await project?.remove();
    await database.stop();
  });

  async function sql(text: string): Promise<Record<string, string>[]> {
    const db = new Client({ connectionString: database.url });
    await db.connect();
    try {
      return (await db.query<Record<string, string>>(text)).rows;
    } finally {
      await db.end();
    }
  }

  it("records trades; what a crash left open gets the same stamp, once paid for", async () => {
    assert.equal(await project.output("node record.ts"), "T-1001 recorded\nT-1002 recorded\nT-1003 recorded\n");
    const rows = await sql("select time_utc_ns, mifid_time from journal order by trade_id");
    assert.equal(rows.length, 3);
    for (const { time_utc_ns, mifid_time } of rows) {
      assert.match(time_utc_ns ?? "", /^\d{19}$/);
      assert.match(mifid_time ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6,7}Z$/);
    }
    await sql("update journal set time_utc_ns = null, mifid_time = null, proof = null where trade_id = 'T-1002'");
    await project.output("node record.ts");
    assert.deepEqual(await sql("select time_utc_ns, mifid_time from journal order by trade_id"), rows);
    assert.equal((await network.usage(key))["stamp.compliant"], 3);
  });

  it("audits offline and finds what was changed", async () => {
    const [whole, changed] = project.outputs;
    await project.output('curl -sf "$CHRONO_URL/v1/node-set" -o node-set.json');
    const offline = { CHRONO_URL: "http://127.0.0.1:1", CHRONO_API_KEY: "" };
    assert.equal(await project.output("node audit.ts", offline), whole);
    await project.output("node tamper.ts");
    assert.deepEqual(await project.run("node audit.ts", offline), { status: 1, out: changed, err: "" });
    assert.deepEqual(project.left, []);
  });

  it("finds a changed time, text, and number too", async () => {
    await sql("update journal set time_utc_ns = time_utc_ns + 1 where trade_id = 'T-1001'");
    await sql("update journal set mifid_time = '2020-01-01T00:00:00.000000Z' where trade_id = 'T-1003'");
    const { status, out } = await project.run("node audit.ts");
    assert.equal(status, 1);
    assert.match(out, /T-1001 CHANGED \(time_utc_ns\)/);
    assert.match(out, /T-1003 CHANGED \(mifid_time\)/);
    await sql("update journal set trade_id = 'T-1004' where trade_id = 'T-1003'");
    assert.match((await project.run("node audit.ts")).out, /T-1004 CHANGED \(trade_id\)/);
  });
});
