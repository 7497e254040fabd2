import { ChronoError, decodeCertificate, type NodeSet, sha256, signerBitmap } from "@chronoledger/core";
import { type PublicKey, SYSVAR_INSTRUCTIONS_PUBKEY, type TransactionInstruction } from "@solana/web3.js";
import { certificateAddress, nodeSetAddress } from "./addresses.ts";
import type { ChronoProgram } from "./program.ts";
import { type Signed, secp256r1Instruction } from "./secp256r1.ts";

/** Signers of one transaction: more do not fit in 1,232 bytes, with the accounts in a lookup table. */
export const MAX_SIGNERS_AT_ONCE = 7;

/** Signers of one transaction that creates a certificate's account, without a lookup table. */
const CERTIFY_AT_ONCE = 5;

type Part = { readonly statement: Uint8Array; readonly signers: readonly number[]; readonly signed: readonly Signed[] };

/** @throws certificate/malformed, certificate/signer-unknown */
function partsOf(certificate: Uint8Array, set: NodeSet, atOnce: number): Part[] {
  const { statement, signers, signatures } = decodeCertificate(certificate);
  const signed = signers.map((index, i): Signed => {
    const key = set.keys[index];
    if (key === undefined) throw new ChronoError("certificate/signer-unknown", { index, n: set.keys.length });
    return { key, signature: signatures[i] as Uint8Array };
  });
  const parts: Part[] = [];
  for (let i = 0; i < signers.length; i += atOnce)
    parts.push({ statement, signers: signers.slice(i, i + atOnce), signed: signed.slice(i, i + atOnce) });
  return parts;
}

/**
 * Two instructions that advance the clock by a certificate of at most 7 signers, for one transaction, in this order.
 * @throws certificate/malformed, certificate/signer-unknown, certificate/quorum-short when the quorum needs more
 */
export async function submitInstructions(
  program: ChronoProgram,
  certificate: Uint8Array,
  set: NodeSet,
): Promise<TransactionInstruction[]> {
  const [part, more] = partsOf(certificate, set, MAX_SIGNERS_AT_ONCE);
  if (part === undefined || more !== undefined)
    throw new ChronoError(
      "certificate/quorum-short",
      { most: MAX_SIGNERS_AT_ONCE },
      { remedy: "certify in several transactions, then submit what is certified" },
    );
  const submit = await program.methods
    .submitV0(signerBitmap(part.signers))
    .accountsPartial({
      nodeSet: nodeSetAddress(program.programId, set.epoch),
      instructions: SYSVAR_INSTRUCTIONS_PUBKEY,
    })
    .instruction();
  return [secp256r1Instruction(part.statement, part.signed), submit];
}

/**
 * Transactions, as lists of instructions, that put a certificate of any number of signers in an account of its own; proofs
 * are held against it, and `submitCertifiedInstruction` takes it. They may be sent in any order, and again.
 * @throws certificate/malformed, certificate/signer-unknown
 */
export function certifyTransactions(
  program: ChronoProgram,
  certificate: Uint8Array,
  set: NodeSet,
  payer: PublicKey,
): Promise<TransactionInstruction[][]> {
  return Promise.all(
    partsOf(certificate, set, CERTIFY_AT_ONCE).map(async ({ statement, signers, signed }) => {
      const digest = sha256(statement);
      const certify = await program.methods
        .certifyV0([...digest], signerBitmap(signers))
        .accountsPartial({
          payer,
          certificate: certificateAddress(program.programId, digest),
          nodeSet: nodeSetAddress(program.programId, set.epoch),
          instructions: SYSVAR_INSTRUCTIONS_PUBKEY,
        })
        .instruction();
      return [secp256r1Instruction(statement, signed), certify];
    }),
  );
}

/** Advances the clock by a certificate whose account has its quorum. */
export const submitCertifiedInstruction = (
  program: ChronoProgram,
  certificate: Uint8Array,
  set: NodeSet,
): Promise<TransactionInstruction> =>
  program.methods
    .submitCertifiedV0()
    .accountsPartial({
      nodeSet: nodeSetAddress(program.programId, set.epoch),
      certificate: certificateAddress(program.programId, sha256(decodeCertificate(certificate).statement)),
    })
    .instruction();
