export type { Account } from "./account.ts";
export type { Controls } from "./controls.ts";
export { type LocalSolana, type LocalSolanaOptions, startLocalSolana } from "./local-solana.ts";
export { type LocalProgram, programDataAddress } from "./programs.ts";
