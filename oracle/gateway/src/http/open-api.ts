import { type ErrorCode, httpStatusOf, Problem } from "@chronoledger/core";
import * as z from "zod";
import type { Route } from "./route.ts";

type Json = Readonly<Record<string, unknown>>;

/** Codes that any route may answer with. */
const EVERYWHERE: readonly ErrorCode[] = [
  "input/malformed",
  "input/out-of-range",
  "input/too-large",
  "rate/limited",
  "internal/unexpected",
  "database/unavailable",
];
const REASONS: Readonly<Record<number, string>> = {
  400: "The request is malformed, or a value is out of range",
  401: "No valid key",
  403: "The key lacks the scope",
  404: "There is no such thing",
  409: "It contradicts what is there",
  413: "The request is too large",
  422: "Understood, and refused",
  429: "Too many requests, or the month's quota is used up; see Retry-After",
  500: "A fault of the gateway",
  502: "Something behind the gateway refused",
  503: "Something that the gateway needs is not there; try again",
};

/** As it is on the wire: the input side of codecs. */
const schemaOf = (schema: z.ZodType): Json => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return rest;
};

function codesOf({ access, params, idempotency, method, errors }: Route): ErrorCode[] {
  const codes = [...EVERYWHERE, ...(errors ?? [])];
  if (access !== "public") codes.push("auth/refused");
  if (typeof access === "object") codes.push("auth/forbidden");
  if (params !== undefined) codes.push("input/not-found");
  if (method === "POST" && idempotency !== "none") codes.push("idempotency/mismatch", "idempotency/in-progress");
  return [...new Set(codes)];
}

function problems(route: Route): Json {
  const byStatus = Map.groupBy(codesOf(route), httpStatusOf);
  const schema = { $ref: "#/components/schemas/Problem" };
  return Object.fromEntries(
    [...byStatus]
      .toSorted(([a], [b]) => a - b)
      .map(([status, codes]) => [
        String(status),
        {
          description: `${REASONS[status] ?? "Error"}: ${codes.join(", ")}`,
          content: { "application/problem+json": { schema } },
        },
      ]),
  );
}

const parametersOf = (where: "path" | "query", schema: z.ZodType | undefined): Json[] => {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(schema) as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: where,
    required: where === "path" || required.includes(name),
    schema: property,
  }));
};

const IDEMPOTENCY_KEY: Json = {
  name: "Idempotency-Key",
  in: "header",
  required: false,
  description: "A repeat with the same key and body gets the same answer and has no second effect.",
  schema: { type: "string", pattern: "^[\\x21\\x23-\\x7e]{1,128}$" },
};

function answersOf(route: Route): Json {
  const { answer, otherAnswers = [], status = 200 } = route;
  const content = {
    ...(answer === undefined ? {} : { "application/json": { schema: schemaOf(answer) } }),
    ...Object.fromEntries(
      otherAnswers.map((type) => [type, { schema: type.endsWith("json") ? {} : { type: "string" } }]),
    ),
  };
  return {
    [status]: { description: route.summary, ...(Object.keys(content).length === 0 ? {} : { content }) },
    ...problems(route),
  };
}

function operationOf(route: Route): Json {
  const { body, rawBody, access, method, idempotency } = route;
  const content =
    rawBody !== undefined
      ? { [rawBody.mediaType]: { schema: { type: "string", format: "binary" } } }
      : body === undefined
        ? undefined
        : { "application/json": { schema: schemaOf(body) } };
  return {
    operationId: route.operationId,
    summary: route.summary,
    tags: [route.tag],
    security: access === "public" ? [] : [{ [access === "operator" ? "operator" : "apiKey"]: [] }],
    parameters: [
      ...parametersOf("path", route.params),
      ...parametersOf("query", route.query),
      ...(method === "POST" && idempotency !== "none" ? [IDEMPOTENCY_KEY] : []),
    ],
    ...(content === undefined ? {} : { requestBody: { required: true, content } }),
    responses: answersOf(route),
  };
}

/** OpenAPI 3.1 of the routes: what is checked is what is written. */
export function openApiOf(routes: readonly Route[], publicUrl: string | undefined): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:([A-Za-z]+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "ChronoLedger gateway",
      version: "1",
      description:
        "Attested time for systems that already exist. 64-bit integers are decimal strings; bytes are base64url without padding; times are nanoseconds.",
      license: { name: "MIT", identifier: "MIT" },
    },
    ...(publicUrl === undefined ? {} : { servers: [{ url: publicUrl }] }),
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: { Problem: schemaOf(Problem) },
      securitySchemes: {
        apiKey: { type: "http", scheme: "bearer", description: "An API key: clk_..." },
        operator: { type: "http", scheme: "bearer", description: "The operator's token" },
      },
    },
  };
}
