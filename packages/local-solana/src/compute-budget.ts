import type { Message } from "./parse-transaction.ts";

const COMPUTE_BUDGET = "ComputeBudget111111111111111111111111111111";
const MAX_COMPUTE_UNITS = 1_400_000;
const BUILTIN_UNITS = 3_000;
const DEFAULT_UNITS = 200_000;
const LAMPORTS_PER_SIGNATURE = 5_000n;
const MICRO_LAMPORTS = 1_000_000n;

/** Their first byte counts signatures, each of which costs as much as one of the transaction. */
const PRECOMPILES = [
  "Ed25519SigVerify111111111111111111111111111",
  "KeccakSecp256k11111111111111111111111111111",
  "Secp256r1SigVerify1111111111111111111111111",
];
const BUILTINS = [
  "11111111111111111111111111111111",
  COMPUTE_BUDGET,
  "BPFLoader1111111111111111111111111111111111",
  "BPFLoader2111111111111111111111111111111111",
  "BPFLoaderUpgradeab1e11111111111111111111111",
  "LoaderV411111111111111111111111111111111111",
  "Vote111111111111111111111111111111111111111",
  ...PRECOMPILES,
];

export type ComputeBudget = {
  /** Millionths of a lamport for a compute unit. */
  readonly unitPrice: bigint;
  readonly unitLimit: number;
};

export function computeBudgetOf(message: Message): ComputeBudget {
  let unitPrice = 0n;
  let unitLimit: number | undefined;
  let assumed = 0;
  for (const { programIdIndex, data } of message.instructions) {
    const program = message.staticKeys[programIdIndex] ?? "";
    assumed += BUILTINS.includes(program) ? BUILTIN_UNITS : DEFAULT_UNITS;
    if (program !== COMPUTE_BUDGET) continue;
    const view = new DataView(data.buffer, data.byteOffset, data.length);
    if (data[0] === 2 && data.length >= 5) unitLimit = view.getUint32(1, true);
    if (data[0] === 3 && data.length >= 9) unitPrice = view.getBigUint64(1, true);
  }
  return { unitPrice, unitLimit: Math.min(unitLimit ?? assumed, MAX_COMPUTE_UNITS) };
}

/** Lamports that the transaction costs, whether it succeeds or not. */
export function feeOf(message: Message): bigint {
  const checked = message.instructions
    .filter(({ programIdIndex }) => PRECOMPILES.includes(message.staticKeys[programIdIndex] ?? ""))
    .reduce((sum, { data }) => sum + (data[0] ?? 0), 0);
  const { unitPrice, unitLimit } = computeBudgetOf(message);
  const priority = (unitPrice * BigInt(unitLimit) + MICRO_LAMPORTS - 1n) / MICRO_LAMPORTS;
  return LAMPORTS_PER_SIGNATURE * BigInt(message.header.numRequiredSignatures + checked) + priority;
}
