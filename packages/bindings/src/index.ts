export { accessManagerAbi, accessManagerBytecode } from "./generated/access-manager.ts";
export { CREATE2_PROXY, GENESIS_OWNER, ORACLE_ADDRESS, REGISTRY_ADDRESS } from "./generated/addresses.ts";
export { chronoOracleAbi, chronoOracleBytecode } from "./generated/chrono-oracle.ts";
export { chronoRegistryAbi, chronoRegistryBytecode } from "./generated/chrono-registry.ts";
export { chronoSchedulerAbi, chronoSchedulerBytecode } from "./generated/chrono-scheduler.ts";
export { clockReaderAbi, clockReaderBytecode } from "./generated/clock-reader.ts";
export { counterAbi, counterBytecode } from "./generated/counter.ts";
export { precisionAuctionAbi, precisionAuctionBytecode } from "./generated/precision-auction.ts";
export { CLOCK, type Schedule } from "./schedule.ts";
