import assert from "node:assert/strict";
import { STUB_KEY, StubGateway } from "../../../test/support/stub-gateway.ts";
import { ChronoLedgerClient, type MiFIDIITimestamp, verifyProof } from "./index.ts";

/** The product's integration example, to the letter: it has to run as it is for as long as this major version lives. */
const EXAMPLE = `// Example integration for compliance
const chronoLedger = new ChronoLedgerClient({
  tier: 'regulatory',
  compliance: ['MiFID_II', 'CAT', 'SFTR']
});

async function recordTrade(trade) {
  const timestamp = await chronoLedger.getMiFIDIITimestamp(trade);
  
  // Store with regulatory-grade proof
  await tradeDB.insert({
    ...trade,
    timestamp: timestamp.value,
    proof: timestamp.proof,
    regulatoryCompliant: true
  });
}`;

type Row = { id: string; timestamp: string; proof: MiFIDIITimestamp["proof"]; regulatoryCompliant: boolean };
type RecordTrade = (trade: object) => Promise<void>;

describe("the integration example", () => {
  const gateway = new StubGateway();
  const { CHRONO_URL, CHRONO_API_KEY } = process.env;

  before(async () => {
    await gateway.start();
    process.env.CHRONO_URL = gateway.url;
    process.env.CHRONO_API_KEY = STUB_KEY;
  });
  after(() => {
    gateway.stop();
    for (const [name, value] of Object.entries({ CHRONO_URL, CHRONO_API_KEY }))
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
  });

  it("runs unchanged and stores a time and a proof of the trade", async () => {
    const rows: Row[] = [];
    const tradeDB = { insert: async (row: Row) => void rows.push(row) };
    const AsyncFunction = (async () => undefined).constructor as new (
      ...args: string[]
    ) => (client: typeof ChronoLedgerClient, db: typeof tradeDB) => Promise<RecordTrade>;
    const recordTrade = await new AsyncFunction("ChronoLedgerClient", "tradeDB", `${EXAMPLE}\nreturn recordTrade;`)(
      ChronoLedgerClient,
      tradeDB,
    );
    const trade = { id: "T-1", price: 101n };
    await recordTrade(trade);
    const [row] = rows;
    assert.ok(row !== undefined);
    assert.equal(row.id, "T-1");
    assert.match(row.timestamp, /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/);
    const kept = JSON.parse(JSON.stringify(row.proof)) as object;
    const result = verifyProof(kept, gateway.oracle.quorum.set, { event: trade });
    assert.ok(result.valid && result.event === "matches");
    assert.ok(!verifyProof(kept, gateway.oracle.quorum.set, { event: { ...trade, price: 102n } }).valid);
  });
});
