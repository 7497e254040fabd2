import { ChronoError, type ErrorCode } from "@chronoledger/core";

/** One event may not be larger. */
const MAX_EVENT_CHARS = 64 * 1024;

export type ServerEvent = { readonly id: string | undefined; readonly data: string };

export type EventStreamOptions = {
  /** Resumes after the event with this id. */
  readonly lastEventId?: string | undefined;
  /** The stream counts as broken when nothing at all came for so long. */
  readonly idleTimeoutMs: number;
  readonly signal: AbortSignal;
  /** What to report when the other side cannot be reached or talks nonsense. */
  readonly unreachable: ErrorCode;
};

/**
 * Server-sent events of one connection, in order; ends when the other side ends it. Whoever reads reconnects.
 * @throws `unreachable`
 */
export async function* readEventStream(url: string, options: EventStreamOptions): AsyncGenerator<ServerEvent> {
  const idle = new AbortController();
  const stop = AbortSignal.any([idle.signal, options.signal]);
  let timer = setTimeout(() => idle.abort(), options.idleTimeoutMs);
  let text = "";
  try {
    const response = await fetch(url, {
      headers: {
        accept: "text/event-stream",
        ...(options.lastEventId === undefined ? {} : { "last-event-id": options.lastEventId }),
      },
      signal: stop,
      redirect: "error",
    });
    if (!response.ok || response.body === null)
      throw new ChronoError(options.unreachable, { url, status: response.status });
    const decoder = new TextDecoder();
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      clearTimeout(timer);
      timer = setTimeout(() => idle.abort(), options.idleTimeoutMs);
      text += decoder.decode(chunk, { stream: true });
      const blocks = text.split(/\r?\n\r?\n/);
      text = blocks.pop() ?? "";
      if (text.length > MAX_EVENT_CHARS)
        throw new ChronoError(options.unreachable, { url, reason: "an event is too large" });
      for (const block of blocks) {
        const event = parseEvent(block);
        if (event !== undefined) yield event;
      }
    }
  } catch (cause) {
    if (options.signal.aborted) return;
    throw cause instanceof ChronoError ? cause : new ChronoError(options.unreachable, { url }, { cause });
  } finally {
    clearTimeout(timer);
    idle.abort();
  }
}

/** Undefined for a block without data: a comment that keeps the connection, or `retry:`. */
export function parseEvent(block: string): ServerEvent | undefined {
  let id: string | undefined;
  const data: string[] = [];
  for (const line of block.split(/\r?\n/)) {
    const [, name, value] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
    if (name === "id") id = value;
    if (name === "data") data.push(value ?? "");
  }
  return data.length === 0 ? undefined : { id, data: data.join("\n") };
}
