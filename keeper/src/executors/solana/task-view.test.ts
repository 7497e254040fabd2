import assert from "node:assert/strict";
import { KeeperStatus, NS_PER_S, RunList, RunRecord, unixNs } from "@chronoledger/core";
import { createHttpServer, createLogger } from "@chronoledger/service";
import { FakeTaskChain, fakeTask } from "../../../../test/support/fake-task-chain.ts";
import { addKeeperRoutes } from "../../routes.ts";
import { type SolanaKeeper, startSolanaKeeper } from "./solana-keeper.ts";
import { taskView } from "./task-view.ts";

const ACCOUNT = "2wmVCSfPxGPjrnMMn7rchp4uaeoTqN39mXFC2zhPdri9";
const log = createLogger("test", { write: () => undefined });

describe("the HTTP interface of the keeper on Solana", () => {
  let keeper: SolanaKeeper | undefined;
  const server = createHttpServer({ log, name: "keeper", host: "127.0.0.1", port: 0, notReady: () => undefined });
  addKeeperRoutes(server, taskView({ program: "Program", account: ACCOUNT, keeper: () => keeper }));
  const get = async (url: string) => {
    const { statusCode, body } = await server.app.inject({ url });
    return { statusCode, body: JSON.parse(body) };
  };
  after(async () => {
    await keeper?.stop();
    await server.close();
  });

  it("answers before the chain has been reached", async () => {
    assert.deepEqual(RunList.decode((await get("/v1/runs")).body), { runs: [] });
    assert.equal(KeeperStatus.decode((await get("/v1/status")).body).block, null);
  });

  it("states runs, one run, and how many there are of which kind", async () => {
    const chain = new FakeTaskChain(unixNs(1_800_000_008n * NS_PER_S));
    const [ran, unknown] = [fakeTask({ interval: 60n * NS_PER_S, count: 2 }), fakeTask()];
    chain.put(ran);
    keeper = await startSolanaKeeper({
      ...{ chain: chain.port(ACCOUNT), sender: chain.sender, clock: chain.clock, log, account: ACCOUNT },
      roster: { index: 0, count: 1, staggerMs: 2_000 },
      policy: { leadMs: 2_000, minReward: 1n, minFee: 0n, expires: true },
      ...{ slotMs: 400, guardMs: 30, reconcileMs: 60_000, demand: undefined },
    });
    await chain.produce(8);
    const address = ran.address.toBase58();
    const { runs } = RunList.decode((await get("/v1/runs")).body);
    assert.deepEqual(
      runs.map(({ scheduleId, number, state }) => [scheduleId, number, state]),
      [
        [address, 1, "planned"],
        [address, 0, "included"],
      ],
    );
    assert.equal((await get("/v1/runs?limit=1")).body.runs.length, 1);
    assert.equal(RunRecord.decode((await get(`/v1/runs/${address}`)).body).number, 1);
    const first = RunRecord.decode((await get(`/v1/runs/${address}?number=0`)).body);
    assert.equal(first.firstEligible, true);
    assert.equal(first.blockLatenessNs, 0n);
    assert.deepEqual(KeeperStatus.decode((await get("/v1/status")).body), {
      ...{ chainId: 0, account: ACCOUNT, scheduler: "Program", block: chain.slot },
      ...{ pending: 1, executed: 1, failed: 0, queue: "disconnected" },
    });
    assert.equal((await get(`/v1/runs/${unknown.address.toBase58()}`)).statusCode, 404);
    assert.equal((await get("/v1/runs/0x12")).statusCode, 400);
  });
});
