export { ChronoError, type ErrorCode, isChronoError, type NodeSet, parseNodeSet } from "@chronoledger/core";
export type { AccountClient } from "./account-client.ts";
export type { AuditOptions, AuditReport } from "./audit-report.ts";
export { canonicalText, eventHash } from "./canonical-event.ts";
export { ChronoLedgerClient } from "./client.ts";
export { type ChronoLedgerClientOptions, type ComplianceName, DEFAULT_URL } from "./client-options.ts";
export type { ComplianceExport, ExportCriteria, ExportFormat } from "./compliance-export.ts";
export type { ExecutionStatus, ScheduleId, ScheduleOptions } from "./execution.ts";
export { HardwareProof, type HardwareProofJson } from "./hardware-proof.ts";
export { type OpenedAccount, openAccount } from "./open-account.ts";
export type { Timestamp, TimestampJson } from "./open-stamp.ts";
export type {
  CATTimestamp,
  MiFIDIITimestamp,
  RegulatedOptions,
  RegulatedTimestamp,
  RegulatedTimestampJson,
} from "./regulated-timestamp.ts";
export type { ScheduledState, ScheduledTimestamp } from "./scheduled-timestamp.ts";
export type {
  bytes,
  ComplianceService,
  Event,
  OrderEvent,
  ScheduledExecutionService,
  TemporalProofService,
  TimestampingService,
  Transaction,
} from "./services.ts";
export { type ClaimRelation, TemporalProof, type TemporalProofJson } from "./temporal-proof.ts";
export type { BatchItem, TimestampBatch } from "./timestamp-batch.ts";
export type { CallOptions } from "./transport.ts";
export type { NodeSetJson, NodeSetOption, TrustKind } from "./trust.ts";
export {
  type AnyProof,
  type ProvenStamp,
  type VerificationResult,
  type VerifyOptions,
  verifyProof,
} from "./verify-proof.ts";
