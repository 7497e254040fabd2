import assert from "node:assert/strict";
import { type NodeSet, sha256 } from "@chronoledger/core";
import {
  type ChronoProgram,
  certificateAddress,
  nodeSetAddress,
  type Signed,
  secp256r1Instruction,
} from "@chronoledger/solana";
import { Keypair, PublicKey, SYSVAR_INSTRUCTIONS_PUBKEY } from "@solana/web3.js";
import certificates from "../vectors/certificates.json" with { type: "json" };
import intents from "../vectors/intents.json" with { type: "json" };
import { fromHex, nodeSet } from "../vectors/load.ts";
import proofs from "../vectors/proofs.json" with { type: "json" };
import { placeClock, placeConfig, placeNodeSet } from "./support/accounts.ts";
import { program, Vm } from "./support/vm.ts";

/** The last second of 64-bit nanoseconds: no vector lies in the future. */
const END_OF_TIME = 18_446_744_073;
const STATEMENT_BYTES = 160;
const AT_ONCE = 5;

/**
 * What the program says in place of each code of core. The precompile runs first: its refusals are errors of instruction 0, also of what was
 * signed by nodes of another set, or of none.
 */
const SAYS: Readonly<Record<string, RegExp>> = {
  "statement/malformed": /^HeaderMismatch$/,
  "statement/kind": /^HeaderMismatch$/,
  "statement/network": /^(HeaderMismatch|0, Custom\(2\))$/,
  "statement/epoch": /^(HeaderMismatch|0, Custom\(2\))$/,
  "statement/policy": /^HeaderMismatch$/,
  "statement/flags": /^FlagsNotAllowed$/,
  "statement/test-flag": /^FlagsNotAllowed$/,
  "statement/validity": /^(OutsideEpoch|Overflow)$/,
  "statement/uncertainty": /^UncertaintyTooLarge$/,
  "statement/span": /^SpanInvalid$/,
  "certificate/quorum-short": /^(QuorumShort|0, .*)$/,
  "certificate/signer-unknown": /^(SignerUnknown|0, Custom\(2\))$/,
  "certificate/signature": /^0, Custom/,
  // Cut anywhere, it is not even a transaction that the precompile or the program takes.
  "certificate/malformed":
    /^(SignatureCountMismatch|SignatureCheckLayout|SignerKeyMismatch|0, .*|SignatureCheckMissing)$/,
  "proof/path": /^PathInvalid$/,
  "proof/leaf-after-certificate": /^LeafAfterCertificate$/,
};

/** A client that checks nothing: the bytes are cut into what transactions they can be, as a well-behaved one never would. */
function hostileParts(bytes: Uint8Array, set: NodeSet) {
  const statement = bytes.subarray(0, STATEMENT_BYTES);
  const head = Buffer.from(bytes.subarray(STATEMENT_BYTES, STATEMENT_BYTES + 4));
  const bitmap = head.length === 4 ? head.readUInt32BE() : 0;
  const signatures = bytes.subarray(STATEMENT_BYTES + 4);
  const nodes = Array.from({ length: 32 }, (_, i) => i).filter((i) => (bitmap & (0x8000_0000 >>> i)) !== 0);
  const signed: Signed[] = [];
  for (let i = 0; 64 * i < signatures.length; i++) {
    const key = set.keys[nodes[i] ?? 0] ?? (set.keys[0] as Uint8Array);
    signed.push({ key, signature: signatures.subarray(64 * i, 64 * i + 64) });
  }
  const parts: { signers: number; signed: Signed[] }[] = [];
  const bits = (from: number, to: number) =>
    nodes.slice(from, to).reduce((sum, i) => sum | (0x8000_0000 >>> i), 0) >>> 0;
  const rounds = Math.max(1, Math.ceil(Math.max(signed.length, nodes.length) / AT_ONCE));
  for (let i = 0; i < rounds; i++)
    parts.push({
      signers: bits(AT_ONCE * i, AT_ONCE * (i + 1)),
      signed: signed.slice(AT_ONCE * i, AT_ONCE * (i + 1)),
    });
  return { statement, parts };
}

async function certify(vm: Vm, bytes: Uint8Array, set: NodeSet): Promise<string | undefined> {
  const { statement, parts } = hostileParts(bytes, set);
  const digest = sha256(statement);
  const certificate = certificateAddress(program.programId, digest);
  const address = nodeSetAddress(program.programId, set.epoch);
  for (const { signers, signed } of parts) {
    const instruction = await program.methods
      .certifyV0([...digest], signers)
      .accountsPartial({
        payer: vm.payer.publicKey,
        certificate,
        nodeSet: address,
        instructions: SYSVAR_INSTRUCTIONS_PUBKEY,
      })
      .instruction();
    const { error } = vm.send([secp256r1Instruction(statement, signed), instruction]);
    if (error !== undefined) return error;
  }
  return vm.send([
    await program.methods.submitCertifiedV0().accountsPartial({ nodeSet: address, certificate }).instruction(),
  ]).error;
}

function agree(name: string, verdict: string, error: string | undefined): void {
  if (verdict === "accepted") assert.equal(error, undefined, name);
  else
    assert.match(
      error ?? "accepted",
      SAYS[verdict] ?? /^no such verdict$/,
      `${name}: ${verdict}, and the program says ${error}`,
    );
}

describe("the shared vectors, before the Solana program", () => {
  let vm: Vm;
  beforeEach(() => {
    vm = new Vm(END_OF_TIME);
  });

  it("give every certificate its verdict", async () => {
    for (const vector of certificates.vectors) {
      placeClock(vm);
      placeNodeSet(vm, nodeSet(vector.set));
      agree(vector.name, vector.verdict, await certify(vm, fromHex(vector.bytes), nodeSet(vector.set)));
      forget(vm, fromHex(vector.bytes));
    }
    assert.ok(certificates.vectors.length >= 100);
  });

  it("give every proof its verdict, as far as path and directions tell", async () => {
    let judged = 0;
    for (const vector of proofs.vectors) {
      const bracket = vector.bracketed && vector.verdict !== "accepted";
      // Index, size and brackets do not reach a chain.
      if (bracket || vector.verdict === "proof/malformed" || vector.verdict === "certificate/malformed") continue;
      placeClock(vm);
      placeNodeSet(vm, nodeSet(vector.set));
      const certificate = fromHex(vector.certificate);
      const certified = await certify(vm, certificate, nodeSet(vector.set));
      agree(vector.name, vector.verdict, certified ?? (await prove(vm, vector, certificate)).error);
      forget(vm, certificate);
      judged++;
    }
    assert.ok(judged >= 38, String(judged));
  });

  it("give every intent its context", async () => {
    const accepted = proofs.vectors.find(({ verdict, path }) => verdict === "accepted" && path.length === 0);
    assert.ok(accepted !== undefined);
    for (const intent of intents.solana) {
      // The leaf's context is another: the program names neither, but takes the right one, which the leaf is made with.
      const leaf = Buffer.from(fromHex(accepted.leaf));
      fromHex(intent.context).forEach((byte, i) => {
        leaf[64 + i] = byte;
      });
      const verdict = await intentVerdict(vm, intent, leaf);
      assert.equal(verdict.right, undefined, intent.name);
      assert.equal(verdict.wrong, "IntentMismatch", intent.name);
    }
  });
});

type ProofVector = (typeof proofs.vectors)[number];

async function prove(vm: Vm, vector: ProofVector, certificate: Uint8Array) {
  const set = nodeSet(vector.set);
  return vm.send([
    await (program as ChronoProgram).methods
      .verifyProofV0({
        leaf: [...fromHex(vector.leaf)],
        directions: Number(BigInt(vector.directions) & 0xffff_ffffn),
        path: vector.path.map((each) => [...fromHex(each)]),
      })
      .accountsPartial({
        certificate: certificateAddress(program.programId, sha256(certificate.subarray(0, STATEMENT_BYTES))),
        nodeSet: nodeSetAddress(program.programId, set.epoch),
      })
      .instruction(),
  ]);
}

/** Judged by a certificate whose imprint the leaf alone is: placed as certified, since nobody has signed it. */
async function intentVerdict(vm: Vm, intent: (typeof intents.solana)[number], leaf: Buffer) {
  const set = nodeSet(0);
  placeNodeSet(vm, set);
  placeConfig(vm, fromHex(intent.genesisHash));
  const model = certificates.vectors.find(({ verdict, set: of }) => verdict === "accepted" && of === 0);
  const statement = Buffer.from(fromHex(model?.statement ?? ""));
  Buffer.from(sha256(Buffer.concat([Buffer.of(0), leaf]))).copy(statement, 64);
  const address = Keypair.generate().publicKey;
  const data = Buffer.alloc(8 + STATEMENT_BYTES + 4 + 32 + 1);
  const { discriminator } = program.idl.accounts.find(({ name }) => name === "certificate") as {
    discriminator: unknown;
  };
  Buffer.from(discriminator as number[]).copy(data);
  statement.copy(data, 8);
  data.writeUInt32LE(0xf000_0000, 8 + STATEMENT_BYTES);
  vm.setAccount(address, { owner: program.programId.toBase58(), data });
  const send = async (instructionData: Uint8Array) =>
    vm.send([
      await program.methods
        .verifyIntentV0(
          new PublicKey(fromHex(intent.program)),
          new PublicKey(fromHex(intent.sender)),
          [...sha256(instructionData)],
          { leaf: [...leaf], directions: 0, path: [] },
        )
        .accountsPartial({ certificate: address, nodeSet: nodeSetAddress(program.programId, set.epoch) })
        .instruction(),
    ]).error;
  const right = fromHex(intent.instructionData);
  return { right: await send(right), wrong: await send(Uint8Array.of(...right, 0)) };
}

/** Vectors share statements, and what one left certified would decide the next. */
function forget(vm: Vm, bytes: Uint8Array): void {
  const address = certificateAddress(program.programId, sha256(bytes.subarray(0, STATEMENT_BYTES)));
  vm.setAccount(address, {
    owner: "11111111111111111111111111111111",
    data: new Uint8Array(),
    lamports: 0n,
  });
}
