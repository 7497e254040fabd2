import assert from "node:assert/strict";
import { chronoSchedulerAbi } from "@chronoledger/bindings";
import { ChronoError } from "@chronoledger/core";
import { createLogger, type OpenDatabase } from "@chronoledger/service";
import { type Head, type Hex, RpcError } from "@chronoledger/txm";
import { encodeEventTopics, numberToHex } from "viem";
import { openTestDatabase } from "../../../test/support/database.ts";
import { EventStore } from "../store/event-store.ts";
import { keeperMigrations } from "../store/schema.ts";
import type { RawLog } from "./decode-log.ts";
import { Watcher } from "./watcher.ts";

const SCHEDULER = `0x${"55".repeat(20)}` as const;
const quiet = createLogger("test", { write: () => undefined });
const hashOf = (branch: string, number: number): Hex =>
  `0x${Buffer.from(`${branch}-${number}`).toString("hex").padEnd(64, "0")}`;
const idOf = (name: string): Hex => `0x${Buffer.from(name).toString("hex").padEnd(64, "0")}`;

/** A chain in memory: block n has one Cancelled event of the id that `names` has for it. */
class FakeChain {
  blocks: { hash: Hex; event: string | undefined }[] = [];
  asked: [number, number][] = [];
  mostBlocks = Number.POSITIVE_INFINITY;
  down = false;

  grow(branch: string, events: readonly (string | undefined)[]): Head {
    for (const event of events) this.blocks.push({ hash: hashOf(branch, this.blocks.length), event });
    return this.headAt(this.blocks.length - 1);
  }
  headAt(number: number): Head {
    const { hash } = this.blocks[number] as { hash: Hex };
    return {
      number,
      hash,
      parentHash: this.blocks[number - 1]?.hash ?? "0x",
      timestamp: BigInt(number),
      baseFeePerGas: 1n,
    };
  }
  head = async (): Promise<Head> => this.headAt(this.blocks.length - 1);
  blockByNumber = async (number: number): Promise<Head | undefined> =>
    this.blocks[number] === undefined ? undefined : this.headAt(number);
  rpc = {
    connected: true,
    onHead: () => () => undefined,
    close: () => undefined,
    request: async (_: string, [filter]: readonly unknown[]): Promise<RawLog[]> => {
      if (this.down) throw new ChronoError("rpc/unavailable");
      const { fromBlock, toBlock } = filter as { fromBlock: Hex; toBlock: Hex };
      const [from, to] = [Number(fromBlock), Number(toBlock)];
      this.asked.push([from, to]);
      if (to - from + 1 > this.mostBlocks) throw new RpcError(-32005, "query returned more than 10000 results");
      return this.blocks
        .slice(from, to + 1)
        .flatMap(({ hash, event }, i) => (event === undefined ? [] : [this.#log(from + i, hash, event)]));
    },
  };
  #log(number: number, hash: Hex, event: string): RawLog {
    const topics = encodeEventTopics({
      abi: chronoSchedulerAbi,
      eventName: "Cancelled",
      args: { id: idOf(event) },
    }) as Hex[];
    return {
      blockNumber: numberToHex(number),
      blockHash: hash,
      logIndex: "0x0",
      transactionHash: hash,
      topics,
      data: "0x",
    };
  }
}

describe("the watcher", function () {
  this.timeout(20_000);
  let opened: OpenDatabase;
  let chain: FakeChain;
  let store: EventStore;
  let changes: Hex[][];
  before(async () => {
    opened = await openTestDatabase(keeperMigrations);
  });
  after(() => opened.close());
  beforeEach(async () => {
    for (const table of ["keeper_events", "keeper_blocks", "keeper_subject"])
      await opened.db.execute(`delete from ${table}`);
    chain = new FakeChain();
    chain.grow("a", [undefined]);
    store = new EventStore(opened.db);
    changes = [];
  });

  const watch = (startBlock = 0): Watcher =>
    new Watcher({
      chain,
      scheduler: SCHEDULER,
      startBlock,
      store,
      log: quiet,
      onChange: async (ids) => void changes.push([...ids]),
    });
  const stored = async (...names: string[]): Promise<number[]> => {
    const found = await store.eventsOf(names.map(idOf));
    return names.map((name) => found.get(idOf(name))?.length ?? 0);
  };

  it("reads what is there, then with every head what is new, each event once", async () => {
    const watcher = watch();
    await watcher.onHead(chain.grow("a", ["one", undefined, "two"]));
    await watcher.onHead(chain.grow("a", ["three"]));
    await watcher.onHead(chain.headAt(4));
    assert.deepEqual(changes, [[idOf("one"), idOf("two")], [idOf("three")], []]);
    assert.deepEqual(await stored("one", "two", "three"), [1, 1, 1]);
  });

  it("goes on from its checkpoint after a restart", async () => {
    await watch().onHead(chain.grow("a", ["one", "two"]));
    const head = chain.grow("a", ["three"]);
    await watch().onHead(head);
    assert.deepEqual(changes, [[idOf("one"), idOf("two")], [idOf("three")]]);
    assert.deepEqual(chain.asked.at(-1), [3, 3]);
  });

  it("asks for smaller ranges when the node wants that, and misses nothing", async () => {
    chain.mostBlocks = 7;
    const names = Array.from({ length: 50 }, (_, i) => `event ${i}`);
    await watch().onHead(chain.grow("a", names));
    assert.deepEqual(
      await stored(...names),
      names.map(() => 1),
    );
  });

  it("begins at its start block", async () => {
    await watch(3).onHead(chain.grow("a", ["early", "early too", "in time"]));
    assert.deepEqual(await stored("early", "early too", "in time"), [0, 0, 1]);
  });

  it("takes back what a reorganisation removed and reads what it brought", async () => {
    const watcher = watch();
    await watcher.onHead(chain.grow("a", ["kept"]));
    await watcher.onHead(chain.grow("a", ["lost"]));
    await watcher.onHead(chain.grow("a", ["moved"]));
    chain.blocks.length = 2;
    await watcher.onHead(chain.grow("b", [undefined, "new", "moved"]));
    assert.deepEqual(await stored("kept", "lost", "moved", "new"), [1, 0, 1, 1]);
    assert.deepEqual(changes.at(-1)?.sort(), [idOf("lost"), idOf("moved"), idOf("new")].sort());
  });

  it("notices a reorganisation that made the chain shorter, and one that happened while it was away", async () => {
    await watch().onHead(chain.grow("a", ["one"]));
    await watch().onHead(chain.grow("a", ["two"]));
    await watch().onHead(chain.grow("a", ["three"]));
    chain.blocks.length = 2;
    await watch().onHead(chain.headAt(1));
    assert.deepEqual(await stored("one", "two", "three"), [1, 0, 0]);
    chain.blocks.length = 1;
    await watch().onHead(chain.grow("c", ["four", "five"]));
    assert.deepEqual(await stored("one", "four", "five"), [0, 1, 1]);
  });

  it("loses nothing while the node is away", async () => {
    const watcher = watch();
    chain.down = true;
    await watcher.onHead(chain.grow("a", ["one"]));
    assert.deepEqual(changes, []);
    chain.down = false;
    await watcher.onHead(chain.grow("a", ["two"]));
    assert.deepEqual(await stored("one", "two"), [1, 1]);
  });

  it("refuses a database that belongs to another scheduler", async () => {
    await store.claim("31337-0xaa");
    await store.claim("31337-0xaa");
    await assert.rejects(store.claim("1-0xbb"), /config\/invalid/);
  });
});
