import type { ChronoError, NodeSet } from "@chronoledger/core";
import type { Clock, Database, Logger } from "@chronoledger/service";
import type { ArrivalClock } from "../context.ts";
import type { ChargeMany } from "./commit-group.ts";
import type { GroupOrder } from "./group-order.ts";
import type { LeafCertifier } from "./leaf-certifier.ts";
import type { StampStore } from "./stamp-store.ts";

export type StampPipelineOptions = {
  readonly db: Database;
  readonly set: NodeSet;
  readonly clock: Clock;
  readonly log: Logger;
  readonly arrival: ArrivalClock;
  readonly certifier: LeafCertifier;
  readonly chargeMany: ChargeMany;
  /** What to tell whoever was not admitted. */
  readonly refusalOf: (order: {
    caller: NonNullable<GroupOrder["caller"]>;
    meter: GroupOrder["meter"];
    quantity: number;
  }) => ChronoError;
  readonly store: StampStore;
  readonly traceable: boolean;
  /** Between two tries to store a group; 100 ms unless told. */
  readonly commitPauseMs?: number;
};
