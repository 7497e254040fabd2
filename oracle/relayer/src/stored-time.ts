import type { TaiNs } from "@chronoledger/core";

/** What the chain holds; all zero before the first certificate. */
export type StoredTime = { readonly sequence: bigint; readonly time: bigint };

/** For /v1/status. */
export const newestTime = (stored: StoredTime | undefined): TaiNs | null =>
  stored === undefined || stored.sequence === 0n ? null : (stored.time as TaiNs);
