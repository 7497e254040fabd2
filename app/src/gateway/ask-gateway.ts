import { ChronoError, errorFromProblem, isChronoError, retryOf, toBase64Url } from "@chronoledger/core";

/** A schema of the wire. */
export type Decoder<T> = {
  safeParse(
    value: unknown,
  ): { readonly success: true; readonly data: T } | { readonly success: false; readonly error: Error };
};

const ATTEMPTS = 3;
const FIRST_WAIT_MS = 300;
const TIMEOUT_MS = 20_000;

async function askOnce(path: string, init: RequestInit): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(path, { ...init, cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (cause) {
    throw new ChronoError("rpc/unavailable", { path }, { cause });
  }
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw errorFromProblem(body, "rpc/unavailable", { httpStatus: response.status });
  if (body === undefined) throw new ChronoError("input/malformed", { path, reason: "the answer is no JSON" });
  return body;
}

/** Quota and rate are the caller's to wait for; what may pass in a moment is tried again, with the same Idempotency-Key. */
const mayPass = (error: unknown): boolean =>
  isChronoError(error) && retryOf(error.code) === "later" && !["quota/exceeded", "rate/limited"].includes(error.code);

/** One exchange with the gateway that serves this page. @throws what the gateway reports, rpc/unavailable, input/malformed */
export async function askGateway<T>(
  schema: Decoder<T>,
  path: string,
  options: { readonly key?: string; readonly body?: unknown; readonly attempts?: number } = {},
): Promise<T> {
  const headers: Record<string, string> = { accept: "application/json, application/vnd.chronoledger.proof+json" };
  if (options.key !== undefined) headers.authorization = `Bearer ${options.key}`;
  const init: RequestInit = { headers };
  if (options.body !== undefined) {
    init.method = "POST";
    init.body = JSON.stringify(options.body);
    headers["content-type"] = "application/json";
    // Not randomUUID, which pages without TLS do not have.
    headers["idempotency-key"] = toBase64Url(crypto.getRandomValues(new Uint8Array(18)));
  }
  const attempts = options.attempts ?? ATTEMPTS;
  for (let attempt = 1; ; attempt++)
    try {
      const parsed = schema.safeParse(await askOnce(path, init));
      if (!parsed.success) throw new ChronoError("input/malformed", { path, reason: parsed.error.message });
      return parsed.data;
    } catch (error) {
      if (attempt >= attempts || !mayPass(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, FIRST_WAIT_MS * 2 ** (attempt - 1)));
    }
}
