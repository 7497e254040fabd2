import { ChronoError, sha256 } from "@chronoledger/core";
import canonicalize from "canonicalize";

/** Deeper than any record that people write, and far from the end of the stack. */
const MAX_DEPTH = 200;

/** Kinds of objects whose content JSON does not see: they would all be `{}`. */
const OPAQUE = [Map, Set, WeakMap, WeakSet, Promise, RegExp, Error, ArrayBuffer];

type Place = { readonly path: string; readonly inside: ReadonlySet<object>; readonly depth: number };

const refused = (path: string, what: string, remedy: string): ChronoError =>
  new ChronoError("input/malformed", { path, what }, { remedy });

function plainObject(value: object, { path, inside, depth }: Place): unknown {
  if (inside.has(value)) throw refused(path, "a cycle", "an event must not contain itself");
  if (depth >= MAX_DEPTH) throw refused(path, `nested deeper than ${MAX_DEPTH} levels`, "stamp the parts one by one");
  const within = { inside: new Set(inside).add(value), depth: depth + 1 };
  if ("toJSON" in value && typeof value.toJSON === "function") return plain(value.toJSON(), { path, ...within });
  if (ArrayBuffer.isView(value) || OPAQUE.some((kind) => value instanceof kind))
    throw refused(path, value.constructor.name, "give it as plain JSON; bytes as a string, for example in base64url");
  if (Array.isArray(value)) return Array.from(value, (item, i) => plain(item, { path: `${path}[${i}]`, ...within }));
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([key, member]) => {
        if (!key.isWellFormed()) throw refused(path, "a name with an unpaired surrogate", "repair the text");
        return [key, plain(member, { path: `${path}.${key}`, ...within })];
      }),
  );
}

function plain(value: unknown, place: Place): unknown {
  const { path } = place;
  switch (typeof value) {
    case "bigint":
      return String(value);
    case "boolean":
      return value;
    case "number":
      if (!Number.isFinite(value)) throw refused(path, String(value), "JSON has finite numbers only");
      return value;
    case "string":
      if (!value.isWellFormed()) throw refused(path, "a string with an unpaired surrogate", "repair the text");
      return value;
    case "object":
      return value === null ? null : plainObject(value, place);
    default:
      throw refused(path, typeof value, "JSON has no such value");
  }
}

/**
 * The one text of a record: RFC 8785. A bigint is written as a decimal string; a member that is undefined is left out, as JSON
 * does; `toJSON` is honoured. Two records with the same text are the same event.
 * @throws input/malformed naming the path of what has no canonical form: NaN, functions, undefined elsewhere, cycles, maps, bytes
 */
export function canonicalText(value: unknown): string {
  const text = canonicalize(plain(value, { path: "$", inside: new Set(), depth: 0 }));
  if (text === undefined) throw refused("$", typeof value, "JSON has no such value");
  return text;
}

/** SHA-256 of {@link canonicalText} in UTF-8. Add a random member to records that others could guess from their hash. */
export const eventHash = (value: unknown): Uint8Array => sha256(new TextEncoder().encode(canonicalText(value)));
