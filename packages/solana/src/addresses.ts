import { chronoledgerIdl } from "@chronoledger/bindings";
import { PublicKey } from "@solana/web3.js";

/** Where the program of the local chain lies. On a cluster, whoever deployed it says where. */
export const CHRONOLEDGER_PROGRAM = new PublicKey(chronoledgerIdl.address);
export const SECP256R1_PROGRAM = new PublicKey("Secp256r1SigVerify1111111111111111111111111");

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));
const at = (program: PublicKey, ...seeds: Uint8Array[]): PublicKey =>
  PublicKey.findProgramAddressSync(seeds, program)[0];

function littleEndian(value: bigint, bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
}

export const configAddress = (program: PublicKey): PublicKey => at(program, ascii("config"));
export const clockAddress = (program: PublicKey): PublicKey => at(program, ascii("clock"));
export const nodeSetAddress = (program: PublicKey, epoch: number): PublicKey =>
  at(program, ascii("node-set"), littleEndian(BigInt(epoch), 4));

/** @param digest SHA-256 of the statement. */
export const certificateAddress = (program: PublicKey, digest: Uint8Array): PublicKey =>
  at(program, ascii("certificate"), digest);

/** @param id uint64. */
export const taskAddress = (program: PublicKey, owner: PublicKey, id: bigint): PublicKey =>
  at(program, ascii("task"), owner.toBytes(), littleEndian(id, 8));

/** Signs in the instructions of the owner's tasks; what they spend lies there. */
export const authorityAddress = (program: PublicKey, owner: PublicKey): PublicKey =>
  at(program, ascii("authority"), owner.toBytes());
