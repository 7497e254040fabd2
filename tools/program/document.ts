/** Names for people, in the order of docs/solana.md. */
const ROWS: readonly (readonly [string, string])[] = [
  ["submit3", "`submit_v0`, 3 signers"],
  ["submit5", "`submit_v0`, 5 signers"],
  ["submit7", "`submit_v0`, 7 signers"],
  ["certify3", "`certify_v0`, 3 signers, a new account"],
  ["submitCertified", "`submit_certified_v0`"],
  ["verifyProof10", "`verify_proof_v0`, depth 10"],
  ["verifyProof20", "`verify_proof_v0`, depth 20"],
  ["queueTask", "`queue_task_v0`, one instruction"],
  ["runTaskOverhead", "`run_task_v0` of a no-op over the bare no-op, closing the task"],
  ["runTaskOverheadRecurring", "the same, with runs to come"],
  ["runTaskOverheadAttested", "the same, by the attested clock"],
];
const MARKS = /(<!-- units -->\n)[\s\S]*?(<!-- \/units -->)/;

/** docs/solana.md with the table of these figures. @throws when a figure has no row */
export function withUnits(document: string, units: Readonly<Record<string, number>>): string {
  const missing = Object.keys(units).filter((name) => !ROWS.some(([row]) => row === name));
  if (missing.length > 0) throw new Error(`no row for ${missing.join(", ")}`);
  const rows = ROWS.map(([name, text]) => `| ${text} | ${(units[name] ?? Number.NaN).toLocaleString("en-US")} |`);
  const table = ["| | compute units |", "|---|---:|", ...rows, ""].join("\n");
  return document.replace(MARKS, `$1${table}$2`);
}
