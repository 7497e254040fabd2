import { ChronoError, sha256, unixNs } from "@chronoledger/core";
import {
  CancelResult,
  ComplianceStamp,
  type Regime,
  ScheduledStamp,
  ScheduledStampRequest,
  Stamp,
  StampBatch,
  StampBatchRequest,
  StampRequest,
  ExecutionStatus as WireExecution,
  ComplianceExport as WireExport,
} from "@chronoledger/core/gateway";
import * as z from "zod";
import { AccountClient } from "./account-client.ts";
import { type AuditOptions, type AuditReport, orderReport } from "./audit-report.ts";
import { eventHash } from "./canonical-event.ts";
import { type ChronoLedgerClientOptions, regimesOf, transportOptions } from "./client-options.ts";
import {
  type ComplianceExport,
  complianceExport,
  type ExportCriteria,
  type ExportFormat,
  exportRequest,
} from "./compliance-export.ts";
import {
  type ExecutionStatus,
  executionRequest,
  executionStatus,
  type ScheduleId,
  type ScheduleOptions,
} from "./execution.ts";
import { Expectations } from "./expectations.ts";
import { openStamp, type Timestamp } from "./open-stamp.ts";
import {
  type CATTimestamp,
  type MiFIDIITimestamp,
  type RegulatedOptions,
  type RegulatedTimestamp,
  regulatedRequest,
  regulatedTimestamp,
} from "./regulated-timestamp.ts";
import { type ScheduledTimestamp, scheduledTimestamp } from "./scheduled-timestamp.ts";
import type {
  bytes,
  ComplianceService,
  Event,
  OrderEvent,
  ScheduledExecutionService,
  TemporalProofService,
  TimestampingService,
  Transaction,
} from "./services.ts";
import { bindingImprint, TemporalProof } from "./temporal-proof.ts";
import { openTimestampBatch, type TimestampBatch } from "./timestamp-batch.ts";
import { type CallOptions, randomBytes, Transport } from "./transport.ts";
import { Trust, type TrustKind } from "./trust.ts";
import type { AnyProof, VerificationResult } from "./verify-proof.ts";

/** Of one call on the wire. */
const MAX_BATCH = 65_536;

/**
 * All services of a gateway. Every POST carries an Idempotency-Key and is repeated with it when the network or the gateway
 * fails, so that it has, and costs, one effect. Every proof is verified before it is returned. All methods reject with a
 * ChronoError: a code, the values, and a remedy.
 */
export class ChronoLedgerClient
  implements TimestampingService, TemporalProofService, ScheduledExecutionService, ComplianceService
{
  /** Usage, keys and webhooks of the key's own account. */
  readonly account: AccountClient;
  readonly #transport: Transport;
  readonly #trust: Trust;
  readonly #expectations: Expectations;
  readonly #verify: boolean;
  readonly #mifid: Regime;

  /** @throws config/invalid, input/malformed or node-set/invalid for an unusable node set */
  constructor(options: ChronoLedgerClientOptions = {}) {
    this.#transport = new Transport(transportOptions(options));
    this.#trust = new Trust(this.#transport, options.nodeSet);
    this.#expectations = new Expectations(this.#transport, options);
    this.#verify = options.verify ?? true;
    const regimes = regimesOf(options.compliance ?? []);
    this.#mifid = regimes.includes("mifid2-uk") && !regimes.includes("mifid2-eu") ? "mifid2-uk" : "mifid2-eu";
    this.account = new AccountClient(this.#transport);
  }

  get url(): string {
    return this.#transport.url;
  }
  get trust(): TrustKind {
    return this.#trust.kind;
  }

  /**
   * The time now, proven. It stamps random bytes that are drawn for this call, so that an old answer cannot pass for a new one.
   * `timestamp` ± `confidence` (ns) holds the true time at which the gateway took the request in.
   */
  getTimestamp(call: CallOptions = {}): Promise<Timestamp> {
    return this.stampHash(randomBytes(32), call);
  }

  /** @param data bytes, or text as UTF-8; hashed here, never sent. */
  stamp(data: Uint8Array | string, call: CallOptions = {}): Promise<Timestamp> {
    return this.stampHash(sha256(typeof data === "string" ? new TextEncoder().encode(data) : data), call);
  }

  /** @param imprint SHA-256, 32 bytes. @param call.context 32 bytes: a nonce or a binding. */
  async stampHash(
    imprint: Uint8Array,
    { context, ...call }: CallOptions & { readonly context?: Uint8Array } = {},
  ): Promise<Timestamp> {
    requireHash(imprint, "imprint");
    if (context !== undefined) requireHash(context, "context");
    const body = z.encode(StampRequest, { imprint, ...(context === undefined ? {} : { context }) });
    const stamp = await this.#post("/v1/stamps", Stamp, body, call);
    return this.#open(stamp, imprint);
  }

  /** Stamps random bytes, all in one round. @param count 1 to 65,536; the account's tier may allow less. */
  getTimestampBatch(count: number, call: CallOptions = {}): Promise<TimestampBatch> {
    if (!Number.isInteger(count) || count < 1 || count > MAX_BATCH)
      return Promise.reject(
        new ChronoError("input/out-of-range", { what: "count", value: count, range: `1 to ${MAX_BATCH}` }),
      );
    return this.stampHashes(
      Array.from({ length: count }, () => randomBytes(32)),
      call,
    );
  }

  /** Many SHA-256 in one round, at the price of so many stamps. */
  async stampHashes(imprints: readonly Uint8Array[], call: CallOptions = {}): Promise<TimestampBatch> {
    for (const imprint of imprints) requireHash(imprint, "imprint");
    const body = z.encode(StampBatchRequest, { imprints: [...imprints] });
    const batch = await this.#post("/v1/stamps/batch", StampBatch, body, call);
    return openTimestampBatch(batch, { trust: this.#trust, verify: this.#verify, imprints });
  }

  /**
   * A certificate at exactly this instant.
   * @param futureTime UTC in nanoseconds, at most a year ahead. @param call.imprint what it shall stamp; random bytes when absent
   */
  async scheduleTimestamp(
    futureTime: bigint,
    { imprint = randomBytes(32), ...call }: CallOptions & { readonly imprint?: Uint8Array } = {},
  ): Promise<ScheduledTimestamp> {
    requireHash(imprint, "imprint");
    const body = z.encode(ScheduledStampRequest, { timeUtcNs: unixNs(futureTime), imprint });
    const made = await this.#post("/v1/stamps/scheduled", ScheduledStamp, body, call);
    return scheduledTimestamp(
      { ...made, imprint },
      { transport: this.#transport, open: (stamp, stamped) => this.#open(stamp, stamped) },
    );
  }

  /**
   * Proves that this event was claimed for this time no later than now: it stamps the event's SHA-256 bound to the timestamp.
   * That the claim is true is not proven; see {@link TemporalProof}. The event itself is not sent.
   * @param timestamp of the event, UTC in nanoseconds, as the caller states it
   */
  async generateProof(event: Event, timestamp: bigint, call: CallOptions = {}): Promise<TemporalProof> {
    const hash = eventHash(event);
    const { proof } = await this.stampHash(bindingImprint(hash, timestamp), call);
    return new TemporalProof({ event: hash, timestamp, proof });
  }

  /**
   * Offline once the node set is known.
   * @param event what the proof shall be compared with; without it the result says "not-compared"
   * @returns what is proven, or the code of what is wrong
   */
  verifyProof(proof: AnyProof, event?: unknown): Promise<VerificationResult> {
    return this.#trust.verify(proof, event === undefined ? {} : { event });
  }

  /** Signatures of a certificate that several proofs share are checked once. */
  async verifyProofBatch(proofs: readonly AnyProof[]): Promise<VerificationResult[]> {
    const results: VerificationResult[] = [];
    for (const proof of proofs) results.push(await this.#trust.verify(proof));
    return results;
  }

  /**
   * Calls `target` once, not before `executeTime` and not after its window.
   * @param target a contract's address on the gateway's chain, or an https address, which is called with POST
   * @param executeTime UTC in nanoseconds. @param gasLimit of the call on a chain; not used for an address
   */
  async scheduleExecution(
    target: string,
    calldata: bytes,
    executeTime: bigint,
    gasLimit?: number,
    options: ScheduleOptions & CallOptions = {},
  ): Promise<ScheduleId> {
    const body = executionRequest({ ...options, target, calldata, executeTime, gasLimit });
    return (await this.#post("/v1/schedules", WireExecution, body, options)).id;
  }

  /** @returns whether it will not run: false when it has run, or when its cancellation is not certain yet. */
  async cancelExecution(scheduleId: ScheduleId): Promise<boolean> {
    const path = `/v1/schedules/${encodeURIComponent(scheduleId)}`;
    return (await this.#transport.json(path, CancelResult, { method: "DELETE" })).cancelled;
  }

  async getExecutionStatus(scheduleId: ScheduleId): Promise<ExecutionStatus> {
    const wire = await this.#transport.json(`/v1/schedules/${encodeURIComponent(scheduleId)}`, WireExecution);
    const covered = wire.record === null ? undefined : sha256(new TextEncoder().encode(wire.record));
    return executionStatus(wire, wire.stamp === null ? null : await this.#open(wire.stamp, covered));
  }

  /** The rules in force at the stamp: EU unless only MiFID_II_UK was expected. The transaction itself is not sent. */
  getMiFIDIITimestamp(
    transaction: Transaction,
    options: RegulatedOptions & CallOptions = {},
  ): Promise<MiFIDIITimestamp> {
    return this.#regulated(this.#mifid, transaction, options);
  }
  getCATTimestamp(orderEvent: OrderEvent, options: RegulatedOptions & CallOptions = {}): Promise<CATTimestamp> {
    return this.#regulated("cat", orderEvent, options);
  }
  getSFTRTimestamp(report: object, options: RegulatedOptions & CallOptions = {}): Promise<RegulatedTimestamp> {
    return this.#regulated("sftr", report, options);
  }

  /** @param fromTime UTC in nanoseconds. @param toTime exclusive */
  async generateAuditReport(
    fromTime: bigint,
    toTime: bigint,
    includeProofs: boolean,
    options: AuditOptions & CallOptions = {},
  ): Promise<AuditReport> {
    await this.#expectations.met();
    return orderReport(
      { ...options, from: unixNs(fromTime), to: unixNs(toTime), includeProofs },
      { transport: this.#transport, trust: this.#trust, verify: this.#verify, call: callOf(options) },
    );
  }

  async exportComplianceData(
    format: ExportFormat,
    criteria: ExportCriteria,
    call: CallOptions = {},
  ): Promise<ComplianceExport> {
    const body = exportRequest(format, criteria);
    return complianceExport(await this.#post("/v1/compliance/exports", WireExport, body, call));
  }

  async #regulated(
    regime: Regime,
    record: object,
    options: RegulatedOptions & CallOptions,
  ): Promise<RegulatedTimestamp> {
    const body = regulatedRequest(regime, record, options);
    const wire = await this.#post("/v1/compliance/stamps", ComplianceStamp, body, options);
    if (wire.regime !== regime)
      throw new ChronoError("proof/context", { field: "regime", stated: wire.regime, asked: regime });
    return regulatedTimestamp(wire, await this.#open(wire.stamp, eventHash(record)));
  }

  async #post<Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    body: unknown,
    call: CallOptions,
  ): Promise<z.output<Schema>> {
    await this.#expectations.met();
    return this.#transport.json(path, schema, { ...callOf(call), body });
  }

  #open(stamp: Stamp, imprint?: Uint8Array): Promise<Timestamp> {
    const check = { trust: this.#trust, verify: this.#verify };
    return openStamp(stamp, imprint === undefined ? check : { ...check, imprint });
  }
}

const callOf = ({ signal, idempotencyKey }: CallOptions): CallOptions => ({ signal, idempotencyKey });

function requireHash(bytes: Uint8Array, what: string): void {
  if (bytes.length !== 32)
    throw new ChronoError(
      "input/malformed",
      { what, bytes: bytes.length },
      { remedy: "give a SHA-256, 32 bytes; `stamp` hashes data of any length" },
    );
}
