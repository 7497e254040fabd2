/** In the runtime, not yet in TypeScript's library. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

/** Bigints are written as numbers, whole: clients that can, read them exactly, as they do with nodes' 64-bit numbers. */
export const toJson = (value: unknown): string =>
  JSON.stringify(value, (_, item) => (typeof item === "bigint" ? rawJSON(String(item)) : item));
