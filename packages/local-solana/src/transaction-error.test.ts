import assert from "node:assert/strict";
import { describeTransactionError, parseTransactionError } from "./transaction-error.ts";

const text = (error: string) =>
  `FailedTransactionMetadata(FailedTransactionMetadata { err: ${error}, meta: TransactionMetadata { logs: [], meta: x } })`;

describe("errors of transactions", () => {
  for (const [written, error, words] of [
    ["AccountNotFound", "AccountNotFound", /no record of a prior credit/],
    ["TooManyAccountLocks", "TooManyAccountLocks", /^TooManyAccountLocks$/],
    [
      "InstructionError(2, Custom(6001))",
      { InstructionError: [2, { Custom: 6001 }] },
      /^Error processing Instruction 2: custom program error: 0x1771$/,
    ],
    [
      "InstructionError(0, InvalidAccountData)",
      { InstructionError: [0, "InvalidAccountData"] },
      /^Error processing Instruction 0: InvalidAccountData$/,
    ],
    ['InstructionError(1, BorshIoError("a, b"))', { InstructionError: [1, "BorshIoError"] }, /BorshIoError/],
    [
      "InsufficientFundsForRent { account_index: 3 }",
      { InsufficientFundsForRent: { account_index: 3 } },
      /InsufficientFundsForRent/,
    ],
    ["DuplicateInstruction(4)", { DuplicateInstruction: 4 }, /DuplicateInstruction/],
  ] as const)
    it(`${written} becomes JSON and words`, () => {
      const parsed = parseTransactionError(text(written));
      assert.deepEqual(parsed, error);
      assert.match(describeTransactionError(parsed), words);
    });
});
