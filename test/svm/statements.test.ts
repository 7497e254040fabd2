import assert from "node:assert/strict";
import { FLAG, type Statement, type TaiNs } from "@chronoledger/core";
import { clockAddress, submitInstructions } from "@chronoledger/solana";
import { START, SvmNetwork, tai } from "./support/network.ts";
import { bn, eventsOf, program } from "./support/vm.ts";

describe("the clock on Solana", () => {
  let network: SvmNetwork;
  const send = async (time: TaiNs, fields: Partial<Statement> = {}) =>
    network.vm.send(await submitInstructions(program, network.certificate(time, fields), network.quorum.set));
  const stored = () => program.coder.accounts.decode("attestedClock", network.vm.data(clockAddress(program.programId)));

  beforeEach(async () => {
    network = await SvmNetwork.create();
  });

  it("takes a certificate of the quorum and shows its instant", async () => {
    const sent = await send(tai(START, 5n));
    const clock = stored();
    assert.equal(BigInt(clock.timeTaiNs), tai(START, 5n));
    assert.equal(clock.taiMinusUtc, 37);
    assert.equal(clock.flags, FLAG.test);
    assert.deepEqual(
      eventsOf(sent).map(({ name, data }) => [name, BigInt((data as { time: bigint }).time)]),
      [["timeAcceptedV0", tai(START, 5n)]],
    );
  });

  it("goes forward in sequence and in time, never back and never again", async () => {
    await send(tai(START, 100n), { sequence: 10n });
    assert.equal((await send(tai(START, 200n), { sequence: 10n })).error, "SequenceNotNewer");
    assert.equal((await send(tai(START, 200n), { sequence: 9n })).error, "SequenceNotNewer");
    assert.equal((await send(tai(START, 100n), { sequence: 11n })).error, "TimeNotNewer");
    assert.equal((await send(tai(START, 99n), { sequence: 11n })).error, "TimeNotNewer");
    assert.equal((await send(tai(START, 101n), { sequence: 11n })).error, undefined);
  });

  const wrong: readonly [string, Partial<Statement>, string][] = [
    ["of another network", { networkId: 8 }, "HeaderMismatch"],
    ["of another epoch", { epoch: 2 }, "HeaderMismatch"],
    ["of another policy", { policyId: 4 }, "HeaderMismatch"],
    ["by one node", { kind: 1 }, "HeaderMismatch"],
    ["with a worse clock than the policy allows", { uncertainty: 1_000_000_001n as never }, "UncertaintyTooLarge"],
    ["whose previous time is its time", { previousTime: tai(START) }, "SpanInvalid"],
  ];
  for (const [what, fields, error] of wrong)
    it(`refuses a statement ${what}`, async () => {
      assert.equal((await send(tai(START), fields)).error, error);
    });

  it("refuses the test flag where the policy does not allow it", async () => {
    const policy = { policyId: 3, maxUncertainty: 1_000_000_000n, maxLead: 5_000_000_000n, allowTest: false } as never;
    network = await SvmNetwork.create(4, { policy });
    assert.equal((await send(tai(START))).error, "FlagsNotAllowed");
    assert.equal((await send(tai(START), { flags: 0 })).error, undefined);
  });

  it("takes an instant up to the policy's lead ahead of the chain's clock", async () => {
    assert.equal((await send(tai(START + 5, 1n))).error, "FromTheFuture");
    assert.equal((await send(tai(START + 5))).error, undefined);
  });

  it("takes instants of the epoch only, its end excluded, also when that was brought forward", async () => {
    const validity = { validFrom: tai(START), validUntil: tai(START + 100) };
    network = await SvmNetwork.create(4, validity);
    assert.equal((await send(tai(START - 1, 999_999_999n))).error, "OutsideEpoch");
    assert.equal((await send(tai(START))).error, undefined);
    const end = (at: TaiNs) =>
      program.methods
        .endEpochV0(bn(at))
        .accountsPartial({ governance: network.governance.publicKey, nodeSet: network.nodeSet })
        .instruction();
    for (const at of [tai(START), tai(START + 100), tai(START + 101)])
      assert.equal(network.vm.send([await end(at)]).error, "EndInvalid");
    network.vm.ok([await end(tai(START + 3))]);
    assert.equal((await send(tai(START + 3))).error, "OutsideEpoch");
    assert.equal((await send((tai(START + 3) - 1n) as TaiNs)).error, undefined);
  });
});
