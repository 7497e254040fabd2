import assert from "node:assert/strict";
import type { NodeSet } from "@chronoledger/core";
import * as fc from "fast-check";
import { holds } from "../../../test/support/property.ts";
import { newQuorum } from "../../../test/support/quorum.ts";
import { STUB_KEY, StubGateway } from "../../../test/support/stub-gateway.ts";
import { ChronoLedgerClient } from "./client.ts";
import { HardwareProof } from "./hardware-proof.ts";
import { TemporalProof } from "./temporal-proof.ts";
import { verifyProof } from "./verify-proof.ts";

const EVENT = { order: "A-1", price: 101n };

describe("verification of proofs", () => {
  const gateway = new StubGateway();
  let client: ChronoLedgerClient;
  let set: NodeSet;
  let proof: TemporalProof;
  const at = () => gateway.oracle.clock.utcNow();

  before(async () => {
    await gateway.start();
    client = new ChronoLedgerClient({ url: gateway.url, apiKey: STUB_KEY });
    set = gateway.oracle.quorum.set;
    proof = await client.generateProof(EVENT, at());
  });
  after(() => gateway.stop());

  it("proves an event and the time that was claimed for it", () => {
    const result = verifyProof(proof, set, { event: EVENT });
    assert.ok(result.valid);
    assert.equal(result.event, "matches");
    assert.deepEqual(result.signers, [0, 1, 2]);
    assert.equal(result.claim?.relation, "at-arrival");
    assert.equal(result.claim?.timestamp, proof.timestamp);
    assert.ok(result.existedBefore > result.timestamp);
    assert.equal(result.test, true);
  });

  it("takes JSON, bytes, and whatever holds a proof", async () => {
    const stamp = await client.stamp("data");
    const forms = [
      proof.toJSON(),
      JSON.parse(JSON.stringify(proof)),
      stamp,
      stamp.toJSON(),
      stamp.proof.toBytes(),
      stamp.proof,
    ];
    for (const form of forms) assert.ok(verifyProof(form, [set]).valid);
    assert.deepEqual(HardwareProof.from(JSON.parse(JSON.stringify(stamp.proof))), stamp.proof);
    assert.deepEqual(TemporalProof.from(JSON.parse(JSON.stringify(proof))), proof);
  });

  it("says when nothing was compared, and when it was another event", () => {
    const alone = verifyProof(proof, set);
    assert.ok(alone.valid);
    assert.equal(alone.event, "not-compared");
    const other = verifyProof(proof, set, { event: { ...EVENT, price: 102n } });
    assert.ok(!other.valid);
    assert.equal(other.code, "proof/context");
  });

  it("refuses an exchanged time or event", () => {
    for (const changed of [{ timestamp: String(proof.timestamp + 1n) }, { event: "A".repeat(43) }]) {
      const result = verifyProof({ ...proof.toJSON(), ...changed }, set);
      assert.ok(!result.valid);
      assert.equal(result.code, "proof/context");
    }
  });

  it("calls a claim of long ago earlier, and one of the future later", async () => {
    for (const [shift, relation] of [
      [-3_600_000_000_000n, "earlier"],
      [3_600_000_000_000n, "later"],
    ] as const) {
      const result = await client.verifyProof(await client.generateProof(EVENT, at() + shift), EVENT);
      assert.ok(result.valid);
      assert.equal(result.claim?.relation, relation);
    }
  });

  it("notices every flipped bit", async () => {
    const bytes = (await client.stamp("data")).proof.toBytes();
    assert.ok(verifyProof(bytes, set).valid);
    holds(
      fc.property(fc.integer({ min: 0, max: bytes.length * 8 - 1 }), (bit) => {
        const changed = Uint8Array.from(bytes);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        assert.ok(!verifyProof(changed, set).valid);
      }),
      { numRuns: 60 },
    );
  });

  it("refuses what is no proof without throwing", () => {
    for (const nonsense of [
      {},
      { proof: 1 },
      { kind: "event" },
      new Uint8Array(3),
      { kind: "event", version: 1, timestamp: 5 },
    ]) {
      const result = verifyProof(nonsense, set);
      assert.ok(!result.valid);
      assert.equal(result.code, "proof/malformed");
    }
  });

  it("refuses other keys, another network and an unknown epoch, each by its name", () => {
    const other = newQuorum({ n: 4 }).set;
    const codes = [other, { ...set, networkId: 8 }, { ...set, epoch: 2 }].map((each) => {
      const result = verifyProof(proof, each);
      return result.valid ? "valid" : result.code;
    });
    assert.deepEqual(codes, ["certificate/signature", "statement/network", "statement/epoch"]);
  });

  it("finds the node set among those of several epochs", () =>
    assert.ok(verifyProof(proof, [{ ...set, epoch: 2 }, set], { event: EVENT }).valid));
});
