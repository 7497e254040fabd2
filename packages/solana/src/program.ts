import { Program } from "@anchor-lang/core";
import { type Chronoledger, chronoledgerIdl } from "@chronoledger/bindings";
import { Connection, type PublicKey } from "@solana/web3.js";
import { CHRONOLEDGER_PROGRAM } from "./addresses.ts";

export type ChronoProgram = Program<Chronoledger>;

/** Anchor's client of the program; without a connection it encodes and decodes only. It holds no key and signs nothing. */
export function chronoProgram(connection?: Connection, address: PublicKey = CHRONOLEDGER_PROGRAM): ChronoProgram {
  const idl = { ...chronoledgerIdl, address: address.toBase58() } as Chronoledger;
  // Nothing is asked of it before a method needs the chain.
  return new Program<Chronoledger>(idl, { connection: connection ?? new Connection("http://127.0.0.1:1") });
}
