import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import {
  AddressLookupTableProgram,
  ComputeBudgetProgram,
  Ed25519Program,
  PublicKey,
  SystemProgram,
  Transaction,
  TransactionInstruction,
  TransactionMessage,
  VersionedTransaction,
} from "@solana/web3.js";
import { newAddress, SOL, TestRig } from "../test-rig.ts";

const SECP256R1 = new PublicKey("Secp256r1SigVerify1111111111111111111111111");
const SECP256R1_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** One signature with everything in the instruction's own data. */
function secp256r1Instruction(message: Uint8Array, tampered = false): TransactionInstruction {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { x = "", y = "" } = publicKey.export({ format: "jwk" });
  const key = Buffer.concat([
    Buffer.from([2 + ((Buffer.from(y, "base64url").at(-1) ?? 0) & 1)]),
    Buffer.from(x, "base64url"),
  ]);
  const signature = sign("sha256", message, { key: privateKey, dsaEncoding: "ieee-p1363" });
  const s = BigInt(`0x${signature.subarray(32).toString("hex")}`);
  if (s > SECP256R1_ORDER / 2n) signature.write((SECP256R1_ORDER - s).toString(16).padStart(64, "0"), 32, "hex");
  const start = 2 + 14;
  const offsets = Buffer.alloc(start);
  offsets[0] = 1;
  for (const [index, value] of [start + 33, 0xffff, start, 0xffff, start + 97, message.length, 0xffff].entries())
    offsets.writeUInt16LE(value, 2 + 2 * index);
  const data = Buffer.concat([offsets, key, signature, message]);
  if (tampered) data[data.length - 1] = (data.at(-1) ?? 0) ^ 1;
  return new TransactionInstruction({ programId: SECP256R1, keys: [], data });
}

describe("methods of transactions", () => {
  let rig: TestRig;
  const feePaid = async (signature: string) => {
    const { value } = await rig.connection.getSignatureStatus(signature);
    assert.equal(value?.err, null);
    rig.solana.advance();
    const found = await rig.connection.getTransaction(signature, {
      commitment: "confirmed",
      maxSupportedTransactionVersion: 0,
    });
    return {
      stated: found?.meta?.fee,
      taken: (found?.meta?.preBalances[0] ?? 0) - (found?.meta?.postBalances[0] ?? 0),
    };
  };

  beforeEach(async () => {
    rig = await TestRig.start();
  });
  afterEach(() => rig.stop());

  describe("simulation", () => {
    it("shows what would happen, and changes nothing", async () => {
      const to = newAddress();
      const transaction = await rig.transaction([rig.transferInstruction(to, SOL)]);
      const { value } = await rig.connection.simulateTransaction(transaction, {
        accounts: { encoding: "base64", addresses: [to.toBase58(), rig.payer.publicKey.toBase58()] },
      });
      assert.equal(value.err, null);
      assert.equal(value.unitsConsumed, 150);
      assert.match(String(value.logs), /11111111111111111111111111111111 success/);
      assert.deepEqual(
        value.accounts?.map((account) => account?.lamports),
        [1e9, 99e9 - 5_000],
      );
      rig.solana.advance();
      assert.equal(rig.lamports(to), 0n);
    });

    it("fails as the transaction would", async () => {
      const transaction = await rig.transaction([rig.transferInstruction(newAddress(), 1_000n * SOL)]);
      const { value } = await rig.connection.simulateTransaction(transaction);
      assert.deepEqual(value.err, { InstructionError: [0, { Custom: 1 }] });
      await assert.rejects(
        rig.connection.sendTransaction(transaction),
        /Error processing Instruction 0: custom program error: 0x1/,
      );
    });

    it("looks at signatures only when told", async () => {
      const transaction = await rig.transaction([rig.transferInstruction(newAddress(), SOL)]);
      transaction.signatures[0]?.fill(0);
      const err = async (sigVerify: boolean) =>
        (await rig.connection.simulateTransaction(transaction, { sigVerify })).value.err;
      assert.equal(await err(false), null);
      assert.equal(await err(true), "SignatureFailure");
      assert.equal(await err(false), null);
    });

    it("refuses an old blockhash, or puts the newest in its place", async () => {
      const blockhash = newAddress().toBase58();
      const transaction = await rig.transaction([rig.transferInstruction(newAddress(), SOL)], { blockhash });
      assert.equal((await rig.connection.simulateTransaction(transaction)).value.err, "BlockhashNotFound");
      const { value } = await rig.connection.simulateTransaction(transaction, { replaceRecentBlockhash: true });
      assert.equal(value.err, null);
      await assert.rejects(
        rig.connection.simulateTransaction(transaction, { replaceRecentBlockhash: true, sigVerify: true }),
        /may not be used/,
      );
    });
  });

  it("charges what it said the fee would be: signatures, checked signatures, and priority", async () => {
    const { publicKey } = rig.payer;
    const twice = Ed25519Program.createInstructionWithPrivateKey({
      privateKey: rig.payer.secretKey,
      message: Buffer.from("m"),
    });
    const to = newAddress();
    const wanted = [
      [[rig.transferInstruction(to, SOL)], 5_000],
      [[rig.transferInstruction(to, SOL), twice], 10_000],
      [
        [ComputeBudgetProgram.setComputeUnitPrice({ microLamports: 1_500_001 }), rig.transferInstruction(to, SOL)],
        5_000 + 9_001,
      ],
      [
        [
          ComputeBudgetProgram.setComputeUnitPrice({ microLamports: 1_000_000 }),
          ComputeBudgetProgram.setComputeUnitLimit({ units: 777 }),
          rig.transferInstruction(to, SOL),
        ],
        5_777,
      ],
    ] as const;
    for (const [instructions, fee] of wanted) {
      const transaction = await rig.transaction(instructions);
      assert.equal((await rig.connection.getFeeForMessage(transaction.message)).value, fee);
      const signature = await rig.connection.sendTransaction(transaction);
      rig.solana.advance();
      assert.deepEqual(await feePaid(signature), { stated: fee, taken: 1e9 + fee });
    }
    const unknown = new TransactionMessage({
      payerKey: publicKey,
      recentBlockhash: newAddress().toBase58(),
      instructions: [rig.transferInstruction(to, SOL)],
    });
    assert.equal((await rig.connection.getFeeForMessage(unknown.compileToV0Message())).value, null);
  });

  it("takes transactions of the old form, in base58 too", async () => {
    const to = newAddress();
    const { blockhash, lastValidBlockHeight } = await rig.connection.getLatestBlockhash();
    const transaction = new Transaction({ feePayer: rig.payer.publicKey, blockhash, lastValidBlockHeight });
    transaction.add(rig.transferInstruction(to, SOL)).sign(rig.payer);
    const { toBase58 } = await import("../base58.ts");
    await rig.call("sendTransaction", toBase58(transaction.serialize()));
    rig.solana.advance();
    assert.equal(rig.lamports(to), SOL);
  });

  it("checks P-256 signatures by the precompile, and lets only true ones pass", async () => {
    const message = createHash("sha256").update("checked").digest();
    const to = newAddress();
    const signature = await rig.send([secp256r1Instruction(message), rig.transferInstruction(to, SOL)]);
    rig.solana.advance();
    assert.equal((await rig.connection.getSignatureStatus(signature)).value?.err, null);
    assert.equal(rig.lamports(to), SOL);
    const forged = [secp256r1Instruction(message, true), rig.transferInstruction(to, SOL)];
    await assert.rejects(rig.send(forged), /Error processing Instruction 0/);
    const failed = await rig.send(forged, { skipPreflight: true });
    rig.solana.advance();
    assert.deepEqual((await rig.connection.getSignatureStatus(failed)).value?.err, {
      InstructionError: [0, { Custom: 2 }],
    });
    assert.equal(rig.lamports(to), SOL);
  });

  it("takes keys from lookup tables, and says which", async () => {
    rig.solana.advance(2);
    const { connection, payer } = rig;
    const [to, reader] = [newAddress(), newAddress()];
    const [create, table] = AddressLookupTableProgram.createLookupTable({
      authority: payer.publicKey,
      payer: payer.publicKey,
      recentSlot: rig.solana.slot - 1,
    });
    const extend = AddressLookupTableProgram.extendLookupTable({
      lookupTable: table,
      authority: payer.publicKey,
      payer: payer.publicKey,
      addresses: [reader, to],
    });
    await rig.send([create, extend]);
    rig.solana.advance();
    const lookup = (await connection.getAddressLookupTable(table)).value;
    assert.ok(lookup);
    const transfer = SystemProgram.transfer({ fromPubkey: payer.publicKey, toPubkey: to, lamports: SOL });
    transfer.keys.push({ pubkey: reader, isSigner: false, isWritable: false });
    const { blockhash } = await connection.getLatestBlockhash();
    const message = new TransactionMessage({
      payerKey: payer.publicKey,
      recentBlockhash: blockhash,
      instructions: [transfer],
    });
    const transaction = new VersionedTransaction(message.compileToV0Message([lookup]));
    assert.equal(transaction.message.addressTableLookups.length, 1);
    transaction.sign([payer]);
    await assert.rejects(connection.sendTransaction(transaction), /AddressLookupTable|InvalidAddressLookupTableIndex/);
    rig.solana.advance();
    assert.equal((await connection.simulateTransaction(transaction)).value.err, null);
    const signature = await connection.sendTransaction(transaction);
    rig.solana.advance(2);
    assert.equal(rig.lamports(to), SOL);
    const found = await connection.getTransaction(signature, {
      commitment: "confirmed",
      maxSupportedTransactionVersion: 0,
    });
    assert.deepEqual(found?.meta?.loadedAddresses, { writable: [to], readonly: [reader] });
    assert.equal(found?.meta?.postBalances[found.transaction.message.staticAccountKeys.length], 1e9);
    assert.equal((await connection.getSignaturesForAddress(to, {}, "confirmed"))[0]?.signature, signature);
    await assert.rejects(
      connection.getTransaction(signature, { commitment: "confirmed" } as never),
      /Transaction version \(0\) is not supported/,
    );
  });

  it("refuses what is no transaction, without harm to what follows", async () => {
    const transaction = Buffer.from((await rig.transaction([rig.transferInstruction(newAddress(), SOL)])).serialize());
    const encoding = { encoding: "base64", skipPreflight: true };
    for (const bytes of [
      transaction.subarray(0, -1),
      Buffer.concat([transaction, Buffer.from([0])]),
      Buffer.alloc(0),
      Buffer.alloc(1_233, 1),
      Buffer.from(transaction).fill(0x81, 65, 66),
      Buffer.from(transaction).fill(2, 0, 1),
    ])
      for (const method of ["sendTransaction", "simulateTransaction"])
        await assert.rejects(rig.call(method, bytes.toString("base64"), encoding), /-32602/);
    await rig.transfer(newAddress(), SOL);
  });
});
