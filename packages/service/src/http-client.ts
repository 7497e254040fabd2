import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { ChronoError, type ErrorCode, errorFromProblem } from "@chronoledger/core";
import type * as z from "zod";

const MAX_RESPONSE_BYTES = 4 * 1024 * 1024;

/** Node's own client: a call costs a third of what `fetch` takes of the processor, and rounds are made of calls. */
const KEPT = { keepAlive: true, maxFreeSockets: 16 };
const CLIENTS = {
  "http:": { request: httpRequest, agent: new HttpAgent(KEPT) },
  "https:": { request: httpsRequest, agent: new HttpsAgent(KEPT) },
} as const;

export type JsonRequest<Schema extends z.ZodType> = {
  readonly schema: Schema;
  readonly method?: "GET" | "POST";
  /** JSON value, already encoded; or bytes, which are sent as they are. */
  readonly body?: unknown;
  readonly token?: string | undefined;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** What to report when the other side cannot be reached or talks nonsense. */
  readonly unreachable: ErrorCode;
};

/**
 * One call with a time limit, a size limit and a checked JSON answer. Redirects are not followed.
 * @throws the problem that the service reported, or `unreachable`.
 */
export async function requestJson<Schema extends z.ZodType>(
  url: string,
  request: JsonRequest<Schema>,
): Promise<z.output<Schema>> {
  let status = 0;
  let body: unknown;
  try {
    const answer = await exchange(new URL(url), request);
    status = answer.status;
    body = JSON.parse(answer.text);
  } catch (cause) {
    throw new ChronoError(request.unreachable, { url, ...(status === 0 ? {} : { status }) }, { cause });
  }
  if (status >= 400) throw errorFromProblem(body, request.unreachable, { url });
  const parsed = request.schema.safeParse(body);
  if (!parsed.success)
    throw new ChronoError(
      request.unreachable,
      { url, reason: "the answer does not have the agreed form" },
      { cause: parsed.error },
    );
  return parsed.data;
}

type Answer = { readonly status: number; readonly text: string };

function exchange(url: URL, options: Omit<JsonRequest<z.ZodType>, "schema">): Promise<Answer> {
  const { protocol } = url;
  if (protocol !== "http:" && protocol !== "https:") throw new TypeError(`no such protocol: ${protocol}`);
  const { request: open, agent } = CLIENTS[protocol];
  const { body, token, timeoutMs, signal } = options;
  const raw = body instanceof Uint8Array;
  const payload = body === undefined || raw ? body : Buffer.from(JSON.stringify(body));
  return new Promise((resolve, reject) => {
    const request = open(url, {
      agent,
      method: options.method ?? (payload === undefined ? "GET" : "POST"),
      headers: {
        ...(payload === undefined
          ? {}
          : {
              "content-type": raw ? "application/octet-stream" : "application/json",
              "content-length": payload.length,
            }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(signal === undefined ? {} : { signal }),
    });
    const timer = setTimeout(() => request.destroy(new Error(`no answer in ${timeoutMs} ms`)), timeoutMs);
    request.once("close", () => clearTimeout(timer));
    request.once("error", reject);
    request.once("response", (response) => readAnswer(response).then(resolve, reject));
    request.end(payload);
  });
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const status = response.statusCode ?? 0;
  if (status >= 300 && status < 400) {
    response.destroy();
    throw new Error(`a redirect (${status}) is not followed`);
  }
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_RESPONSE_BYTES) throw new Error("answer too large");
    chunks.push(chunk);
  }
  return { status, text: Buffer.concat(chunks).toString("utf8") };
}
