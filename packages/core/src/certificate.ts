import { copyBytes } from "./bytes.ts";
import { ChronoError } from "./errors.ts";
import { STATEMENT_BYTES } from "./statement.ts";

export const SIGNATURE_BYTES = 64;
const HEAD = STATEMENT_BYTES + 4;
/** Of 32 signers. */
export const MAX_CERTIFICATE_BYTES = HEAD + 32 * SIGNATURE_BYTES;

/** `statement || bitmap || signatures`, protocol.md section 4. */
export type Certificate = {
  /** The 160 bytes as signed. */
  readonly statement: Uint8Array;
  /** Indices of the signers, ascending. */
  readonly signers: readonly number[];
  /** 64 bytes each, in the order of `signers`. */
  readonly signatures: readonly Uint8Array[];
};

const popcount = (value: number): number => {
  let count = 0;
  for (let rest = value >>> 0; rest !== 0; rest &= rest - 1) count++;
  return count;
};

/** Node 0 is the most significant bit. */
export function signerBitmap(signers: readonly number[]): number {
  let bitmap = 0;
  for (const index of signers) {
    if (!Number.isInteger(index) || index < 0 || index > 31)
      throw new ChronoError("certificate/malformed", { signer: index });
    bitmap = (bitmap | (0x8000_0000 >>> index)) >>> 0;
  }
  return bitmap;
}

/** @throws certificate/malformed when the signers are not ascending and distinct or a length is wrong. */
export function encodeCertificate(certificate: Certificate): Uint8Array {
  const { statement, signers, signatures } = certificate;
  if (statement.length !== STATEMENT_BYTES || signers.length !== signatures.length)
    throw new ChronoError("certificate/malformed", {
      statementBytes: statement.length,
      signers: signers.length,
      signatures: signatures.length,
    });
  if (signers.some((index, at) => at > 0 && index <= (signers[at - 1] ?? 0)))
    throw new ChronoError("certificate/malformed", { reason: "signers must ascend" });
  const bytes = new Uint8Array(HEAD + SIGNATURE_BYTES * signers.length);
  bytes.set(statement, 0);
  new DataView(bytes.buffer).setUint32(STATEMENT_BYTES, signerBitmap(signers));
  for (const [at, signature] of signatures.entries()) {
    if (signature.length !== SIGNATURE_BYTES)
      throw new ChronoError("certificate/malformed", { signatureBytes: signature.length });
    bytes.set(signature, HEAD + SIGNATURE_BYTES * at);
  }
  return bytes;
}

/** Exactly the implied length, or certificate/malformed. The statement is not looked into. */
export function decodeCertificate(bytes: Uint8Array): Certificate {
  if (bytes.length < HEAD)
    throw new ChronoError("certificate/malformed", { bytes: bytes.length, need: `at least ${HEAD}` });
  const bitmap = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(STATEMENT_BYTES);
  const need = HEAD + SIGNATURE_BYTES * popcount(bitmap);
  if (bytes.length !== need) throw new ChronoError("certificate/malformed", { bytes: bytes.length, need });
  const signers: number[] = [];
  for (let index = 0; index < 32; index++) if ((bitmap & (0x8000_0000 >>> index)) !== 0) signers.push(index);
  return {
    statement: copyBytes(bytes, 0, STATEMENT_BYTES),
    signers,
    signatures: signers.map((_, at) =>
      copyBytes(bytes, HEAD + SIGNATURE_BYTES * at, HEAD + SIGNATURE_BYTES * (at + 1)),
    ),
  };
}
