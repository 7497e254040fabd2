import { type DestinationStream, type Logger, pino } from "pino";
import { isQueryError } from "./database-error.ts";

export type { Logger } from "pino";

const readable = (value: unknown): unknown => (typeof value === "bigint" ? String(value) : value);

/** Type, code, message and stack, down through the causes: other fields of a foreign error may hold personal data. */
function errorFields(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code } = error as { code?: unknown };
  const message = isQueryError(error) ? `failed query: ${error.query}` : error.message;
  const stack = isQueryError(error) ? undefined : error.stack;
  return {
    type: error.name,
    ...(code === undefined ? {} : { code }),
    message,
    stack,
    ...(error.cause === undefined ? {} : { cause: errorFields(error.cause) }),
  };
}

/** JSON lines on standard output. Level by LOG_LEVEL; bigints are decimal strings; what looks like a secret is not printed. */
export function createLogger(name: string, destination?: DestinationStream): Logger {
  const options = {
    name,
    level: process.env.LOG_LEVEL ?? "info",
    redact: {
      paths: ["*.privateKey", "*.secret", "*.token", "*.authorization", "privateKey", "secret", "token"],
      censor: "(secret)",
    },
    serializers: { err: errorFields },
    formatters: {
      log: (fields: Record<string, unknown>) =>
        Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, readable(value)])),
    },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
