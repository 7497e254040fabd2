/** A transaction's failure as JSON-RPC states it: a name, or a name with what it is about. */
export type TransactionError =
  | string
  | { readonly InstructionError: readonly [number, string | { readonly Custom: number }] }
  | { readonly [name: string]: number | { readonly account_index: number } };

/**
 * LiteSVM gives errors as numbers whose names exist only in its type declarations; its text has the runtime's own names.
 * @param text e.g. `FailedTransactionMetadata { err: InstructionError(0, Custom(1)), meta: …`
 */
export function parseTransactionError(text: string): TransactionError {
  const [, error = "SanitizeFailure"] = /err: (.*?), meta: /s.exec(text) ?? [];
  const [, instruction, kind = ""] = /^InstructionError\((\d+), (.*)\)$/s.exec(error) ?? [];
  if (instruction !== undefined) {
    const [, code] = /^Custom\((\d+)\)$/.exec(kind) ?? [];
    return {
      InstructionError: [
        Number(instruction),
        code === undefined ? kind.replace(/\(.*$/s, "") : { Custom: Number(code) },
      ],
    };
  }
  const [, named, account] = /^(\w+) \{ account_index: (\d+) \}$/.exec(error) ?? [];
  if (named !== undefined) return { [named]: { account_index: Number(account) } };
  const [, name, value] = /^(\w+)\((\d+)\)$/.exec(error) ?? [];
  return name === undefined ? error : { [name]: Number(value) };
}

/** As nodes word it, e.g. "Error processing Instruction 0: custom program error: 0x1". */
export function describeTransactionError(error: TransactionError): string {
  if (typeof error === "string") return PLAIN[error] ?? error;
  if (!("InstructionError" in error)) return JSON.stringify(error);
  const [index, kind] = error.InstructionError as readonly [number, string | { readonly Custom: number }];
  return `Error processing Instruction ${index}: ${
    typeof kind === "string" ? kind : `custom program error: 0x${kind.Custom.toString(16)}`
  }`;
}

const PLAIN: Readonly<Record<string, string>> = {
  AccountNotFound: "Attempt to debit an account but found no record of a prior credit.",
  AlreadyProcessed: "This transaction has already been processed",
  BlockhashNotFound: "Blockhash not found",
  InsufficientFundsForFee: "Insufficient funds for fee",
  InvalidProgramForExecution: "This program may not be used for executing instructions",
  SignatureFailure: "Transaction did not pass signature verification",
};
