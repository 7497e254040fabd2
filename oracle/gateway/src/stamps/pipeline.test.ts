import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  ChronoError,
  type DurationNs,
  hashLeaves,
  isChronoError,
  type LeafBatchResponse,
  MerkleTree,
  NS_PER_S,
  proofFromJson,
  type TaiNs,
  type UnixNs,
  verifyProof,
} from "@chronoledger/core";
import type { Tier } from "@chronoledger/core/gateway";
import { createLogger, type Database, FakeClock, opensslSha256 } from "@chronoledger/service";
import * as fc from "fast-check";
import { certificateBytes } from "../../../../test/support/certificate-bytes.ts";
import { type OpenDatabase, openTestDatabase } from "../../../../test/support/database.ts";
import { newQuorum } from "../../../../test/support/quorum.ts";
import { until } from "../../../../test/support/until.ts";
import { createMetering } from "../accounts/metering.ts";
import { tiersByName } from "../accounts/tiers.ts";
import type { StampedBlock, StampOrder } from "../context.ts";
import { gatewayMigrations } from "../store/migrations.ts";
import type { LeafCertifier } from "./leaf-certifier.ts";
import { StampPipeline } from "./pipeline.ts";
import { StampStore } from "./stamp-store.ts";

const START = 1_800_000_000_000_000_000n;
const INCLUDED = 20;
const quorum = newQuorum({ n: 4 });
const developer = {
  ...(tiersByName.get("developer") as Tier),
  stamps: { included: INCLUDED, beyond: "refuse" },
} as Tier;
const tiers = new Map<string, Tier>([...tiersByName, ["developer", developer]]);

/** Certifies at once, or when it is let; lies when it is told to. */
class FakeCertifier implements LeafCertifier {
  readonly asked: number[] = [];
  sequence = 0n;
  failures = 0;
  tamper: (answer: LeafBatchResponse) => LeafBatchResponse = (answer) => answer;
  #gate: Promise<void> = Promise.resolve();
  readonly #clock: FakeClock;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gate = promise;
    return resolve;
  }

  async certify(leaves: Uint8Array): Promise<LeafBatchResponse> {
    this.asked.push(leaves.length / 96);
    await this.#gate;
    if (this.failures-- > 0) throw new ChronoError("round/failed", { reason: "told to fail" });
    this.failures = 0;
    const before = new Uint8Array(96 * 3).fill(Number(this.sequence % 251n));
    const all = Buffer.concat([before, leaves]);
    const tree = new MerkleTree(hashLeaves(all, opensslSha256), opensslSha256);
    const sequence = ++this.sequence;
    const time = (this.#clock.utcNow() + 38n * NS_PER_S + sequence) as TaiNs;
    const certificate = certificateBytes(quorum.certify({ time, sequence, imprint: tree.root }));
    return this.tamper({
      certificate: { certificate, sequence, timeTaiNs: time, taiMinusUtc: 37 },
      firstIndex: 3,
      size: tree.size,
      complement: tree.complement(3, tree.size),
    });
  }
}

/** Fails before or after the commit, as told. */
class FaultyDatabase {
  readonly faults: ("before" | "after")[] = [];
  readonly db: Database;

  constructor(db: Database) {
    const transaction = async (run: (tx: unknown) => Promise<unknown>): Promise<unknown> => {
      const fault = this.faults.shift();
      if (fault === "before") throw new Error("the connection broke");
      const result = await db.transaction(run as never);
      if (fault === "after") throw new Error("the connection broke and nobody saw the commit");
      return result;
    };
    this.db = new Proxy(db, {
      get: (target, name) => (name === "transaction" ? transaction : Reflect.get(target, name)),
    });
  }
}

describe("the stamping pipeline", function () {
  this.timeout(60_000);
  const clock = new FakeClock(START as UnixNs);
  let database: OpenDatabase;
  let faulty: FaultyDatabase;
  let certifier: FakeCertifier;
  let pipeline: StampPipeline;
  let hasTime: boolean;
  let accounts = 0;

  const open = (): StampPipeline => {
    const { chargeMany, refusalOf } = createMetering({ clock, tiers });
    return new StampPipeline({
      ...{ db: faulty.db, set: quorum.set, clock, certifier, chargeMany, refusalOf, traceable: false },
      log: createLogger("test", { write: () => undefined }),
      arrival: {
        now: () =>
          hasTime
            ? {
                time: (clock.utcNow() + 37n * NS_PER_S) as TaiNs,
                uncertainty: 1_000n as DurationNs,
                taiMinusUtc: 37,
                test: true,
              }
            : undefined,
        observations: () => [],
      },
      store: new StampStore(database.db, false),
      commitPauseMs: 1,
    });
  };
  const newCaller = async (tier = developer) => {
    const [accountId, keyId] = [`ac_${++accounts}`, `ak_${accounts}`];
    await database.db.execute(`insert into gateway_accounts (id, name, tier, billing, created_at)
      values ('${accountId}', 'x', '${tier.name}', 'subscription', 0)`);
    await database.db.execute(`insert into gateway_keys (id, account_id, name, secret_hash, scopes, created_at)
      values ('${keyId}', '${accountId}', 'x', '', '{stamp}', 0)`);
    return { accountId, keyId, scopes: ["stamp" as const], tier };
  };
  type Caller = Awaited<ReturnType<typeof newCaller>>;
  const orderOf = (caller: Caller, count = 1, key?: string, body = ""): StampOrder => ({
    caller,
    leaves: { count },
    meter: "stamp.basic",
    idempotency: key === undefined ? undefined : { key, fingerprint: createHash("sha256").update(body).digest() },
  });
  const stamp = (caller: Caller, count = 1, key?: string, body?: string): Promise<StampedBlock> =>
    pipeline.stamp(orderOf(caller, count, key, body));
  const codeOf = (error: unknown): string => (isChronoError(error) ? error.code : String(error));
  const outcome = (promise: Promise<StampedBlock>): Promise<string> => promise.then(() => "stamped", codeOf);
  const number = async (query: string): Promise<number> => {
    const { rows } = (await database.db.execute(query)) as unknown as { rows: { n: string | null }[] };
    return Number(rows[0]?.n ?? 0);
  };
  const usage = (accountId: string) =>
    number(`select sum((quantities ->> 'stamp.basic')::bigint)::text n from gateway_account_months
      where account_id = '${accountId}'`);
  const stored = (accountId: string) =>
    number(`select sum(count)::text n from gateway_stamps where account_id = '${accountId}'`);

  before(async () => {
    database = await openTestDatabase(gatewayMigrations);
  });
  after(() => database.close());
  beforeEach(() => {
    [hasTime, certifier] = [true, new FakeCertifier(clock)];
    certifier.sequence = BigInt(accounts) * 1_000_000n;
    faulty = new FaultyDatabase(database.db);
    pipeline = open();
  });
  afterEach(() => pipeline.stop());

  it("certifies together what came together, and what came during a round in the next one", async () => {
    const caller = await newCaller();
    const release = certifier.hold();
    const first = [stamp(caller), stamp(caller, 2)];
    await until("the round has begun", () => certifier.asked.length === 1);
    const second = [stamp(caller), stamp(caller, 3)];
    release();
    const blocks = await Promise.all([...first, ...second]);
    assert.deepEqual(certifier.asked, [3, 4]);
    for (const block of blocks)
      for (let i = 0; i < block.count; i++) verifyProof(proofFromJson(block.toStamp(i).proof), quorum.set);
    assert.deepEqual([await usage(caller.accountId), await stored(caller.accountId)], [7, 7]);
    assert.deepEqual(pipeline.stats, { groups: 2, leaves: 7, sequence: certifier.sequence });
  });

  it("finds what it stored, by each of its leaves", async () => {
    const caller = await newCaller();
    const block = await stamp(caller, 3);
    const fresh = new StampStore(database.db, false);
    for (let i = 0; i < 3; i++) {
      assert.deepEqual(await pipeline.find(block.sequence, block.firstIndex + i), block.toStamp(i));
      const { block: loaded, index } = await fresh.load(block.sequence, block.firstIndex + i);
      assert.equal(loaded.toStampText(index), block.toStampText(i));
    }
    for (const index of [block.firstIndex - 1, block.firstIndex + 3])
      await assert.rejects(pipeline.find(block.sequence, index), { code: "input/not-found" });
  });

  it("refuses the orders that the quota has no room for, and those alone", async () => {
    const caller = await newCaller();
    const counts = [8, 8, 8, 3, 2];
    const outcomes = await Promise.all(counts.map((count) => outcome(stamp(caller, count))));
    assert.deepEqual(outcomes, ["stamped", "stamped", "quota/exceeded", "stamped", "quota/exceeded"]);
    assert.deepEqual([await usage(caller.accountId), await stored(caller.accountId)], [19, 19]);
  });

  it("shows no proof of a leaf that was certified but not charged", async () => {
    const [poor, rich] = [await newCaller(), await newCaller()];
    const refused = outcome(stamp(poor, INCLUDED + 1));
    const kept = await stamp(rich);
    assert.equal(await refused, "quota/exceeded");
    assert.equal(kept.firstIndex, 3 + INCLUDED + 1);
    await assert.rejects(pipeline.find(kept.sequence, 3), { code: "input/not-found" });
    await pipeline.find(kept.sequence, kept.firstIndex);
  });

  it("charges nothing and rejects all when there is no certificate, and goes on afterwards", async () => {
    const caller = await newCaller();
    certifier.failures = 1;
    assert.deepEqual(
      await Promise.all([outcome(stamp(caller)), outcome(stamp(caller))]),
      Array(2).fill("round/failed"),
    );
    assert.equal(await usage(caller.accountId), 0);
    assert.equal(await outcome(stamp(caller)), "stamped");
  });

  it("believes no certificate that does not verify, and no tree that does not lead to it", async () => {
    const caller = await newCaller();
    const lies: ((answer: LeafBatchResponse) => LeafBatchResponse)[] = [
      (answer) => ({ ...answer, firstIndex: 2 }),
      (answer) => ({ ...answer, complement: answer.complement.map((hash) => hash.map((byte) => byte ^ 1)) }),
      (answer) => {
        const certificate = Uint8Array.from(answer.certificate.certificate);
        certificate[170] = (certificate[170] ?? 0) ^ 1;
        return { ...answer, certificate: { ...answer.certificate, certificate } };
      },
    ];
    for (const lie of lies) {
      certifier.tamper = lie;
      assert.equal(await outcome(stamp(caller)), "round/failed");
    }
    assert.equal(await usage(caller.accountId), 0);
  });

  it("stores and charges once when the database fails before the commit, or after it", async () => {
    const caller = await newCaller();
    for (const fault of ["before", "after"] as const) {
      const was = await usage(caller.accountId);
      faulty.faults.push("before", fault, "before");
      const block = await stamp(caller, 2, `key-${fault}`);
      assert.deepEqual([block.count, block.replayed], [2, false]);
      assert.equal(await usage(caller.accountId), was + 2);
      assert.equal(await stored(caller.accountId), was + 2);
    }
  });

  it("gives up when the database stays away, and a repeat with the key gets what was stored unseen", async () => {
    const caller = await newCaller();
    faulty.faults.push("after");
    const first = stamp(caller, 1, "a-key");
    faulty.faults.push(...Array<"before">(1_000).fill("before"));
    await until("it tries again", () => faulty.faults.length < 990);
    clock.advance(6n * NS_PER_S);
    assert.equal(await outcome(first), "database/unavailable");
    faulty.faults.length = 0;
    const again = await stamp(caller, 1, "a-key");
    assert.equal(again.replayed, true);
    assert.equal(await usage(caller.accountId), 1);
  });

  it("makes a request once that is sent twice at the same time, and joins the second to the first", async () => {
    const caller = await newCaller();
    const [one, two] = await Promise.all([stamp(caller, 1, "k"), stamp(caller, 1, "k")]);
    assert.deepEqual([one?.replayed, two?.replayed, one?.toStampText()], [false, true, two?.toStampText()]);
    assert.deepEqual(certifier.asked, [1]);
    assert.equal(await usage(caller.accountId), 1);
  });

  it("refuses another request with the same key, at the same time and later, and keeps accounts apart", async () => {
    const [caller, other] = [await newCaller(), await newCaller()];
    const both = await Promise.all([outcome(stamp(caller, 1, "k", "a")), outcome(stamp(caller, 1, "k", "b"))]);
    assert.deepEqual(both, ["stamped", "idempotency/mismatch"]);
    assert.equal(await outcome(stamp(caller, 1, "k", "c")), "idempotency/mismatch");
    assert.equal((await stamp(other, 1, "k", "c")).replayed, false);
  });

  it("charges a key once that two gateways on one database get at the same time", async () => {
    const caller = await newCaller();
    const elsewhere = open();
    const blocks = await Promise.all([stamp(caller, 1, "k"), elsewhere.stamp(orderOf(caller, 1, "k"))]);
    assert.equal(blocks[0]?.toStampText(), blocks[1]?.toStampText());
    assert.deepEqual(blocks.map(({ replayed }) => replayed).sort(), [false, true]);
    assert.equal(await usage(caller.accountId), 1);
    await elsewhere.stop();
  });

  it("refuses a key that was revoked, or an account that was closed, while the round went on", async () => {
    const [revoked, closed, fine] = [await newCaller(), await newCaller(), await newCaller()];
    const release = certifier.hold();
    const outcomes = [revoked, closed, fine].map((caller) => outcome(stamp(caller)));
    await until("the round has begun", () => certifier.asked.length === 1);
    await database.db.execute(`update gateway_keys set revoked_at = 1 where id = '${revoked.keyId}'`);
    await database.db.execute(`update gateway_accounts set closed = true where id = '${closed.accountId}'`);
    release();
    assert.deepEqual(await Promise.all(outcomes), ["auth/refused", "auth/refused", "stamped"]);
    assert.equal(await usage(revoked.accountId), 0);
  });

  it("drops what nobody waits for any more, unless it is on its way", async () => {
    const caller = await newCaller();
    const release = certifier.hold();
    let gone = false;
    const onItsWay = outcome(pipeline.stamp({ ...orderOf(caller), isGone: () => gone }));
    await until("the round has begun", () => certifier.asked.length === 1);
    const waiting = outcome(pipeline.stamp({ ...orderOf(caller), isGone: () => gone }));
    gone = true;
    release();
    assert.deepEqual(await Promise.all([onItsWay, waiting]), ["stamped", "round/failed"]);
    assert.equal(await usage(caller.accountId), 1);
  });

  it("takes the gateway's own records without a key, and charges nobody", async () => {
    const { accountId } = await newCaller();
    const block = await pipeline.stamp({ caller: undefined, accountId, leaves: { count: 1 }, meter: "stamp.precise" });
    assert.equal(block.precision, "ns");
    assert.deepEqual([await usage(accountId), await stored(accountId)], [0, 1]);
  });

  it("stamps nothing while there is no time, and no more leaves than fit a block", async () => {
    const caller = await newCaller();
    for (const count of [0, 65_537]) assert.equal(await outcome(stamp(caller, count)), "input/too-large");
    hasTime = false;
    assert.equal(await outcome(stamp(caller)), "clock/not-available");
  });

  it("splits what is too much for one block, in order", async () => {
    const rich = await newCaller(tiersByName.get("regulatory") as Tier);
    const counts = [1, 60_000, 10_000, 5];
    const release = certifier.hold();
    const all = counts.map((count) => stamp(rich, count));
    release();
    assert.deepEqual(
      (await Promise.all(all)).map(({ count }) => count),
      counts,
    );
    assert.deepEqual(certifier.asked, [60_001, 10_005]);
  });

  it("answers what has its certificate when it stops, and refuses the rest", async () => {
    const caller = await newCaller();
    const release = certifier.hold();
    const first = outcome(stamp(caller));
    await until("the round has begun", () => certifier.asked.length === 1);
    const second = outcome(stamp(caller));
    const stopping = pipeline.stop();
    release();
    await stopping;
    assert.deepEqual(await Promise.all([first, second]), ["stamped", "round/failed"]);
    assert.equal(await outcome(stamp(caller)), "round/failed");
  });

  it("charges exactly for what is delivered, whatever fails and however often requests are repeated", async () => {
    const request = fc.record({
      who: fc.nat(2),
      count: fc.integer({ min: 1, max: 6 }),
      key: fc.option(fc.constantFrom("a", "b", "c", "d"), { nil: undefined }),
      repeat: fc.boolean(),
    });
    const fault = fc.constantFrom("before", "after", "none", "none");
    await fc.assert(
      fc.asyncProperty(
        fc.array(request, { maxLength: 14 }),
        fc.array(fault, { maxLength: 8 }),
        fc.nat(3),
        async (requests, faults, failures) => {
          const callers = [
            await newCaller(),
            await newCaller(),
            await newCaller(tiersByName.get("enterprise") as Tier),
          ];
          faulty.faults.splice(0, Number.POSITIVE_INFINITY, ...(faults as "before"[]));
          certifier.failures = failures;
          const delivered = new Map<string, { accountId: string; count: number }>();
          const send = async ({ who, count, key }: (typeof requests)[number]) => {
            const caller = callers[who] as Caller;
            for (;;)
              try {
                const block = await stamp(caller, count, key, String(count));
                delivered.set(`${block.sequence}/${block.firstIndex}`, block);
                return;
              } catch (error) {
                if (codeOf(error) !== "round/failed") return;
              }
          };
          await Promise.all(requests.flatMap((each) => (each.repeat ? [send(each), send(each)] : [send(each)])));
          for (const { accountId, tier } of callers) {
            const sum = [...delivered.values()]
              .filter((block) => block.accountId === accountId)
              .reduce((total, { count }) => total + count, 0);
            assert.deepEqual([await usage(accountId), await stored(accountId)], [sum, sum]);
            if (tier === developer) assert.ok(sum <= INCLUDED);
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});
