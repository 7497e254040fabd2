import { hex, named } from "./encoder.ts";
import { be32, sha256 } from "./p256.ts";

export const afterContext = (certificate: Uint8Array, nonce: Uint8Array): Buffer =>
  sha256(Buffer.from("ChronoLedger/After1"), sha256(certificate), nonce);

export const evmContext = (chainId: bigint, contract: Uint8Array, sender: Uint8Array, callData: Uint8Array): Buffer =>
  sha256(Buffer.from("ChronoLedger/Intent1"), be32(chainId), contract, sender, sha256(callData));

const solanaContext = (genesis: Uint8Array, program: Uint8Array, sender: Uint8Array, data: Uint8Array): Buffer =>
  sha256(Buffer.from("ChronoLedger/Intent2"), genesis, program, sender, sha256(data));

const address = (name: string): Buffer => named(name).subarray(0, 20);

export function intentVectors() {
  const evm: [string, bigint, Buffer, Buffer, Buffer][] = [
    ["a call on mainnet", 1n, address("contract"), address("sender"), Buffer.from("a9059cbb", "hex")],
    ["a call on a local chain", 31_337n, address("contract"), address("sender"), Buffer.from("a9059cbb", "hex")],
    ["no data", 1n, address("contract"), address("sender"), Buffer.alloc(0)],
    ["contract and sender exchanged", 1n, address("sender"), address("contract"), Buffer.from("a9059cbb", "hex")],
    [
      "68 bytes",
      10n,
      address("contract"),
      address("sender"),
      Buffer.concat([Buffer.from("a9059cbb", "hex"), named("to"), named("amount")]),
    ],
    ["everything least", 0n, Buffer.alloc(20), Buffer.alloc(20), Buffer.alloc(0)],
    [
      "the greatest chain id",
      2n ** 256n - 1n,
      Buffer.alloc(20, 0xff),
      Buffer.alloc(20, 0xff),
      Buffer.alloc(1_000, 0xff),
    ],
  ];
  const solana: [string, Buffer, Buffer, Buffer, Buffer][] = [
    ["an instruction", named("genesis"), named("program"), named("sender"), Buffer.from([1, 2, 3])],
    ["no data", named("genesis"), named("program"), named("sender"), Buffer.alloc(0)],
    ["everything zero", Buffer.alloc(32), Buffer.alloc(32), Buffer.alloc(32), Buffer.alloc(0)],
  ];
  const after: [string, Buffer, Buffer][] = [
    ["some bytes", named("certificate"), named("nonce")],
    ["nonce zero", named("certificate"), Buffer.alloc(32)],
  ];
  return {
    evm: evm.map(([name, chainId, contract, sender, callData]) => ({
      name,
      chainId: String(chainId),
      contract: hex(contract),
      sender: hex(sender),
      callData: hex(callData),
      context: hex(evmContext(chainId, contract, sender, callData)),
    })),
    solana: solana.map(([name, genesisHash, program, sender, data]) => ({
      name,
      genesisHash: hex(genesisHash),
      program: hex(program),
      sender: hex(sender),
      instructionData: hex(data),
      context: hex(solanaContext(genesisHash, program, sender, data)),
    })),
    after: after.map(([name, certificate, nonce]) => ({
      name,
      certificate: hex(certificate),
      nonce: hex(nonce),
      context: hex(afterContext(certificate, nonce)),
    })),
  };
}
