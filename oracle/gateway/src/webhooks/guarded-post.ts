import * as http from "node:http";
import * as https from "node:https";
import { toMs, type UnixNs } from "@chronoledger/core";
import type { Clock } from "@chronoledger/service";
import type { CheckedTarget } from "./target-guard.ts";

/** Only the status of an answer counts: more than this is not read. */
const MAX_ANSWER_BYTES = 64 * 1024;

export type PostOptions = {
  readonly target: CheckedTarget;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly timeoutMs: number;
  readonly clock: Pick<Clock, "utcNow" | "monotonicNow">;
  readonly signal: AbortSignal;
};

export type PostOutcome = {
  /** Null when no answer came. */
  readonly status: number | null;
  /** Why there is no status: never text of the other side. */
  readonly error: string | null;
  /** When the request was handed to the open connection; null when there was none. */
  readonly sentAt: UnixNs | null;
  readonly tookMs: number;
};

export type OpenedPost = {
  /** At most once. Never rejects. */
  send(): Promise<PostOutcome>;
  /** Gives the connection back when it is not sent after all. */
  drop(): void;
};

type Connection = { readonly request: http.ClientRequest; readonly open: Promise<void> };

/**
 * Connects to the address that was checked, at once, and sends when told: the instant of sending then does not hold the handshakes.
 * A redirect is an answer like any other; it is not followed.
 */
export function openPost(options: PostOptions): OpenedPost {
  let connection = connect(options);
  let failed = false;
  connection.open.catch(() => {
    failed = true;
  });
  return {
    drop: () => void connection.request.destroy(),
    async send() {
      if (failed) connection = connect(options);
      return run(connection, options);
    },
  };
}

function connect({ target, headers, body, signal }: PostOptions): Connection {
  const { url, address, family } = target;
  const secure = url.protocol === "https:";
  const request = (secure ? https : http).request(url, {
    method: "POST",
    headers: { "user-agent": "ChronoLedger", ...headers, "content-length": String(body.length) },
    agent: false,
    signal,
    lookup: (_host, options, done) => {
      if (options.all === true) done(null, [{ address, family }]);
      else done(null, address, family);
    },
  });
  const open = new Promise<void>((resolve, reject) => {
    request.on("error", reject);
    request.once("socket", (socket) => {
      if (!socket.connecting && !secure) resolve();
      else socket.once(secure ? "secureConnect" : "connect", resolve);
    });
  });
  open.catch(() => undefined);
  return { request, open };
}

async function run({ request, open }: Connection, options: PostOptions): Promise<PostOutcome> {
  const { clock, body, timeoutMs } = options;
  const start = clock.monotonicNow();
  let sentAt: UnixNs | null = null;
  const end = (status: number | null, error: string | null): PostOutcome => ({
    status,
    error,
    sentAt,
    tookMs: toMs(clock.monotonicNow() - start),
  });
  const timer = setTimeout(() => request.destroy(new Error("timeout")), timeoutMs);
  try {
    await open;
    const status = new Promise<number>((resolve, reject) => {
      request.once("response", (response) => resolve(readStatus(response)));
      request.once("error", reject);
      request.once("close", () => reject(new Error("closed")));
    });
    sentAt = clock.utcNow();
    request.end(body);
    return end(await status, null);
  } catch (error) {
    return end(null, reasonOf(error, timeoutMs));
  } finally {
    clearTimeout(timer);
    request.destroy();
  }
}

/** Waits for the end of the answer, so that the other side sees it taken, up to a limit. */
async function readStatus(response: http.IncomingMessage): Promise<number> {
  let bytes = 0;
  try {
    for await (const chunk of response) {
      bytes += (chunk as Buffer).length;
      if (bytes > MAX_ANSWER_BYTES) break;
    }
  } catch {
    // The status line came: what follows it does not matter.
  }
  return response.statusCode ?? 0;
}

function reasonOf(error: unknown, timeoutMs: number): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (message === "timeout") return `no answer in ${timeoutMs} ms`;
  return code === undefined ? "the connection was closed" : `the connection failed: ${code}`;
}
