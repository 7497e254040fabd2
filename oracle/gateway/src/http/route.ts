import type { ErrorCode } from "@chronoledger/core";
import type { Scope } from "@chronoledger/core/gateway";
import type { FastifyReply, FastifyRequest } from "fastify";
import type * as z from "zod";
import type { Caller } from "./authenticate.ts";

/** Who may call: anybody; the operator; a key with this scope; a key of any scope. */
export type Access = "public" | "operator" | "any-key" | { readonly scope: Scope };

type Schema = z.ZodType;
type Out<S extends Schema | undefined> = S extends Schema ? z.output<S> : undefined;

/** Bodies that are not JSON, by media type; described in the document, parsed by the handler. */
export type RawBody = { readonly mediaType: string; readonly maxBytes: number };

export type RouteInput<P extends Schema | undefined, Q extends Schema | undefined, B extends Schema | undefined> = {
  readonly params: Out<P>;
  readonly query: Out<Q>;
  readonly body: Out<B>;
  /** Set unless the route is public or the operator's. */
  readonly caller: Caller | undefined;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
};

/**
 * One description of a route gives its validation, its authorisation, its place in the OpenAPI document and the tests that go
 * over all of them.
 */
export type Route<
  P extends Schema | undefined = Schema | undefined,
  Q extends Schema | undefined = Schema | undefined,
  B extends Schema | undefined = Schema | undefined,
  R extends Schema | undefined = Schema | undefined,
> = {
  readonly method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  /** Fastify's form: /v1/keys/:id */
  readonly path: string;
  readonly operationId: string;
  readonly tag: string;
  readonly summary: string;
  readonly access: Access;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly rawBody?: RawBody;
  /** Longest JSON body; 64 kB unless told. */
  readonly maxBytes?: number;
  readonly status?: 200 | 201 | 202 | 204;
  /** Of the JSON answer; undefined for an empty one, or where only `otherAnswers` apply. */
  readonly answer?: R;
  /** Other media types of the same answer, chosen by Accept. */
  readonly otherAnswers?: readonly string[];
  /** Codes beyond those that every route may answer with. */
  readonly errors?: readonly ErrorCode[];
  /**
   * How a repeat with the same Idempotency-Key is known. "stored": the answer is kept with the effect, in one transaction (POST's
   * default). "own": the handler sees to it. "none": repeating has no effect of its own.
   */
  readonly idempotency?: "stored" | "own" | "none";
  /** The value is encoded by `answer`; undefined when the handler has sent the reply itself. */
  handle(input: RouteInput<P, Q, B>): Promise<R extends Schema ? z.output<R> | undefined : unknown>;
};

/** Types the handler by the schemas. */
export const route = <
  P extends Schema | undefined = undefined,
  Q extends Schema | undefined = undefined,
  B extends Schema | undefined = undefined,
  R extends Schema | undefined = undefined,
>(
  definition: Route<P, Q, B, R>,
): Route => definition as unknown as Route;
