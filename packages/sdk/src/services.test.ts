import assert from "node:assert/strict";
import {
  type AuditReport,
  type bytes,
  type CATTimestamp,
  ChronoLedgerClient,
  type ComplianceExport,
  type ComplianceService,
  type Event,
  type ExecutionStatus,
  type ExportCriteria,
  type HardwareProof,
  type MiFIDIITimestamp,
  type OrderEvent,
  type ScheduledExecutionService,
  type ScheduledTimestamp,
  type ScheduleId,
  type TemporalProof,
  type TemporalProofService,
  type TimestampBatch,
  type TimestampingService,
  type Transaction,
  type VerificationResult,
} from "./index.ts";

/** The interfaces as the product promises them, written a second time: a change of either does not compile. */
interface Promised {
  getTimestamp(): Promise<{
    timestamp: bigint;
    confidence: number;
    proof: HardwareProof;
    nistCompliant: boolean;
  }>;
  getTimestampBatch(count: number): Promise<TimestampBatch>;
  scheduleTimestamp(futureTime: bigint): Promise<ScheduledTimestamp>;
  generateProof(event: Event, timestamp: bigint): Promise<TemporalProof>;
  verifyProof(proof: TemporalProof): Promise<VerificationResult>;
  verifyProofBatch(proofs: TemporalProof[]): Promise<VerificationResult[]>;
  scheduleExecution(target: string, calldata: bytes, executeTime: bigint, gasLimit: number): Promise<ScheduleId>;
  cancelExecution(scheduleId: ScheduleId): Promise<boolean>;
  getExecutionStatus(scheduleId: ScheduleId): Promise<ExecutionStatus>;
  getMiFIDIITimestamp(transaction: Transaction): Promise<MiFIDIITimestamp>;
  getCATTimestamp(orderEvent: OrderEvent): Promise<CATTimestamp>;
  generateAuditReport(fromTime: bigint, toTime: bigint, includeProofs: boolean): Promise<AuditReport>;
  exportComplianceData(
    format: "NIST" | "ISO8601" | "RFC3161" | "Custom",
    criteria: ExportCriteria,
  ): Promise<ComplianceExport>;
}

type Services = TimestampingService & TemporalProofService & ScheduledExecutionService & ComplianceService;
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
const same: Same<Services, Promised> = true;

describe("the services' interfaces", () => {
  it("are what was promised, and the client has all of them", () => {
    assert.ok(same);
    const client = new ChronoLedgerClient({ url: "http://127.0.0.1:1" }) satisfies Services & Promised;
    const names: (keyof Promised)[] = [
      ...(["getTimestamp", "getTimestampBatch", "scheduleTimestamp"] as const),
      ...(["generateProof", "verifyProof", "verifyProofBatch"] as const),
      ...(["scheduleExecution", "cancelExecution", "getExecutionStatus"] as const),
      ...(["getMiFIDIITimestamp", "getCATTimestamp", "generateAuditReport", "exportComplianceData"] as const),
    ];
    for (const name of names) assert.equal(typeof client[name], "function", name);
  });
});
