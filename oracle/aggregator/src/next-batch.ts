/** Leaves of one tree: some 50 ms of hashing. */
export const MAX_TREE_LEAVES = 131_072;

export type WaitingBlock = {
  readonly count: number;
  /** Not before this: its leaves are ahead of this aggregator's clock, and would hold everybody up. */
  readonly dueAt: bigint;
};

export type NextBatch<B extends WaitingBlock> =
  | { readonly act: "idle" }
  | { readonly act: "wait"; readonly until: bigint }
  | { readonly act: "close"; readonly blocks: readonly B[] };

/**
 * What to do now that no batch is with the nodes: close one over the blocks that are due, in order of arrival, as far as they fit one
 * tree; wait; or nothing. At once when the nodes have had their pause, so a lone request never waits.
 */
export function nextBatch<B extends WaitingBlock>(agenda: {
  readonly now: bigint;
  readonly readyAt: bigint;
  /** In order of arrival, at most MAX_TREE_LEAVES leaves each. */
  readonly waiting: readonly B[];
}): NextBatch<B> {
  const { now, readyAt, waiting } = agenda;
  const [first] = waiting.map(({ dueAt }) => dueAt).sort((a, b) => (a < b ? -1 : 1));
  if (first === undefined) return { act: "idle" };
  if (now < readyAt) return { act: "wait", until: readyAt };
  if (now < first) return { act: "wait", until: first };
  const due = waiting.filter(({ dueAt }) => dueAt <= now);
  let leaves = 0;
  const tooMuch = due.findIndex(({ count }) => {
    leaves += count;
    return leaves > MAX_TREE_LEAVES;
  });
  return { act: "close", blocks: tooMuch === -1 ? due : due.slice(0, tooMuch) };
}
