/** An account as the simulator keeps it. One without lamports does not exist. */
export type Account = {
  readonly lamports: bigint;
  readonly data: Uint8Array;
  /** Address of the owning program. */
  readonly owner: string;
  readonly executable: boolean;
};

/** Accounts by address; undefined for one that does not exist. */
export type AccountMap = Map<string, Account | undefined>;

export const SYSTEM_PROGRAM = "11111111111111111111111111111111";
export const CLOCK_SYSVAR = "SysvarC1ock11111111111111111111111111111111";
export const UPGRADEABLE_LOADER = "BPFLoaderUpgradeab1e11111111111111111111111";
