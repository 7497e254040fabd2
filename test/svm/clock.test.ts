import assert from "node:assert/strict";
import { NS_PER_S } from "@chronoledger/core";
import { clockAddress, submitInstructions } from "@chronoledger/solana";
import { START, SvmNetwork, tai } from "./support/network.ts";
import { eventsOf, program } from "./support/vm.ts";

describe("the clock on Solana", () => {
  it("takes a certificate of the quorum and shows its instant", async () => {
    const network = await SvmNetwork.create();
    const sent = await network.advance(tai(START, 5n));
    const clock = program.coder.accounts.decode("attestedClock", network.vm.data(clockAddress(program.programId)));
    assert.equal(BigInt(clock.timeTaiNs.toString()), tai(START, 5n));
    assert.equal(clock.taiMinusUtc, 37);
    assert.equal(eventsOf(sent)[0]?.name, "timeAcceptedV0");
    console.log(sent.units, NS_PER_S, submitInstructions.name);
  });
});
