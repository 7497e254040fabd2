import type { FiringMode } from "./moment.ts";

export type FiringSettings = {
  readonly url: string;
  /** Seconds; undefined learns it. */
  readonly blockInterval: number | undefined;
  readonly mode: FiringMode;
  /** Nanoseconds. */
  readonly guard: bigint;
};

/** What the main thread tells the firing thread. Nothing is ever sent that was not loaded. */
export type ToFiring =
  | { readonly type: "load"; readonly items: readonly LoadedItem[] }
  | { readonly type: "disarm"; readonly id: string }
  | { readonly type: "close" };

export type LoadedItem = {
  readonly id: string;
  readonly notBefore: bigint;
  readonly eligibleSecond: bigint;
  readonly raw: string;
};

export type FromFiring =
  | { readonly type: "ready" }
  /** The bytes were written. Times are UTC nanoseconds of this thread's clock. */
  | {
      readonly type: "sent";
      readonly id: string;
      readonly time: bigint;
      readonly prepositioned: boolean;
      readonly gated: boolean;
    }
  | { readonly type: "accepted"; readonly id: string; readonly time: bigint }
  | {
      readonly type: "refused";
      readonly id: string;
      readonly message: string;
      readonly fromNode: boolean;
    }
  | { readonly type: "disarmed"; readonly id: string; readonly wasLoaded: boolean }
  | { readonly type: "clock-step"; readonly by: bigint };
