import assert from "node:assert/strict";
import vectors from "../../../test/vectors/intents.json" with { type: "json" };
import { fromHex, verdictOf } from "../../../test/vectors/load.ts";
import { bytesToHex } from "./bytes.ts";
import { afterContext, evmIntentContext, solanaIntentContext } from "./context.ts";

const hex = (bytes: Uint8Array): string => `0x${bytesToHex(bytes)}`;
const bytes = (length: number): Uint8Array => new Uint8Array(length);

describe("context of a leaf", () => {
  for (const vector of vectors.evm)
    it(`binds an EVM call: ${vector.name}`, () => {
      const intent = {
        chainId: BigInt(vector.chainId),
        contract: fromHex(vector.contract),
        sender: fromHex(vector.sender),
        callData: fromHex(vector.callData),
      };
      assert.equal(hex(evmIntentContext(intent)), vector.context);
    });

  for (const vector of vectors.solana)
    it(`binds a Solana instruction: ${vector.name}`, () => {
      const intent = {
        genesisHash: fromHex(vector.genesisHash),
        program: fromHex(vector.program),
        sender: fromHex(vector.sender),
        instructionData: fromHex(vector.instructionData),
      };
      assert.equal(hex(solanaIntentContext(intent)), vector.context);
    });

  for (const vector of vectors.after)
    it(`follows a certificate: ${vector.name}`, () =>
      assert.equal(hex(afterContext(fromHex(vector.certificate), fromHex(vector.nonce))), vector.context));

  it("all contexts of the vectors differ", () => {
    const all = [...vectors.evm, ...vectors.solana, ...vectors.after].map(({ context }) => context);
    assert.equal(new Set(all).size, all.length);
    assert.ok(all.length >= 12);
  });

  it("refuses lengths and chain ids that would make two meanings of the same bytes", () => {
    const evm = { chainId: 1n, contract: bytes(20), sender: bytes(20), callData: bytes(0) };
    const solana = { genesisHash: bytes(32), program: bytes(32), sender: bytes(32), instructionData: bytes(0) };
    for (const attempt of [
      () => evmIntentContext({ ...evm, contract: bytes(21), sender: bytes(19) }),
      () => evmIntentContext({ ...evm, contract: bytes(19), sender: bytes(21) }),
      () => evmIntentContext({ ...evm, contract: bytes(32) }),
      () => evmIntentContext({ ...evm, sender: bytes(0) }),
      () => evmIntentContext({ ...evm, chainId: -1n }),
      () => evmIntentContext({ ...evm, chainId: 2n ** 256n }),
      () => solanaIntentContext({ ...solana, genesisHash: bytes(31) }),
      () => solanaIntentContext({ ...solana, program: bytes(33), sender: bytes(31) }),
      () => solanaIntentContext({ ...solana, sender: bytes(20) }),
      () => afterContext(bytes(356), bytes(31)),
      () => afterContext(bytes(356), bytes(33)),
    ])
      assert.equal(verdictOf(attempt), "proof/context");
  });
});
