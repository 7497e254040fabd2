export * from "./addresses.ts";
export * from "./certificates.ts";
export * from "./node-sets.ts";
export * from "./program.ts";
export * from "./secp256r1.ts";
export * from "./task-code.ts";
export * from "./tasks.ts";
