import { Worker } from "node:worker_threads";
import { ChronoError, type ErrorCode, type ErrorDetails } from "@chronoledger/core";
import { giveWay } from "./give-way.ts";
import { doReportTask, type ReportTask, type TaskResult } from "./report-task.ts";
import type { WorkerAnswer, WorkerMessage } from "./report-worker.ts";

/** Stamps, or bytes of text for two hundred of them each, beyond which a thread of its own is worth its start. */
const HEAVY_STAMPS = 500;
const BYTES_A_STAMP = 250;
const STAMPS_A_MESSAGE = 1_000;

const isHeavy = (task: ReportTask): boolean =>
  (task.kind === "build" ? task.input.stamps.length : task.text.length / BYTES_A_STAMP) > HEAVY_STAMPS;

/**
 * Does the work here when it is short, and else in a thread of its own: stamps must not wait for a report.
 * @throws what the library throws
 */
export async function runReportTask<Task extends ReportTask>(task: Task): Promise<TaskResult<Task>> {
  if (!isHeavy(task)) return (await doReportTask(task)) as TaskResult<Task>;
  const worker = new Worker(new URL("./report-worker.ts", import.meta.url));
  try {
    const answer = await new Promise<WorkerAnswer>((resolve, reject) => {
      worker.once("message", resolve).once("error", reject);
      worker.once("exit", (status) => reject(new ChronoError("process/failed", { what: "report worker", status })));
      send(worker, task).catch(reject);
    });
    if ("ok" in answer) return answer.ok as TaskResult<Task>;
    if ("code" in answer) throw new ChronoError(answer.code as ErrorCode, answer.details as ErrorDetails);
    throw new ChronoError("internal/unexpected", { what: "report", reason: answer.failed });
  } finally {
    await worker.terminate();
  }
}

/** The work of sending is done in small pieces too. */
async function send(worker: Worker, task: ReportTask): Promise<void> {
  const post = (message: WorkerMessage) => worker.postMessage(message);
  if (task.kind !== "build") return post({ task });
  const { stamps, ...input } = task.input;
  for (let from = 0; from < stamps.length; from += STAMPS_A_MESSAGE) {
    post({ stamps: stamps.slice(from, from + STAMPS_A_MESSAGE) });
    await giveWay();
  }
  post({ task: { kind: "build", input: { ...input, stamps: [] } } });
}
