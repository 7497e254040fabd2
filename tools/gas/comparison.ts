import type { Basis, PeerExecution, PeerFigure, Peers } from "./figures.ts";
import { bars, digits, table } from "./markdown.ts";

export const OURS = "ChronoLedger";

/** One line of a comparison, ours or a peer's. */
export type Row = {
  readonly ours: boolean;
  readonly name: string;
  readonly what: string;
  readonly signatures?: number | undefined;
  /** As it was measured or stated. */
  readonly measured: string;
  /** What the rows are ordered by. */
  readonly figure: number;
  readonly bounds?: string;
  readonly basis: string;
};

/** What the document calls each basis. */
export const BASIS_NAMES: Record<Basis, string> = {
  receipt: "their receipts",
  harness: "harness",
  inside: "inside a call",
  published: "their benchmark",
  constant: "their constant",
};

const withSystem = (peers: Peers, { system, what, signatures, basis }: Omit<PeerFigure, "gas">) => {
  const known = peers.systems[system];
  if (known === undefined) throw new Error(`no source is given for ${system}`);
  return { ours: false, name: known.name, what, signatures, basis: BASIS_NAMES[basis] };
};

/** Whole transactions: what the harness added is taken off; of a range the lower end counts. */
export const wholeTransactions = (peers: Peers, figures: readonly PeerFigure[]): Row[] =>
  figures.map((peer) => ({
    ...withSystem(peers, peer),
    measured: digits(peer.gas) + (peer.upTo === undefined ? "" : ` to ${digits(peer.upTo)}`),
    figure: peer.gas - (peer.basis === "harness" ? peers.harness.offset : 0),
  }));

/** Over the direct call; what the harness adds is in both and falls out. */
export const executions = (peers: Peers, figures: readonly PeerExecution[]): Row[] =>
  figures.map((peer) => ({
    ...withSystem(peers, peer),
    measured: peer.gas === undefined ? "-" : digits(peer.gas),
    figure: peer.over,
    bounds: peer.bounds,
  }));

export const ascending = (rows: readonly Row[]): Row[] => [...rows].sort((a, b) => a.figure - b.figure);

const label = ({ name, what, signatures }: Row): string =>
  `${name}, ${what}${signatures === undefined ? "" : `, ${signatures} sig.`}`;

/** @param most Rows above it would leave nothing of the others. */
export const pictureOf = (rows: readonly Row[], most = Number.POSITIVE_INFINITY): string =>
  bars(
    ascending(rows)
      .filter(({ figure }) => figure <= most)
      .map((row) => ({ label: label(row), value: row.figure, ours: row.ours })),
  );

export type Columns = { readonly measured?: string; readonly figure: string; readonly bounds?: string };

/** The rows in ascending order, ours in bold. */
export function comparisonTable(rows: readonly Row[], columns: Columns): string {
  const signed = rows.some(({ signatures }) => signatures !== undefined);
  const head = [
    "system",
    "what",
    ...(signed ? ["signatures"] : []),
    ...(columns.bounds === undefined ? [] : [columns.bounds]),
    ...(columns.measured === undefined ? [] : [columns.measured]),
    columns.figure,
    "basis",
  ];
  const cells = (row: Row): string[] => [
    row.name,
    row.what,
    ...(signed ? [row.signatures === undefined ? "" : String(row.signatures)] : []),
    ...(columns.bounds === undefined ? [] : [row.bounds ?? ""]),
    ...(columns.measured === undefined ? [] : [row.measured]),
    digits(row.figure),
    row.basis,
  ];
  return table(
    head,
    ascending(rows).map((row) => cells(row).map((cell) => (row.ours && cell !== "" ? `**${cell}**` : cell))),
  );
}

/** Says who costs less than our least, so that nobody has to look for it. */
export function cheaperPeers(rows: readonly Row[]): string {
  const least = Math.min(...rows.filter(({ ours }) => ours).map(({ figure }) => figure));
  const cheaper = ascending(rows).filter(({ ours, figure }) => !ours && figure < least);
  if (cheaper.length === 0) return `No peer here is below ${OURS}'s ${digits(least)}.`;
  const list = cheaper.map((row) => `${label(row)} (${digits(row.figure)})`);
  return `Below ${OURS}'s least, ${digits(least)}: ${list.join("; ")}.`;
}

/** Gas of a further signature, from the least to the most signatures of one operation. */
export function signatureSlopes(rows: readonly Row[]): { name: string; from: number; to: number; gas: number }[] {
  const series = Map.groupBy(
    rows.filter(({ signatures }) => signatures !== undefined),
    ({ ours, name, what }) => (ours ? name : `${name}, ${what}`),
  );
  return [...series].flatMap(([name, members]) => {
    const sorted = members.toSorted((a, b) => (a.signatures ?? 0) - (b.signatures ?? 0));
    const [first, last] = [sorted[0], sorted.at(-1)];
    const [from, to] = [first?.signatures ?? 0, last?.signatures ?? 0];
    if (first === undefined || last === undefined || from === to) return [];
    return [{ name, from, to, gas: (last.figure - first.figure) / (to - from) }];
  });
}
