import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { concatBytes, decodeCertificate, hexToBytes, normaliseLowS, sha256, signerBitmap } from "@chronoledger/core";
import {
  certificateAddress,
  certifyTransactions,
  compressKey,
  nodeSetAddress,
  SECP256R1_PROGRAM,
  type Signed,
  secp256r1Instruction,
  submitCertifiedInstruction,
  submitInstructions,
} from "@chronoledger/solana";
import {
  ComputeBudgetProgram,
  Keypair,
  type PublicKey,
  SYSVAR_INSTRUCTIONS_PUBKEY,
  SystemProgram,
  TransactionInstruction,
} from "@solana/web3.js";
import { START, SvmNetwork, tai } from "./support/network.ts";
import { program } from "./support/vm.ts";

const OFFSETS = { signature: 0, signatureIx: 1, key: 2, keyIx: 3, message: 4, messageLength: 5, messageIx: 6 } as const;

/** The parts of a certificate as the precompile takes them. */
function partsOf(certificate: Uint8Array, network: SvmNetwork): { statement: Uint8Array; signed: Signed[] } {
  const { statement, signers, signatures } = decodeCertificate(certificate);
  const signed = signers.map((index, i) => ({
    key: network.quorum.set.keys[index] as Uint8Array,
    signature: signatures[i] as Uint8Array,
  }));
  return { statement, signed };
}

const submit = (
  network: SvmNetwork,
  signers: number,
  accounts: { instructions?: PublicKey; nodeSet?: PublicKey } = {},
) =>
  program.methods
    .submitV0(signers)
    .accountsPartial({ nodeSet: network.nodeSet, instructions: SYSVAR_INSTRUCTIONS_PUBKEY, ...accounts })
    .instruction();

/** A precompile instruction with one field of one signature's offsets overwritten. */
function withOffset(
  instruction: TransactionInstruction,
  signature: number,
  field: keyof typeof OFFSETS,
  value: number,
): TransactionInstruction {
  const data = Buffer.from(instruction.data);
  data.writeUInt16LE(value, 2 + 14 * signature + 2 * OFFSETS[field]);
  return new TransactionInstruction({ programId: SECP256R1_PROGRAM, keys: [], data });
}

/** A key pair that is in no set, signing what it is given. */
function stranger(message: Uint8Array): Signed {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { x = "", y = "" } = privateKey.export({ format: "jwk" });
  const key = concatBytes(Buffer.from(x, "base64url"), Buffer.from(y, "base64url"));
  return { key, signature: normaliseLowS(sign("sha256", message, { key: privateKey, dsaEncoding: "ieee-p1363" })) };
}

/** The instructions sysvar as it would be behind a check of these bytes that never ran. */
function forgedSysvar(checked: Uint8Array): Buffer {
  const instruction = (programId: PublicKey, data: Uint8Array) => {
    const length = Buffer.alloc(2);
    length.writeUInt16LE(data.length);
    return Buffer.concat([Buffer.alloc(2), programId.toBuffer(), length, data]);
  };
  const [first, second] = [instruction(SECP256R1_PROGRAM, checked), instruction(program.programId, new Uint8Array(1))];
  const head = Buffer.alloc(6);
  head.writeUInt16LE(2, 0);
  head.writeUInt16LE(6, 2);
  head.writeUInt16LE(6 + first.length, 4);
  return Buffer.concat([head, first, second, Buffer.from([1, 0])]);
}

describe("signatures before the Solana program", () => {
  let network: SvmNetwork;
  let certificate: Uint8Array;
  let statement: Uint8Array;
  let signed: Signed[];
  const QUORUM = signerBitmap([0, 1, 2]);

  beforeEach(async () => {
    network = await SvmNetwork.create();
    certificate = network.certificate(tai(START));
    ({ statement, signed } = partsOf(certificate, network));
  });

  it("are taken when a quorum made them", async () => {
    const sent = network.vm.send(await submitInstructions(program, certificate, network.quorum.set));
    assert.equal(sent.error, undefined);
  });

  it("are read from the instructions sysvar and from no account that looks like it", async () => {
    const forged = Keypair.generate().publicKey;
    const unsigned = signed.map(({ key }) => ({ key, signature: new Uint8Array(64) }));
    network.vm.setAccount(forged, {
      owner: SystemProgram.programId.toBase58(),
      data: forgedSysvar(secp256r1Instruction(statement, unsigned).data),
    });
    const sent = network.vm.send([await submit(network, QUORUM, { instructions: forged })]);
    assert.equal(sent.error, "AccountSysvarMismatch");
  });

  it("must have been checked by an instruction: one that stands first has none before it", async () => {
    const instruction = await submit(network, QUORUM);
    assert.equal(network.vm.send([instruction]).error, "SignatureCheckMissing");
    assert.equal(
      network.vm.send([instruction, secp256r1Instruction(statement, signed)]).error,
      "SignatureCheckMissing",
    );
  });

  it("must have been checked by the precompile and by no other program that takes the same bytes", async () => {
    // Two nodes make a quorum of two: as data of the compute budget program, 2 is "set the limit", and the rest is ignored.
    const two = await SvmNetwork.create(2);
    const parts = partsOf(two.certificate(tai(START)), two);
    const unsigned = parts.signed.map(({ key }) => ({ key, signature: new Uint8Array(64) }));
    const { data } = secp256r1Instruction(parts.statement, unsigned);
    const impostor = new TransactionInstruction({ programId: ComputeBudgetProgram.programId, keys: [], data });
    const sent = two.vm.send([impostor, await submit(two, signerBitmap([0, 1]))]);
    assert.equal(sent.error, "SignatureCheckMissing");
  });

  it("must have been checked just before, not somewhere in the transaction", async () => {
    const other = ComputeBudgetProgram.setComputeUnitLimit({ units: 200_000 });
    const sent = network.vm.send([secp256r1Instruction(statement, signed), other, await submit(network, QUORUM)]);
    assert.equal(sent.error, "SignatureCheckMissing");
  });

  it("serve one instruction, not two", async () => {
    const instruction = await submit(network, QUORUM);
    const sent = network.vm.send([secp256r1Instruction(statement, signed), instruction, instruction]);
    assert.equal(sent.error, "SignatureCheckMissing");
  });

  for (const field of ["signatureIx", "keyIx", "messageIx"] as const)
    it(`are refused when ${field} names an instruction, be it their own`, async () => {
      const moved = withOffset(secp256r1Instruction(statement, signed), 1, field, 0);
      const sent = network.vm.send([moved, await submit(network, QUORUM)]);
      assert.equal(sent.error, "SignatureCheckLayout");
    });

  it("cannot be a stranger's in another instruction, with the nodes' keys only where they should be", async () => {
    const strangers = signed.map(() => stranger(statement));
    const real = secp256r1Instruction(statement, strangers);
    let forged = secp256r1Instruction(
      statement,
      signed.map(({ key }) => ({ key, signature: new Uint8Array(64) })),
    );
    for (const i of signed.keys())
      for (const field of ["signatureIx", "keyIx", "messageIx"] as const) forged = withOffset(forged, i, field, 0);
    const sent = network.vm.send([real, forged, await submit(network, QUORUM)]);
    assert.equal(sent.error, "SignatureCheckLayout");
  });

  it("cannot lie elsewhere in the data than where the program looks", async () => {
    // A stranger signs what stands behind; what the program would read is never checked.
    const one = await SvmNetwork.create(1);
    const parts = partsOf(one.certificate(tai(START)), one);
    const unchecked = { key: (parts.signed[0] as Signed).key, signature: new Uint8Array(64) };
    const by = stranger(parts.statement);
    const expected = secp256r1Instruction(parts.statement, [unchecked]);
    const tail = expected.data.length;
    const data = Buffer.concat([expected.data, compressKey(by.key), by.signature]);
    let moved = new TransactionInstruction({ programId: SECP256R1_PROGRAM, keys: [], data });
    moved = withOffset(withOffset(moved, 0, "key", tail), 0, "signature", tail + 33);
    assert.equal(one.vm.send([moved, await submit(one, signerBitmap([0]))]).error, "SignatureCheckLayout");
  });

  for (const [what, field, value] of [
    ["key", "key", 2],
    ["signature", "signature", 2],
    ["message", "message", 2],
  ] as const)
    it(`are refused when the offset of the ${what} is another, whether or not the precompile minds`, async () => {
      const moved = withOffset(secp256r1Instruction(statement, signed), 2, field, value);
      assert.notEqual(network.vm.send([moved, await submit(network, QUORUM)]).error, undefined);
    });

  for (const length of [159, 161])
    it(`are refused over ${length} bytes`, async () => {
      const message = concatBytes(statement, new Uint8Array(1)).subarray(0, length);
      const by = [0, 1, 2].map(() => stranger(message));
      const sent = network.vm.send([secp256r1Instruction(message, by), await submit(network, QUORUM)]);
      assert.equal(sent.error, "SignatureCheckLayout");
    });

  it("are refused when the message covers part of the statement only", async () => {
    const short = withOffset(secp256r1Instruction(statement, signed), 0, "messageLength", 159);
    assert.notEqual(network.vm.send([short, await submit(network, QUORUM)]).error, undefined);
  });

  it("are refused with a high s, and when one bit is another, by the precompile itself", async () => {
    const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
    const [first, ...rest] = signed as [Signed, ...Signed[]];
    const s = BigInt(`0x${Buffer.from(first.signature.subarray(32)).toString("hex")}`);
    const high = concatBytes(first.signature.subarray(0, 32), hexToBytes((ORDER - s).toString(16).padStart(64, "0")));
    const flipped = Uint8Array.from(first.signature, (byte, i) => (i === 9 ? byte ^ 1 : byte));
    for (const signature of [high, flipped]) {
      const check = secp256r1Instruction(statement, [{ key: first.key, signature }, ...rest]);
      assert.match(network.vm.send([check, await submit(network, QUORUM)]).error ?? "", /^0, Custom/);
    }
  });

  it("count once for each node", async () => {
    const [first, second] = signed as [Signed, Signed];
    const twice = secp256r1Instruction(statement, [first, first, second]);
    assert.equal(network.vm.send([twice, await submit(network, signerBitmap([0, 1]))]).error, "SignatureCountMismatch");
    assert.equal(network.vm.send([twice, await submit(network, QUORUM)]).error, "SignerKeyMismatch");
  });

  it("must be the named nodes', in their order", async () => {
    const reversed = secp256r1Instruction(statement, [...signed].reverse());
    assert.equal(network.vm.send([reversed, await submit(network, QUORUM)]).error, "SignerKeyMismatch");
    const by = [stranger(statement), ...signed.slice(1)];
    const strange = secp256r1Instruction(statement, by);
    assert.equal(network.vm.send([strange, await submit(network, QUORUM)]).error, "SignerKeyMismatch");
  });

  it("are refused for nodes that the set does not have", async () => {
    const check = secp256r1Instruction(statement, signed);
    assert.equal(network.vm.send([check, await submit(network, signerBitmap([0, 1, 4]))]).error, "SignerUnknown");
  });

  it("must be a quorum's", async () => {
    const two = secp256r1Instruction(statement, signed.slice(0, 2));
    assert.equal(network.vm.send([two, await submit(network, signerBitmap([0, 1]))]).error, "QuorumShort");
  });

  it("of a revoked node do not count, and neither do those it made before", async () => {
    const { vm, quorum, governance } = network;
    const transactions = await certifyTransactions(program, certificate, quorum.set, vm.payer.publicKey);
    for (const instructions of transactions) vm.ok(instructions);
    vm.ok([
      await program.methods
        .revokeNodeV0(1)
        .accountsPartial({ governance: governance.publicKey, nodeSet: network.nodeSet })
        .instruction(),
    ]);
    assert.equal(vm.send(await submitInstructions(program, certificate, quorum.set)).error, "SignerRevoked");
    assert.equal(vm.send([await submitCertifiedInstruction(program, certificate, quorum.set)]).error, "QuorumShort");
  });

  it("are held against a node set of this program, not one that somebody wrote", async () => {
    const { vm } = network;
    const forged = Keypair.generate().publicKey;
    vm.setAccount(forged, { owner: SystemProgram.programId.toBase58(), data: vm.data(network.nodeSet) });
    const sent = vm.send([secp256r1Instruction(statement, signed), await submit(network, QUORUM, { nodeSet: forged })]);
    assert.equal(sent.error, "AccountOwnedByWrongProgram");
  });

  it("add up over transactions, of as many nodes as the quorum needs", async () => {
    const many = await SvmNetwork.create(13);
    const { vm, quorum } = many;
    const nine = many.certificate(tai(START));
    const transactions = await certifyTransactions(program, nine, quorum.set, vm.payer.publicKey);
    assert.equal(transactions.length, 2);
    const finish = await submitCertifiedInstruction(program, nine, quorum.set);
    vm.ok(transactions[1] ?? []);
    assert.equal(vm.send([finish]).error, "QuorumShort");
    // Again is no harm and no help.
    vm.ok(transactions[1] ?? []);
    assert.equal(vm.send([finish]).error, "QuorumShort");
    vm.ok(transactions[0] ?? []);
    vm.ok([finish]);
    assert.equal(vm.send([finish]).error, "SequenceNotNewer");
    assert.equal(nodeSetAddress(program.programId, 1).equals(many.nodeSet), true);
  });

  it("lie in an account whose rent goes back to who paid it, and to nobody else", async () => {
    const { vm, quorum } = network;
    const other = Keypair.fromSeed(new Uint8Array(32).fill(51));
    vm.airdrop(other.publicKey, 1_000_000_000n);
    for (const each of await certifyTransactions(program, certificate, quorum.set, vm.payer.publicKey)) vm.ok(each);
    const address = certificateAddress(program.programId, sha256(statement));
    const close = (payer: PublicKey) =>
      program.methods.closeCertificateV0().accountsPartial({ payer, certificate: address }).instruction();
    assert.equal(vm.send([await close(other.publicKey)], [other]).error, "OnlyOwner");
    const [rent, before] = [vm.balance(address), vm.balance(vm.payer.publicKey)];
    assert.equal(vm.send([await close(vm.payer.publicKey)]).error, undefined);
    assert.equal(vm.balance(vm.payer.publicKey) - before, rent - 5_000n);
    assert.equal(vm.exists(address), false);
  });

  it("of one statement cannot be added to the certificate of another", async () => {
    const { vm, quorum } = network;
    const other = network.certificate(tai(START, 7n));
    const [[, certify] = []] = await certifyTransactions(program, other, quorum.set, vm.payer.publicKey);
    const sent = vm.send([secp256r1Instruction(statement, signed), certify as TransactionInstruction]);
    assert.equal(sent.error, "HeaderMismatch");
  });
});
