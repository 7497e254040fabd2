import type { DurationNs, NodeSet, TaiNs, TemporalProof, UnixNs } from "@chronoledger/core";
import type { Meter, PageQuery, Stamp, StampBatch, StampPage, Tier, WebhookEvent } from "@chronoledger/core/gateway";
import type { Clock, Database, Logger } from "@chronoledger/service";
import type * as z from "zod";
import type { GatewayConfig } from "./config.ts";
import type { Authenticator, Caller } from "./http/authenticate.ts";
import type { IdempotencyKey } from "./http/idempotency.ts";
import type { Vault } from "./http/vault.ts";
import type { ScheduleDesk } from "./schedules/schedule-desk.ts";
import type { LeafContent } from "./stamps/leaf-writer.ts";

/** Arrival time by a fault-tolerant interval of the nodes' readings, carried on by the monotonic clock. */
export type ArrivalReading = {
  readonly time: TaiNs;
  readonly uncertainty: DurationNs;
  readonly taiMinusUtc: number;
  /** Of any node that contributed. */
  readonly test: boolean;
};

/** What one look at one node's clock said. */
export type NodeObservation = {
  readonly timeUtc: UnixNs;
  readonly node: number;
  /** Node's reading minus the fault-tolerant midpoint; null while it states no time. */
  readonly offset: bigint | null;
  /** As the node states it. */
  readonly uncertainty: DurationNs | null;
  /** Half of what the question took: how well `offset` is known, apart from the midpoint's own uncertainty. */
  readonly measurementUncertainty: DurationNs | null;
  readonly state: "healthy" | "refusing" | "unreachable";
  readonly source: string;
  readonly test: boolean;
  readonly holdover: boolean;
  readonly leap: "none" | "insert" | "delete";
  readonly epoch: number;
  readonly taiMinusUtc: number | null;
};

export interface ArrivalClock {
  /** Undefined while fewer than f + 1 nodes agree on a time. */
  now(): ArrivalReading | undefined;
  /** The newest look at each node. */
  observations(): readonly NodeObservation[];
}

export type StampOrder = {
  /** Undefined for the gateway's own records, which nobody pays for. */
  readonly caller: Caller | undefined;
  /** Whose list it stands in, for the gateway's own records; the caller's account otherwise. */
  readonly accountId?: string;
  readonly leaves: LeafContent;
  readonly meter: Meter;
  readonly regime?: string | undefined;
  readonly activity?: string | undefined;
  readonly reference?: string | undefined;
  readonly idempotency?: IdempotencyKey | undefined;
  /** Whether nobody waits for the answer any more: then an order that has not been sent yet is dropped, and costs nothing. */
  readonly isGone?: () => boolean;
};

/** A request's leaves in a certified batch; kept for good when the promise resolves. */
export type StampedBlock = {
  readonly accountId: string;
  readonly sequence: bigint;
  readonly firstIndex: number;
  readonly count: number;
  readonly precision: Tier["precision"];
  /** Whether an earlier request with the same Idempotency-Key made it: nothing was charged now. */
  readonly replayed: boolean;
  /** @param index within the request's leaves, 0 unless told. */
  toStamp(index?: number): Stamp;
  toBatch(): StampBatch;
  /** The same as JSON text, for routes where encoding by the schema would cost more than the stamp. */
  toStampText(index?: number): string;
  toBatchText(): string;
  /** @param index within the request's leaves. */
  proof(index?: number): TemporalProof;
};

/** Since the gateway started. */
export type StamperStats = {
  /** Of leaves that were certified and stored together. */
  readonly groups: number;
  /** Stored for their accounts. */
  readonly leaves: number;
  /** Of the newest certificate. */
  readonly sequence: bigint | null;
};

export interface Stamper {
  readonly stats: StamperStats;
  /**
   * Certified, stored, charged once, in this order; resolves after the commit.
   * @throws quota/exceeded, auth/refused (revoked meanwhile), idempotency/mismatch, clock/not-available, round/failed, database/unavailable
   */
  stamp(order: StampOrder): Promise<StampedBlock>;
  /** From what is stored. @throws input/not-found */
  find(sequence: bigint, leafIndex: number): Promise<Stamp>;
  /** The request that this leaf belongs to, and the leaf's place within it. @throws input/not-found */
  load(sequence: bigint, leafIndex: number): Promise<{ readonly block: StampedBlock; readonly index: number }>;
  /** What an account stamped, newest first. @throws input/malformed */
  list(accountId: string, page: PageQuery): Promise<z.output<typeof StampPage>>;
}

export interface Metering {
  /**
   * Adds to the month's meter within the caller's transaction.
   * @throws quota/exceeded when the tier refuses more
   */
  charge(tx: Database, caller: Caller, meter: Meter, quantity: number): Promise<void>;
}

export interface Outbox {
  /** In the transaction of what it tells about: told at least once, with the same message id each time. */
  enqueue(tx: Database, accountId: string, event: WebhookEvent, data: Readonly<Record<string, unknown>>): Promise<void>;
}

/** What the parts of the gateway are given. */
export type GatewayContext = {
  readonly config: GatewayConfig;
  readonly db: Database;
  readonly databaseKind: "embedded" | "server";
  readonly clock: Clock;
  readonly log: Logger;
  readonly set: NodeSet;
  readonly vault: Vault;
  readonly tiers: ReadonlyMap<string, Tier>;
  readonly authenticator: Authenticator;
  readonly arrival: ArrivalClock;
  readonly metering: Metering;
  readonly stamper: Stamper;
  readonly outbox: Outbox;
  /** Woken when one was ordered. */
  readonly scheduledStamps: { wake(): void };
  readonly schedules: ScheduleDesk;
};
