import assert from "node:assert/strict";
import { type NodeSet, registrationStatement, type TaiNs } from "@chronoledger/core";
import {
  addNodeInstructions,
  installNodeSetTransactions,
  nodeSetAddress,
  secp256r1Instruction,
  submitInstructions,
} from "@chronoledger/solana";
import { Keypair, type PublicKey, type Signer, type TransactionInstruction } from "@solana/web3.js";
import { certificateBytes } from "../support/certificate-bytes.ts";
import { newQuorum } from "../support/quorum.ts";
import { programDataAddress, START, SvmNetwork, tai } from "./support/network.ts";
import { bn, program, Vm } from "./support/vm.ts";

describe("the registry on Solana", () => {
  let network: SvmNetwork;
  const stranger = Keypair.fromSeed(new Uint8Array(32).fill(11));
  const send = (instructions: readonly TransactionInstruction[], signers?: readonly Signer[]) =>
    network.vm.send(instructions, signers).error;
  const governed = (by: PublicKey = network.governance.publicKey) => ({ governance: by, nodeSet: network.nodeSet });

  beforeEach(async () => {
    network = await SvmNetwork.create(4, { validFrom: tai(START), validUntil: tai(START + 1000) });
    network.vm.airdrop(stranger.publicKey, 10_000_000_000n);
    network.vm.airdrop(network.guardian.publicKey, 10_000_000_000n);
  });

  /** The next epoch's set. */
  const next = (given: Partial<NodeSet> & { n?: number; privateKeys?: readonly string[] } = {}) => {
    const { n = 4, ...options } = given;
    return newQuorum({ n, epoch: 2, validFrom: tai(START + 1000), validUntil: tai(START + 2000), ...options });
  };
  const installing = (quorum: ReturnType<typeof next>, by = network.governance.publicKey) =>
    installNodeSetTransactions(program, quorum.set, quorum.proofs, by);

  it("is initialised by who may upgrade the program, and once", async () => {
    const args = {
      governance: stranger.publicKey,
      guardian: stranger.publicKey,
      networkId: 7,
      genesisHash: [...new Uint8Array(32)],
    };
    const initialize = (authority: PublicKey, programData = programDataAddress()) =>
      program.methods
        .initializeV0(args)
        .accountsPartial({ authority, program: program.programId, programData })
        .instruction();
    const vm = new Vm(START);
    vm.airdrop(stranger.publicKey, 10_000_000_000n);
    assert.equal(vm.send([await initialize(stranger.publicKey)], [stranger]).error, "OnlyUpgradeAuthority");
    // Data of another program, of which the stranger is the authority.
    const other = Keypair.generate().publicKey;
    const data = vm.data(programDataAddress());
    stranger.publicKey.toBuffer().copy(data, 13);
    vm.setAccount(other, { owner: "BPFLoaderUpgradeab1e11111111111111111111111", data });
    assert.equal(vm.send([await initialize(stranger.publicKey, other)], [stranger]).error, "OnlyUpgradeAuthority");
    vm.ok([await initialize(vm.payer.publicKey)]);
    assert.match(vm.send([await initialize(vm.payer.publicKey)]).error ?? "", /Custom\(0\)/);
  });

  it("takes its rules from the governance alone", async () => {
    const by = governed(stranger.publicKey);
    const attempts: TransactionInstruction[] = [
      await program.methods
        .proposeGovernanceV0(stranger.publicKey)
        .accountsPartial({ governance: by.governance })
        .instruction(),
      await program.methods
        .setGuardianV0(stranger.publicKey)
        .accountsPartial({ governance: by.governance })
        .instruction(),
      await program.methods
        .endEpochV0(bn(tai(START + 5)))
        .accountsPartial(by)
        .instruction(),
      await program.methods.revokeNodeV0(0).accountsPartial(by).instruction(),
      ...(await installing(next(), stranger.publicKey)).slice(0, 1).flat(),
    ];
    for (const attempt of attempts) assert.equal(send([attempt], [stranger]), "OnlyGovernance");
    const [open] = await installing(next());
    assert.equal(send(open ?? []), undefined);
    const [, ...rest] = await installing(next(), stranger.publicKey);
    for (const instructions of [rest[0], rest.at(-1)])
      assert.equal(send(instructions ?? [], [stranger]), "OnlyGovernance");
    const discard = await program.methods
      .discardNodeSetV0()
      .accountsPartial({ governance: stranger.publicKey, nodeSet: nodeSetAddress(program.programId, 2) })
      .instruction();
    assert.equal(send([discard], [stranger]), "OnlyGovernance");
  });

  it("changes hands when the proposed governance accepts, not before", async () => {
    const propose = (who: PublicKey, by: PublicKey) =>
      program.methods.proposeGovernanceV0(who).accountsPartial({ governance: by }).instruction();
    const accept = (who: PublicKey) =>
      program.methods.acceptGovernanceV0().accountsPartial({ pendingGovernance: who }).instruction();
    assert.equal(send([await accept(stranger.publicKey)], [stranger]), "OnlyPendingGovernance");
    assert.equal(send([await propose(stranger.publicKey, network.governance.publicKey)]), undefined);
    assert.equal(send([await propose(stranger.publicKey, stranger.publicKey)], [stranger]), "OnlyGovernance");
    assert.equal(send([await accept(network.governance.publicKey)]), "OnlyPendingGovernance");
    assert.equal(send([await accept(stranger.publicKey)], [stranger]), undefined);
    assert.equal(send([await propose(stranger.publicKey, network.governance.publicKey)]), "OnlyGovernance");
    assert.equal(send([await propose(stranger.publicKey, stranger.publicKey)], [stranger]), undefined);
  });

  it("pauses at the guardian's word and resumes at the governance's", async () => {
    const { vm, guardian, governance, quorum } = network;
    const clock = (paused: boolean, authority: PublicKey) =>
      program.methods.setClockPausedV0(paused).accountsPartial({ authority }).instruction();
    const epoch = (paused: boolean, authority: PublicKey) =>
      program.methods.setEpochPausedV0(paused).accountsPartial({ authority, nodeSet: network.nodeSet }).instruction();
    for (const pause of [clock, epoch]) {
      assert.equal(send([await pause(true, stranger.publicKey)], [stranger]), "OnlyGuardian");
      assert.equal(send([await pause(true, guardian.publicKey)], [guardian]), undefined);
      const submit = await submitInstructions(program, network.certificate(tai(START)), quorum.set);
      assert.equal(vm.send(submit).error, "Paused");
      assert.equal(send([await pause(false, guardian.publicKey)], [guardian]), "OnlyGuardian");
      assert.equal(send([await pause(false, governance.publicKey)]), undefined);
    }
    await network.advance(tai(START));
  });

  it("takes the next epoch when every node has proven its key", async () => {
    const quorum = next();
    const transactions = await installing(quorum);
    const activate = transactions.pop() ?? [];
    assert.equal(send(transactions[0] ?? []), undefined);
    for (const instructions of transactions.slice(1)) {
      assert.equal(send(activate), "NodeSetIncomplete");
      assert.equal(send(instructions), undefined);
      assert.equal(send(instructions), "NodeKnown");
    }
    const certificate = certificateBytes(quorum.certify({ time: tai(START + 1000), sequence: 5n }));
    network.vm.setTime(START + 1000);
    const submit = await submitInstructions(program, certificate, quorum.set);
    assert.equal(send(submit), "NodeSetInactive");
    assert.equal(send(activate), undefined);
    assert.equal(send(activate), "NodeSetActive");
    assert.equal(send(submit), undefined);
  });

  it("takes no node without its own signature under its own statement for this epoch", async () => {
    const quorum = next();
    const other = next({ epoch: 3 });
    assert.equal(send((await installing(quorum))[0] ?? []), undefined);
    const add = (proof: Uint8Array, index = 0, set = quorum.set) =>
      addNodeInstructions(program, set, index, proof, network.governance.publicKey);
    const [check] = await add(quorum.proofs[0] as Uint8Array);
    const [, second] = await add(quorum.proofs[1] as Uint8Array, 1);
    assert.equal(send([check, second] as TransactionInstruction[]), "SignerKeyMismatch");
    // Two signatures, be the first the node's.
    const statement = registrationStatement({
      networkId: quorum.set.networkId,
      epoch: 2,
      key: quorum.set.keys[0] as Uint8Array,
      evidence: quorum.set.evidence[0] as Uint8Array,
    });
    const own = { key: quorum.set.keys[0] as Uint8Array, signature: quorum.proofs[0] as Uint8Array };
    const [, first] = await add(quorum.proofs[0] as Uint8Array);
    assert.equal(
      send([secp256r1Instruction(statement, [own, own]), first as TransactionInstruction]),
      "SignatureCountMismatch",
    );
    // The other epoch's statement, in this epoch's set.
    const [foreign] = await add(other.proofs[0] as Uint8Array, 0, other.set);
    const mixed = { ...quorum.set, keys: other.set.keys };
    const [, instruction] = await add(other.proofs[0] as Uint8Array, 0, mixed);
    assert.equal(send([foreign, instruction] as TransactionInstruction[]), "RegistrationMismatch");
    const outside = await addNodeInstructions(
      program,
      {
        ...quorum.set,
        keys: [...quorum.set.keys, quorum.set.keys[0] as Uint8Array],
        evidence: [...quorum.set.evidence, new Uint8Array(32)],
      },
      4,
      quorum.proofs[0] as Uint8Array,
      network.governance.publicKey,
    );
    assert.equal(send(outside), "NodeUnknown");
  });

  it("takes no key twice", async () => {
    const quorum = next();
    assert.equal(send((await installing(quorum))[0] ?? []), undefined);
    const [key, proof] = [quorum.set.keys[0] as Uint8Array, quorum.proofs[0] as Uint8Array];
    const twice = { ...quorum.set, keys: [key, key] };
    assert.equal(send(await addNodeInstructions(program, twice, 0, proof, network.governance.publicKey)), undefined);
    assert.equal(
      send(await addNodeInstructions(program, twice, 1, proof, network.governance.publicKey)),
      "KeyRepeated",
    );
  });

  it("keeps epochs in order and apart", async () => {
    const open = async (options: Parameters<typeof next>[0]) => send((await installing(next(options)))[0] ?? []);
    assert.equal(await open({ epoch: 3 }), "EpochOutOfOrder");
    assert.equal(await open({ validFrom: (tai(START + 1000) - 1n) as TaiNs }), "EpochOverlaps");
    assert.equal(await open({ validUntil: tai(START + 1000) }), "ValidityInvalid");
    const policy = next().set.policy;
    assert.equal(await open({ policy: { ...policy, maxUncertainty: 0n as never } }), "PolicyInvalid");
    assert.equal(await open({ policy: { ...policy, maxUncertainty: (1n << 48n) as never } }), "PolicyInvalid");
    assert.equal(await open({ f: 2 }), "NodeSetSize");
    const end = await program.methods
      .endEpochV0(bn(tai(START + 500)))
      .accountsPartial(governed())
      .instruction();
    assert.equal(send([end]), undefined);
    assert.equal(await open({ validFrom: tai(START + 500) }), undefined);
  });

  it("lets an opened set be discarded, and one in use never", async () => {
    const discard = async (epoch: number) =>
      program.methods
        .discardNodeSetV0()
        .accountsPartial({
          governance: network.governance.publicKey,
          nodeSet: nodeSetAddress(program.programId, epoch),
        })
        .instruction();
    assert.equal(send([await discard(1)]), "NodeSetActive");
    const before = network.vm.balance(network.governance.publicKey);
    assert.equal(send((await installing(next()))[0] ?? []), undefined);
    assert.equal(send([await discard(2)]), undefined);
    assert.equal(before - network.vm.balance(network.governance.publicKey), 10_000n);
  });

  it("refuses to end an epoch, or to revoke, outside of what there is", async () => {
    const revoke = (index: number) => program.methods.revokeNodeV0(index).accountsPartial(governed()).instruction();
    assert.equal(send([await revoke(4)]), "NodeUnknown");
    assert.equal(send([await revoke(3)]), undefined);
    await network.advance(tai(START));
    // Nor of a set that is not in use yet.
    assert.equal(send((await installing(next()))[0] ?? []), undefined);
    const open = { governance: network.governance.publicKey, nodeSet: nodeSetAddress(program.programId, 2) };
    for (const attempt of [program.methods.revokeNodeV0(0), program.methods.endEpochV0(bn(tai(START + 1500)))])
      assert.equal(send([await attempt.accountsPartial(open).instruction()]), "NodeSetInactive");
  });
});
