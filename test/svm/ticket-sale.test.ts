import assert from "node:assert/strict";
import { encodeLeaf, leafHash, sha256, solanaIntentContext, type TaiNs } from "@chronoledger/core";
import { certificateAddress, certifyTransactions, clockAddress, configAddress } from "@chronoledger/solana";
import { Keypair, PublicKey } from "@solana/web3.js";
import { GENESIS_HASH, START, SvmNetwork, tai } from "./support/network.ts";
import { utc } from "./support/tasks.ts";
import { bn, program, ticketSale } from "./support/vm.ts";

/** What docs/solana.md shows: a program that reads the clock, and one that has a proof verified. */
describe("a program that consumes the clock", () => {
  let network: SvmNetwork;
  const seller = Keypair.fromSeed(new Uint8Array(32).fill(41));
  const buyer = Keypair.fromSeed(new Uint8Array(32).fill(42));
  const [sale] = PublicKey.findProgramAddressSync(
    [Buffer.from("sale"), seller.publicKey.toBytes()],
    ticketSale.programId,
  );
  const call = (name: string, args: readonly unknown[], accounts: Record<string, PublicKey>) => {
    const method = ticketSale.methods[name];
    if (method === undefined) throw new Error(name);
    return method(...args)
      .accountsPartial(accounts)
      .instruction();
  };
  const buy = async () => {
    const clock = clockAddress(program.programId);
    const accounts = { sale, seller: seller.publicKey, buyer: buyer.publicKey, clock };
    return network.vm.send([await call("buy", [], accounts)], [buyer]).error;
  };

  beforeEach(async () => {
    network = await SvmNetwork.create();
    for (const { publicKey } of [seller, buyer]) network.vm.airdrop(publicKey, 10_000_000_000n);
    const open = await call("openSale", [bn(utc(START + 10)), bn(1_000_000)], { sale, seller: seller.publicKey });
    network.vm.ok([open], [seller]);
  });

  it("sells from the attested instant on, and not on the word of the chain's clock", async () => {
    assert.equal(await buy(), "ClockUnset");
    network.vm.setTime(START + 15);
    await network.advance((tai(START + 10) - 1n) as TaiNs);
    assert.equal(await buy(), "NotOpen");
    await network.advance(tai(START + 10));
    const before = network.vm.balance(seller.publicKey);
    assert.equal(await buy(), undefined);
    assert.equal(network.vm.balance(seller.publicKey) - before, 1_000_000n);
    network.vm.setTime(START + 41);
    assert.equal(await buy(), "ClockStale");
  });

  it("takes a stamp from before the sale, bound to the buyer, whenever it comes", async () => {
    const bound = (sender: PublicKey, at: TaiNs) =>
      encodeLeaf({
        time: at,
        uncertainty: 1_000n as never,
        serial: 1n,
        policyId: 3,
        flags: 0,
        imprint: sha256(sale.toBytes()),
        context: solanaIntentContext({
          genesisHash: GENESIS_HASH,
          program: ticketSale.programId.toBytes(),
          sender: sender.toBytes(),
          instructionData: sale.toBytes(),
        }),
      });
    const claim = async (leaf: Uint8Array, certified: TaiNs) => {
      const certificate = network.certificate(certified, { imprint: leafHash(leaf) });
      const digest = sha256(certificate.subarray(0, 160));
      const { vm, quorum } = network;
      for (const each of await certifyTransactions(program, certificate, quorum.set, vm.payer.publicKey)) vm.ok(each);
      const accounts = {
        sale,
        buyer: buyer.publicKey,
        config: configAddress(program.programId),
        certificate: certificateAddress(program.programId, digest),
        nodeSet: network.nodeSet,
        chronoledger: program.programId,
      };
      const inclusion = { leaf: [...leaf], directions: 0, path: [] };
      return vm.send([await call("claim", [inclusion], accounts)], [buyer]).error;
    };
    network.vm.setTime(START + 20);
    assert.equal(await claim(bound(buyer.publicKey, tai(START + 5)), tai(START + 6)), undefined);
    assert.equal(await claim(bound(seller.publicKey, tai(START + 5)), tai(START + 7)), "IntentMismatch");
    assert.equal(await claim(bound(buyer.publicKey, tai(START + 9)), tai(START + 10)), "StampedTooLate");
    assert.equal(await claim(bound(buyer.publicKey, tai(START + 9)), tai(START + 8)), "LeafAfterCertificate");
  });
});
