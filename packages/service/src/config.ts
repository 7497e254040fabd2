import { readFileSync } from "node:fs";
import { ChronoError } from "@chronoledger/core";
import * as z from "zod";

/**
 * Reads a service's configuration from the environment: the schema is the only place with defaults, every problem is reported
 * at once, and an unknown variable with our prefix is a problem too.
 * @throws config/invalid
 */
export function loadConfig<Shape extends z.ZodRawShape>(
  prefix: string,
  schema: z.ZodObject<Shape>,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Readonly<z.output<z.ZodObject<Shape>>> {
  const known = Object.keys(schema.shape);
  const given = Object.fromEntries(
    known.flatMap((key) => (env[key] === undefined || env[key] === "" ? [] : [[key, env[key]]])),
  );
  const unknown = Object.keys(env).filter((key) => key.startsWith(prefix) && !known.includes(key));
  const parsed = schema.safeParse(given);
  const problems = [
    ...unknown.map((key) => `${key}: no such setting${nearest(key, known)}`),
    ...(parsed.success ? [] : parsed.error.issues.map((issue) => describeIssue(issue, given))),
  ];
  if (!parsed.success || problems.length > 0)
    throw new ChronoError("config/invalid", { problems: problems.length }, { remedy: `\n  ${problems.join("\n  ")}` });
  return Object.freeze(parsed.data);
}

/** A value that may be a secret is never repeated in a message. */
function describeIssue(issue: z.core.$ZodIssue, given: Record<string, string | undefined>): string {
  const key = String(issue.path[0] ?? "");
  const value = given[key];
  const shown = value === undefined ? "not set" : /FILE|URL|TOKEN|KEY|SECRET/.test(key) ? "set" : `"${value}"`;
  return `${key} (${shown}): ${issue.message}`;
}

function nearest(key: string, known: readonly string[]): string {
  const shared = (other: string) => {
    const end = [...key].findIndex((char, i) => other[i] !== char);
    return end === -1 ? key.length : end;
  };
  const best = [...known].sort((a, b) => shared(b) - shared(a))[0];
  return best === undefined ? "" : `; did you mean ${best}?`;
}

/** Secrets come by file path and never reach a log. @throws config/invalid */
export function readSecretFile(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (cause) {
    throw new ChronoError(
      "config/invalid",
      { file: path },
      { cause, remedy: "the file must exist and be readable by this process" },
    );
  }
}

/** @throws config/invalid */
export function readJsonFile(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new ChronoError("config/invalid", { file: path }, { cause, remedy: "the file must exist and hold JSON" });
  }
}

export const Port = z.coerce.number().int().min(0).max(65_535);
export const DurationMs = z.coerce.number().int().min(1).max(86_400_000);
export const HexAddress = z.string().regex(/^0x[0-9a-fA-F]{40}$/, "an address is 0x and 40 hexadecimal digits");
