import {
  cheaperPeers,
  comparisonTable,
  executions,
  OURS,
  pictureOf,
  type Row,
  signatureSlopes,
  wholeTransactions,
} from "./comparison.ts";
import { type GasFigures, snapshotOf } from "./figures.ts";
import { digits, table } from "./markdown.ts";
import type { GasByName } from "./receipts.ts";

/** Above it a row is in the table alone. */
const PICTURE_LIMIT = 320_000;
/** Prices of osaka: a P-256 verification (EIP-7951), an ecrecover, a byte of calldata that is not zero. */
const PRICE = { p256: 6_900, ecrecover: 3_000, calldataByte: 16 } as const;
const SIGNATURE_BYTES = 64;
/** Levels between the two proofs, and bytes between the two calls, that the benchmark measures. */
const PROOF_LEVELS = 10;
const CALL_BYTES = 1_092 - 68;

const ours = (what: string, figure: number, more: Partial<Row> = {}): Row => ({
  ours: true,
  name: OURS,
  what,
  figure,
  measured: digits(figure),
  basis: "receipts",
  ...more,
});

const submissions = ({ submit3, submit5, submit7 }: GasByName): Row[] => [
  ours("submit, 3 of 4", submit3, { signatures: 3 }),
  ours("submit, 5 of 7", submit5, { signatures: 5 }),
  ours("submit, 7 of 10", submit7, { signatures: 7 }),
];

const WHOLE = { measured: "measured, gas", figure: "as a receipt, gas" } as const;

export function storing({ receipts, snapshots, peers }: GasFigures): string {
  const largest = snapshotOf(snapshots, "ChronoOracle", "submit, 22 of 32 signatures");
  const rows = [
    ...submissions(receipts.gas),
    ours("submit, 22 of 32", largest, { signatures: 22, basis: "snapshot" }),
    ...wholeTransactions(peers, peers.storing),
  ];
  return `## Storing a signed value

Verify the signatures, store the value, emit an event. Whole transactions.

${pictureOf(rows, PICTURE_LIMIT)}

Rows above ${digits(PICTURE_LIMIT)} are in the table alone.

${comparisonTable(rows, WHOLE)}

${cheaperPeers(rows)}

Not the same work in every row:

- One signature is one signer to trust: compare rows of as many signatures.
- ${OURS} verifies **P-256**, which security chips and key services hold; all peers here use **secp256k1**. The chain asks ${digits(PRICE.p256)} for the one and
  ${digits(PRICE.ecrecover)} for the other, so ${digits(PRICE.p256 - PRICE.ecrecover)} of every signature of ours is the curve.
- API3's set and Pyth store several feeds in one transaction. ScribeOptimistic stores first and verifies only when challenged.`;
}

export const using = ({ peers }: GasFigures): string => {
  const rows = wholeTransactions(peers, peers.using);
  return `## Using a signed value without storing it

Whole transactions of the peers that carry the data in the call. ${OURS} has no row: its counterpart, a proof verified inside a call, is in the next
section, without the transaction around it.

${comparisonTable(rows, WHOLE)}`;
};

export function verifying({ receipts: { gas }, peers }: GasFigures): string {
  const [signatures, basis] = [3, "difference of receipts"];
  const rows = [
    ours("verifyProof, the leaf is the root", gas.verifyProofK3D0, { signatures, basis }),
    ours(`verifyProof, ${PROOF_LEVELS} levels deep`, gas.verifyProofK3D10, { signatures, basis }),
    ours(`by the oracle, ${PROOF_LEVELS} levels deep`, gas.verifyProofByOracleK3D10, { signatures, basis }),
    ...wholeTransactions(peers, peers.verifying),
  ];
  return `## Verifying inside a call

Neither the 21,000 of a transaction nor its calldata. Ours is a contract that uses \`ChronoLedger.verifyProof\`, or that calls the oracle, everything
cold, less the same transaction without it; it finds the signers and the limits that were put on them, checks validity and policy, verifies the
signatures and walks the path.

${pictureOf(rows)}

${comparisonTable(rows, { figure: "gas" })}

${cheaperPeers(rows)}

A threshold signature is one verification whatever the quorum, after a ceremony among the signers (here 13 of 19); ours are separate signatures,
which name their signers. Here too ${OURS} verifies P-256. Data Streams and Pyth include parsing of what they verify.`;
}

export function executing({ receipts: { gas }, peers }: GasFigures): string {
  const bounds = "not before, not after";
  const rows = [
    ours("execute, clock of the block", gas.executeBlockOverhead, { bounds, measured: "-" }),
    ours("execute, attested clock", gas.executeAttestedOverhead, { bounds, measured: "-" }),
    ours("execute, too late for the whole reward", gas.executeLateOverhead, { bounds, measured: "-" }),
    ...executions(peers, peers.executing),
  ];
  return `## Executing what was scheduled

What a transaction costs more than calling the target directly. The target counts up by one; accounts that are paid have been paid before.

${pictureOf(rows)}

${comparisonTable(rows, { bounds: "bounds of time on chain", measured: "transaction, gas", figure: "over the direct call, gas" })}

${cheaperPeers(rows)}

The peers' differences are rounded to hundreds or thousands. Rows of their constants were not run. What else is checked differs: PowerAgent checks
stake and a cap of the base fee, Gelato that the task exists, CRE its signatures. ${OURS}'s rows check both bounds and the cap of the base
fee, see to it that the call gets its gas, credit the keeper and record how late it was; the attested clock is read from the oracle's slot, and the
submission that filled it is not counted.`;
}

export function scheduling({ receipts: { gas }, peers }: GasFigures): string {
  const rows = [
    ours("schedule, 68-byte call, every field set", gas.schedule68),
    ...wholeTransactions(peers, peers.scheduling),
  ];
  return `## Scheduling, and cancelling

Whole transactions.

${pictureOf(rows, Number.POSITIVE_INFINITY)}

${comparisonTable(rows, WHOLE)}

${cheaperPeers(rows)}

A task of the peers repeats; this schedule of ours is for one run, with its reward paid in. Contracts that Gelato and CronUpkeep deploy for each user
are not counted. Cancelling ours: ${digits(gas.cancel)}, the money returned included; nothing to compare was measured.`;
}

export function reading({ receipts: { gas }, peers }: GasFigures): string {
  const basis = "difference of receipts";
  const rows = [
    ours("the clock, first read of a transaction", gas.readCold, { basis }),
    ours("the clock, read again", gas.readWarm, { basis }),
    ...wholeTransactions(peers, peers.reading),
  ];
  return `## Reading

From another contract, through the library.

${comparisonTable(rows, { figure: "gas" })}

The first read pays for touching a cold account and a cold slot, whoever's they are: compare warm with warm.`;
}

export function growth({ receipts: { gas }, snapshots, peers }: GasFigures): string {
  const signature = (gas.submit7 - gas.submit3) / 4;
  const wide =
    (snapshotOf(snapshots, "ChronoOracle", "submit, 22 of 32 signatures") -
      snapshotOf(snapshots, "ChronoOracle", "submit, 7 of 10 signatures")) /
    15;
  const level = (gas.verifyProofK3D10 - gas.verifyProofK3D0) / PROOF_LEVELS;
  const byte = (gas.schedule1092 - gas.schedule68) / CALL_BYTES;
  const rows = [
    ["a further signature, submit", digits(signature), "receipts, 3 to 7 signatures"],
    ["a further signature, submit", digits(wide), "snapshots, 7 to 22 signatures"],
    [
      "a further level of the path, verifyProof",
      digits(level),
      `receipts, 0 to ${PROOF_LEVELS} levels, calldata not counted`,
    ],
    ["a further byte of the call, schedule", byte.toFixed(1), "receipts, 68 to 1,092 bytes, few of them zero"],
  ];
  const calldata = SIGNATURE_BYTES * PRICE.calldataByte;
  return `## How the cost grows

${table([OURS, "gas", "computed from"], rows)}

Of a signature, ${digits(PRICE.p256)} is the precompile and at most ${digits(calldata)} the calldata (${SIGNATURE_BYTES} bytes at ${PRICE.calldataByte}): ${digits(signature - PRICE.p256 - calldata)} is left for code. Of a byte of the call,
${PRICE.calldataByte} is the calldata; the rest is hashing it and putting it in the event.

${slopes(submissions(gas), peers)}`;
}

function slopes(submitted: readonly Row[], peers: GasFigures["peers"]): string {
  const mine = signatureSlopes(submitted).map((slope) => ({ ...slope, ours: true }));
  const theirs = [
    wholeTransactions(peers, peers.storing),
    wholeTransactions(peers, peers.using),
    executions(peers, peers.executing),
  ].flatMap((rows) => signatureSlopes(rows).map((slope) => ({ ...slope, ours: false })));
  const rows = [...mine, ...theirs].sort((a, b) => a.gas - b.gas);
  return `Beside the peers:

${table(
  ["a further signature", "from, to", "gas"],
  rows.map((row) =>
    [row.name, `${row.from}, ${row.to}`, digits(row.gas)].map((cell) => (row.ours ? `**${cell}**` : cell)),
  ),
)}`;
}
