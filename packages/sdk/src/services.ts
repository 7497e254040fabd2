import type { AuditReport } from "./audit-report.ts";
import type { ComplianceExport, ExportCriteria, ExportFormat } from "./compliance-export.ts";
import type { ExecutionStatus, ScheduleId } from "./execution.ts";
import type { HardwareProof } from "./hardware-proof.ts";
import type { CATTimestamp, MiFIDIITimestamp } from "./regulated-timestamp.ts";
import type { ScheduledTimestamp } from "./scheduled-timestamp.ts";
import type { TemporalProof } from "./temporal-proof.ts";
import type { TimestampBatch } from "./timestamp-batch.ts";
import type { VerificationResult } from "./verify-proof.ts";

/** Any record with a canonical JSON form (`canonicalText`). It stays here: only its SHA-256 is sent. */
export type Event = object | string;
export type Transaction = object;
export type OrderEvent = object;
/** Bytes, or 0x and hexadecimal digits. */
export type bytes = Uint8Array | string;

// The four services, stable: names, parameters and results do not change within a major version. Times are UTC in nanoseconds.

export interface TimestampingService {
  getTimestamp(): Promise<{ timestamp: bigint; confidence: number; proof: HardwareProof; nistCompliant: boolean }>;
  getTimestampBatch(count: number): Promise<TimestampBatch>;
  scheduleTimestamp(futureTime: bigint): Promise<ScheduledTimestamp>;
}

export interface TemporalProofService {
  generateProof(event: Event, timestamp: bigint): Promise<TemporalProof>;
  verifyProof(proof: TemporalProof): Promise<VerificationResult>;
  verifyProofBatch(proofs: TemporalProof[]): Promise<VerificationResult[]>;
}

export interface ScheduledExecutionService {
  scheduleExecution(target: string, calldata: bytes, executeTime: bigint, gasLimit: number): Promise<ScheduleId>;
  cancelExecution(scheduleId: ScheduleId): Promise<boolean>;
  getExecutionStatus(scheduleId: ScheduleId): Promise<ExecutionStatus>;
}

export interface ComplianceService {
  getMiFIDIITimestamp(transaction: Transaction): Promise<MiFIDIITimestamp>;
  getCATTimestamp(orderEvent: OrderEvent): Promise<CATTimestamp>;
  generateAuditReport(fromTime: bigint, toTime: bigint, includeProofs: boolean): Promise<AuditReport>;
  exportComplianceData(format: ExportFormat, criteria: ExportCriteria): Promise<ComplianceExport>;
}
