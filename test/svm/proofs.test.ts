import assert from "node:assert/strict";
import { leafHash, sha256 } from "@chronoledger/core";
import { certificateAddress, certifyTransactions } from "@chronoledger/solana";
import type { PublicKey } from "@solana/web3.js";
import { START, SvmNetwork, tai } from "./support/network.ts";
import { mockTarget, program } from "./support/vm.ts";

describe("a proof before the Solana program", () => {
  const leaf = new Uint8Array(96).fill(1);
  let network: SvmNetwork;

  beforeEach(async () => {
    network = await SvmNetwork.create();
  });

  /** Puts a certificate of these nodes over the leaf in its account. */
  const certified = async (nodes: readonly number[]): Promise<PublicKey> => {
    const certificate = network.certificate(tai(START), { imprint: leafHash(leaf) }, nodes);
    const { vm, quorum } = network;
    for (const each of await certifyTransactions(program, certificate, quorum.set, vm.payer.publicKey)) vm.ok(each);
    return certificateAddress(program.programId, sha256(certificate.subarray(0, 160)));
  };
  /** The leaf's reading, its first eight bytes, is long before any certificate. */
  const prove = async (certificate: PublicKey) =>
    network.vm.send([
      await program.methods
        .verifyProofV0({ leaf: [...leaf], directions: 0, path: [] })
        .accountsPartial({ certificate, nodeSet: network.nodeSet })
        .instruction(),
    ]).error;

  it("holds under a quorum's certificate", async () => {
    assert.equal(await prove(await certified([0, 1, 2])), undefined);
  });

  it("does not hold under a certificate that has no quorum yet", async () => {
    assert.equal(await prove(await certified([0, 1])), "QuorumShort");
  });

  it("does not hold any more when a signer that the quorum needs was revoked, or the epoch was paused", async () => {
    const { vm, governance, nodeSet } = network;
    const [bare, spare] = [await certified([0, 1, 2]), await certified([0, 1, 2, 3])];
    const by = { governance: governance.publicKey, nodeSet };
    vm.ok([await program.methods.revokeNodeV0(2).accountsPartial(by).instruction()]);
    assert.equal(await prove(bare), "QuorumShort");
    assert.equal(await prove(spare), undefined);
    const pause = program.methods.setEpochPausedV0(true);
    vm.ok([await pause.accountsPartial({ authority: governance.publicKey, nodeSet }).instruction()]);
    assert.equal(await prove(spare), "Paused");
  });

  it("has at most 32 levels, which only a program can ask for", async () => {
    const certificate = await certified([0, 1, 2]);
    const deep = async (levels: number) =>
      network.vm.send([
        (await mockTarget.methods
          .prove?.(levels)
          .accountsPartial({ certificate, nodeSet: network.nodeSet })
          .instruction()) as never,
      ]).error;
    assert.equal(await deep(32), "PathInvalid");
    assert.equal(await deep(33), "PathTooLong");
  });
});
