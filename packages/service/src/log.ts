import { type DestinationStream, type Logger, pino } from "pino";

export type { Logger } from "pino";

const readable = (value: unknown): unknown => (typeof value === "bigint" ? String(value) : value);

/** JSON lines on standard output. Level by LOG_LEVEL; bigints are decimal strings; what looks like a secret is not printed. */
export function createLogger(name: string, destination?: DestinationStream): Logger {
  const options = {
    name,
    level: process.env.LOG_LEVEL ?? "info",
    redact: {
      paths: ["*.privateKey", "*.secret", "*.token", "*.authorization", "privateKey", "secret", "token"],
      censor: "(secret)",
    },
    formatters: {
      log: (fields: Record<string, unknown>) =>
        Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, readable(value)])),
    },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
