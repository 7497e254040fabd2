import { keyOf, type RunName } from "../planner/run.ts";

/** Names in Redis, built nowhere else. BullMQ forbids ":" in them. */
export const queueName = (prefix: string, chainId: number): string => `${prefix}-wake-${chainId}`;

/** One job a run and keeper: adding it again changes nothing while it is kept. */
export const wakeJobId = (run: RunName, keeper: number): string => `wake-${keyOf(run)}-${keeper}`;
