import assert from "node:assert/strict";
import { ChronoError, type ErrorCode } from "@chronoledger/core";
import { classifyFailure, isDefiniteRefusal } from "./failure.ts";
import { RpcError } from "./rpc/types.ts";

/** What nodes answered, word by word. */
const SAMPLES: readonly (readonly [node: string, code: number, message: string, expected: ErrorCode])[] = [
  ["anvil", -32003, "transaction already imported", "transaction/already-known"],
  ["anvil", -32003, "replacement transaction underpriced", "transaction/underpriced"],
  ["anvil", -32000, "intrinsic gas too low", "rpc/rejected"],
  ["anvil", -32000, "intrinsic gas too high -- tx.gas_limit > env.block.gas_limit", "rpc/rejected"],
  ["anvil", -32003, "max fee per gas less than block base fee", "transaction/underpriced"],
  ["anvil", -32003, "Insufficient funds for gas * price + value", "transaction/insufficient-funds"],
  ["anvil", -32003, "invalid chain id for signer", "rpc/rejected"],
  ["anvil", -32602, "Failed to decode transaction", "rpc/rejected"],
  ["anvil", -32003, "nonce too low", "transaction/nonce-too-low"],
  [
    "hardhat",
    -32000,
    "Known transaction: 0x29d8c052771807a305c8f1af436c3f90e51438003278aa1cb0ad9c3a08059598",
    "transaction/already-known",
  ],
  [
    "hardhat",
    -32000,
    "Replacement transaction underpriced. A gasPrice/maxFeePerGas of at least 5500000000 is necessary to replace the existing transaction with nonce 0.",
    "transaction/underpriced",
  ],
  ["hardhat", -32000, "Transaction requires at least 21000 gas but got 20000", "rpc/rejected"],
  ["hardhat", -32000, "Transaction gas limit is 40000000 and exceeds transaction gas cap of 16777216", "rpc/rejected"],
  [
    "hardhat",
    -32000,
    "Sender doesn't have enough funds to send tx. The max upfront cost is: 105000000000000 and the sender's balance is: 0.",
    "transaction/insufficient-funds",
  ],
  [
    "hardhat",
    -32602,
    "Trying to send a raw transaction with an invalid chainId. The expected chainId is 31337",
    "rpc/rejected",
  ],
  ["hardhat", -32602, "input too short", "rpc/rejected"],
  [
    "hardhat",
    -32000,
    "Transaction nonce too low. Expected nonce to be at least 1 but got 0.",
    "transaction/nonce-too-low",
  ],
  [
    "hardhat",
    -32000,
    "Nonce too high. Expected nonce to be 0 but got 9. Note that transactions can't be queued when automining.",
    "transaction/nonce-gap",
  ],
  ["geth", -32000, "already known", "transaction/already-known"],
  ["geth", -32000, "nonce too low: next nonce 5, tx nonce 4", "transaction/nonce-too-low"],
  ["geth", -32000, "replacement transaction underpriced", "transaction/underpriced"],
  ["geth", -32000, "transaction underpriced: tip needed 1, tip permitted 0", "transaction/underpriced"],
  [
    "geth",
    -32000,
    "insufficient funds for gas * price + value: balance 0, tx cost 21000000000000, overshot 21000000000000",
    "transaction/insufficient-funds",
  ],
  [
    "geth",
    -32000,
    "max fee per gas less than block base fee: address 0x00, maxFeePerGas: 1, baseFee: 875000000",
    "transaction/underpriced",
  ],
  ["geth", -32000, "intrinsic gas too low: gas 20000, minimum needed 21000", "rpc/rejected"],
  ["geth", -32000, "exceeds block gas limit", "rpc/rejected"],
  [
    "geth",
    -32000,
    "max priority fee per gas higher than max fee per gas: address 0x00, maxPriorityFeePerGas: 9, maxFeePerGas: 5",
    "rpc/rejected",
  ],
  ["geth", -32000, "tx fee (2.00 ether) exceeds the configured cap (1.00 ether)", "rpc/rejected"],
  ["geth", -32000, "oversized data: transaction size 140000, limit 131072", "rpc/rejected"],
  ["geth", 3, "execution reverted", "transaction/reverted"],
  ["nethermind", -32010, "AlreadyKnown", "transaction/already-known"],
  ["nethermind", -32010, "OldNonce, Current nonce: 5, nonce of rejected tx: 4", "transaction/nonce-too-low"],
  ["nethermind", -32010, "FeeTooLow, MaxFeePerGas too low", "transaction/underpriced"],
  ["nethermind", -32010, "InsufficientFunds, Account balance: 0, cumulative cost: 1", "transaction/insufficient-funds"],
  ["nethermind", -32010, "NonceGap, Future nonce", "transaction/nonce-gap"],
  ["besu", -32001, "Nonce too low", "transaction/nonce-too-low"],
  ["besu", -32004, "Upfront cost exceeds account balance", "transaction/insufficient-funds"],
  ["besu", -32009, "Gas price below configured minimum gas price", "transaction/underpriced"],
  ["besu", -32000, "Known transaction", "transaction/already-known"],
  ["a load balancer", -32603, "nonce too low", "transaction/nonce-too-low"],
];

describe("what a refused transaction means", () => {
  for (const [node, code, message, expected] of SAMPLES)
    it(`${node}: "${message.slice(0, 60)}" is ${expected}`, () => {
      assert.equal(classifyFailure(new RpcError(code, message)).code, expected);
    });

  it("is found anywhere in the chain of causes, whatever the code", () => {
    const wrapped = new Error("request failed", {
      cause: new Error("details", { cause: new RpcError(-32603, "nonce too low") }),
    });
    assert.equal(classifyFailure(wrapped).code, "transaction/nonce-too-low");
  });

  it("is doubt, not refusal, when nobody recorded the words", () => {
    for (const error of [
      new RpcError(-32603, "internal error"),
      new RpcError(-32000, "txpool is full"),
      new Error("socket hang up"),
      "text",
      undefined,
    ]) {
      const { code } = classifyFailure(error);
      assert.equal(code, "rpc/unavailable");
      assert.equal(isDefiniteRefusal(code), false);
    }
  });

  it("ends on causes that go in circles", () => {
    const error = new Error("round");
    error.cause = error;
    assert.equal(classifyFailure(error).code, "rpc/unavailable");
  });

  it("keeps what is classified already", () => {
    const known = new ChronoError("transaction/insufficient-funds");
    assert.equal(classifyFailure(known), known);
  });
});
