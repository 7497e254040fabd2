import type { Run } from "../planner/run.ts";

/** Names in Redis, built nowhere else. BullMQ forbids ":" in them. */
export const queueName = (prefix: string, chainId: number): string => `${prefix}-wake-${chainId}`;

/** One job a run and keeper: adding it again changes nothing while it is kept. */
export const wakeJobId = (run: Pick<Run, "id" | "generation">, keeper: number): string =>
  `wake-${run.id}-${run.generation}-${keeper}`;
