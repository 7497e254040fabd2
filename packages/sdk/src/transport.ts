import { ChronoError, type ErrorCode, errorFromProblem, isChronoError, Problem, toBase64Url } from "@chronoledger/core";
import type * as z from "zod";

/** The largest batch in JSON, with room. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
/** A gateway that asks for more is not waited for: a month's quota does not come back in this call. */
const LONGEST_RETRY_AFTER_MS = 30_000;

export type CallOptions = {
  readonly signal?: AbortSignal | undefined;
  /** Of the caller, so that a call repeated after a crash has one effect; drawn when absent. 1 to 128 visible ASCII characters. */
  readonly idempotencyKey?: string | undefined;
};

export type Call = CallOptions & {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  /** JSON value, already encoded. */
  readonly body?: unknown;
  readonly accept?: string;
  /** Without the key: routes that are open to everybody. */
  readonly open?: boolean;
};

export type TransportOptions = {
  readonly url: string;
  readonly apiKey: string | undefined;
  /** Of one attempt. */
  readonly timeoutMs: number;
  /** Attempts after the first. */
  readonly retries: number;
  readonly fetch: typeof globalThis.fetch;
};

export const randomBytes = (count: number): Uint8Array => crypto.getRandomValues(new Uint8Array(count));

/** @throws the signal's reason */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason);
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", abort, { once: true });
  });
}

type Attempt =
  | { readonly bytes: Uint8Array; readonly mediaType: string }
  | { readonly error: ChronoError; readonly afterMs?: number };

/** JSON over HTTP with a key, a limit of time and of size, and repeats that have one effect. */
export class Transport {
  readonly #options: TransportOptions;

  constructor(options: TransportOptions) {
    this.#options = options;
  }
  get url(): string {
    return this.#options.url;
  }

  /** @throws what the gateway reported; process/failed when it cannot be reached or does not answer in the agreed form */
  async json<Schema extends z.ZodType>(path: string, schema: Schema, call: Call = {}): Promise<z.output<Schema>> {
    const { bytes } = await this.bytes(path, { accept: "application/json", ...call });
    const parsed = schema.safeParse(parseJson(bytes));
    if (parsed.success) return parsed.data;
    throw new ChronoError(
      "process/failed",
      { url: this.url + path, reason: "the answer does not have the agreed form" },
      { cause: parsed.error, remedy: "use a client and a gateway of the same version" },
    );
  }

  async bytes(path: string, call: Call = {}): Promise<{ readonly bytes: Uint8Array; readonly mediaType: string }> {
    const request = this.#request(call);
    for (let attempt = 0; ; attempt++) {
      const outcome = await this.#attempt(path, request, call.signal);
      if ("bytes" in outcome) return outcome;
      const { error, afterMs } = outcome;
      if (afterMs === undefined || attempt >= this.#options.retries || afterMs > LONGEST_RETRY_AFTER_MS) throw error;
      const most = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
      await pause(afterMs + most * (0.5 + Math.random() / 2), call.signal);
    }
  }

  #request({ method, body, accept, open, idempotencyKey }: Call): RequestInit {
    const { apiKey } = this.#options;
    if (open !== true && apiKey === undefined)
      throw new ChronoError(
        "config/invalid",
        { option: "apiKey" },
        { remedy: "set CHRONO_API_KEY or give apiKey; `chrono sign-up NAME` opens an account" },
      );
    const verb = method ?? (body === undefined ? "GET" : "POST");
    const headers: Record<string, string> = { accept: accept ?? "*/*" };
    if (apiKey !== undefined && open !== true) headers.authorization = `Bearer ${apiKey}`;
    if (body !== undefined) headers["content-type"] = "application/json";
    // Not randomUUID: browsers have it on https pages only.
    if (verb === "POST") headers["idempotency-key"] = idempotencyKey ?? toBase64Url(randomBytes(16));
    return { method: verb, headers, redirect: "error", ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  }

  async #attempt(path: string, request: RequestInit, signal: AbortSignal | undefined): Promise<Attempt> {
    const url = this.url + path;
    signal?.throwIfAborted();
    const limit = AbortSignal.timeout(this.#options.timeoutMs);
    try {
      const { fetch } = this.#options;
      const response = await fetch(url, {
        ...request,
        signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
      });
      const bytes = await readBody(response, url);
      if (response.ok) return { bytes, mediaType: response.headers.get("content-type") ?? "" };
      return failure(response, bytes, path);
    } catch (cause) {
      signal?.throwIfAborted();
      if (isChronoError(cause)) return { error: cause };
      const reason = limit.aborted ? `no answer in ${this.#options.timeoutMs} ms` : "cannot be reached";
      const remedy = "see that the gateway runs there, or set CHRONO_URL; `npm start` starts a development network";
      return { error: new ChronoError("process/failed", { url, reason }, { cause, remedy }), afterMs: 0 };
    }
  }
}

const FALLBACK: Readonly<Record<number, ErrorCode>> = {
  401: "auth/refused",
  403: "auth/forbidden",
  404: "input/not-found",
  413: "input/too-large",
  429: "rate/limited",
};

function failure(response: Response, bytes: Uint8Array, path: string): Attempt {
  const { status } = response;
  const body = parseJson(bytes);
  const plain = errorFromProblem(body, FALLBACK[status] ?? "process/failed", {});
  const problem = Problem.safeParse(body).data;
  // The title is our own message: code, values, remedy.
  const remedy = problem?.title.startsWith(`${plain.message}. `) ? problem.title.slice(plain.message.length + 2) : "";
  const error = new ChronoError(
    plain.code,
    { ...plain.details, status, path, ...(problem?.requestId === undefined ? {} : { requestId: problem.requestId }) },
    remedy === "" ? {} : { remedy },
  );
  const busy = plain.code === "idempotency/in-progress";
  if (![429, 502, 503, 504].includes(status) && !busy) return { error };
  const seconds = Number(response.headers.get("retry-after") ?? 0);
  return { error, afterMs: Number.isFinite(seconds) ? seconds * 1_000 : 0 };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

/** @throws process/failed beyond the limit, without reading on */
async function readBody(response: Response, url: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = response.body?.getReader();
  while (reader !== undefined) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > MAX_ANSWER_BYTES) {
      await reader.cancel();
      throw new ChronoError("process/failed", { url, reason: `the answer has more than ${MAX_ANSWER_BYTES} bytes` });
    }
    parts.push(value);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
