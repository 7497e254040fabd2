import assert from "node:assert/strict";
import { unixNs } from "@chronoledger/core";
import { SCOPES, type Scope } from "@chronoledger/core/gateway";
import type { Database } from "@chronoledger/service";
import * as fc from "fast-check";
import { type OpenDatabase, openTestDatabase } from "../../../../test/support/database.ts";
import { holds } from "../../../../test/support/property.ts";
import type { Caller } from "../http/authenticate.ts";
import { gatewayMigrations } from "../store/migrations.ts";
import { type KeyTerms, keyStateOf, requireGives } from "./key-rules.ts";
import { makeKey, revokeKey, rotateKey } from "./manage-keys.ts";
import { openAccount } from "./open-account.ts";
import { tiersByName } from "./tiers.ts";

const NOW = unixNs(1_795_000_000_000_000_000n);
const NEW_KEY = { name: "a key", scopes: SCOPES, expiresUtcNs: null };

describe("managing keys", () => {
  let opened: OpenDatabase;
  before(async () => {
    opened = await openTestDatabase(gatewayMigrations);
  });
  after(() => opened.close());

  const inTransaction = <Value>(work: (tx: Database) => Promise<Value>): Promise<Value> =>
    opened.db.transaction((tx) => work(tx as unknown as Database));
  const open = async (): Promise<Caller> => {
    const wanted = { name: "a firm", tier: "enterprise" as const, billing: "subscription" as const };
    const { account, key } = await inTransaction((tx) => openAccount(tx, wanted, NOW));
    const tier = tiersByName.get("enterprise");
    assert.ok(tier !== undefined);
    return { accountId: account.id, keyId: key.id, scopes: SCOPES, tier };
  };

  it("a key that was revoked after its request was let in does nothing more", async () => {
    const first = await open();
    const { key } = await inTransaction((tx) => makeKey(tx, first, NEW_KEY, NOW));
    const second = { ...first, keyId: key.id };
    await inTransaction((tx) => revokeKey(tx, first, second.keyId, NOW));
    for (const effect of [
      (tx: Database) => revokeKey(tx, second, first.keyId, NOW),
      (tx: Database) => rotateKey(tx, second, first.keyId, 0, NOW),
      (tx: Database) => makeKey(tx, second, NEW_KEY, NOW),
    ])
      await assert.rejects(inTransaction<unknown>(effect), { code: "auth/refused" });
  });

  it("neither a revoked key nor an expired one is rotated", async () => {
    const caller = await open();
    const expiresUtcNs = NOW + 1n;
    const expiring = await inTransaction((tx) => makeKey(tx, caller, { ...NEW_KEY, expiresUtcNs }, NOW));
    const revoked = await inTransaction((tx) => makeKey(tx, caller, NEW_KEY, NOW));
    await inTransaction((tx) => revokeKey(tx, caller, revoked.key.id, NOW));
    for (const { key } of [expiring, revoked])
      await assert.rejects(
        inTransaction((tx) => rotateKey(tx, caller, key.id, 0, unixNs(expiresUtcNs))),
        { code: "input/out-of-range" },
      );
  });
});

describe("what a key may give", () => {
  const terms: fc.Arbitrary<KeyTerms> = fc.record({
    scopes: fc.subarray<Scope>([...SCOPES]),
    expiresUtcNs: fc.option(fc.bigInt(0n, 5n)),
  });

  it("is no scope and no time that it lacks, along any chain of keys", () => {
    const gives = (giver: KeyTerms, wanted: KeyTerms): boolean => {
      try {
        requireGives(giver, wanted);
        return true;
      } catch {
        return false;
      }
    };
    holds(
      fc.property(terms, terms, terms, fc.bigInt(0n, 6n), (giver, wanted, next, now) => {
        assert.ok(gives(giver, giver));
        if (!gives(giver, wanted)) return;
        assert.ok(wanted.scopes.every((scope) => giver.scopes.includes(scope)));
        const lives = ({ expiresUtcNs }: KeyTerms) => keyStateOf({ expiresUtcNs, revokedUtcNs: null }, now) === "live";
        assert.ok(!lives(wanted) || lives(giver));
        if (gives(wanted, next)) assert.ok(gives(giver, next));
      }),
    );
  });
});
