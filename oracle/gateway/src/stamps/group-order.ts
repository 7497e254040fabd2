import type { DurationNs, UnixNs } from "@chronoledger/core";
import type { Meter, Tier } from "@chronoledger/core/gateway";
import type { Caller } from "../http/authenticate.ts";
import type { IdempotencyKey } from "../http/idempotency.ts";

/** One request's part of a group of leaves that are certified and kept together. */
export type GroupOrder = {
  readonly accountId: string;
  /** Undefined for the gateway's own records: no key to check, nobody to charge. */
  readonly caller: Caller | undefined;
  /** 96 bytes each. */
  readonly leaves: Uint8Array;
  readonly count: number;
  readonly timeUtc: UnixNs;
  readonly uncertainty: DurationNs;
  readonly precision: Tier["precision"];
  readonly meter: Meter;
  readonly regime: string | undefined;
  readonly activity: string | undefined;
  readonly reference: string | undefined;
  readonly idempotency: IdempotencyKey | undefined;
};
