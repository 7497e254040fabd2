import { parentPort } from "node:worker_threads";
import type { AuditReportInput } from "@chronoledger/compliance";
import { isChronoError } from "@chronoledger/core";
import { doReportTask, type ReportTask } from "./report-task.ts";

/** What a worker answers; an error of ours goes in parts, since its class does not survive the way. */
export type WorkerAnswer =
  | { readonly ok: unknown }
  | { readonly code: string; readonly details: Record<string, unknown> }
  | { readonly failed: string };

/** Stamps come ahead of the task, some at a time: to send all of them at once would hold the sender up. */
export type WorkerMessage = { readonly stamps: AuditReportInput["stamps"] } | { readonly task: ReportTask };

const stamps: AuditReportInput["stamps"] = [];

parentPort?.on("message", async (message: WorkerMessage) => {
  if ("stamps" in message) {
    for (const stamp of message.stamps) stamps.push(stamp);
    return;
  }
  const { task } = message;
  const whole: ReportTask = task.kind === "build" ? { ...task, input: { ...task.input, stamps } } : task;
  const answer = await doReportTask(whole).then(
    (ok): WorkerAnswer => ({ ok }),
    (error: unknown): WorkerAnswer =>
      isChronoError(error)
        ? { code: error.code, details: { ...error.details } }
        : { failed: error instanceof Error ? error.message : "unknown" },
  );
  parentPort?.postMessage(answer);
});
