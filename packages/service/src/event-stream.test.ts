import assert from "node:assert/strict";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { parseEvent, readEventStream, type ServerEvent } from "./event-stream.ts";

describe("an event stream", () => {
  let server: Server;
  let url = "";
  let asked: string | undefined;
  let answer: (response: ServerResponse) => void;
  beforeEach(async () => {
    server = createServer((request, response) => {
      asked = request.headers["last-event-id"] as string | undefined;
      answer(response);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  async function read(
    options: { lastEventId?: string; idleTimeoutMs?: number; signal?: AbortSignal } = {},
  ): Promise<ServerEvent[]> {
    const events: ServerEvent[] = [];
    const signal = new AbortController().signal;
    for await (const event of readEventStream(url, {
      idleTimeoutMs: 5_000,
      signal,
      unreachable: "process/failed",
      ...options,
    }))
      events.push(event);
    return events;
  }

  it("gives events in order, whatever pieces they come in, and leaves comments out", async () => {
    answer = (response) => {
      const text = ': hello\n\nid: 1\ndata: {"a":\ndata: 1}\n\nretry: 5\n\nid: 2\r\ndata: é\r\n\r\n';
      for (const byte of Buffer.from(text)) response.write(Buffer.of(byte));
      response.end();
    };
    assert.deepEqual(await read({ lastEventId: "0" }), [
      { id: "1", data: '{"a":\n1}' },
      { id: "2", data: "é" },
    ]);
    assert.equal(asked, "0");
  });

  it("breaks with the given code when nothing comes, the answer is an error, or an event is too large", async () => {
    answer = (response) => void response.write(": hello\n\n");
    await assert.rejects(read({ idleTimeoutMs: 50 }), { code: "process/failed" });
    answer = (response) => void response.writeHead(503).end();
    await assert.rejects(read(), { code: "process/failed" });
    answer = (response) => void response.write(`data: ${"x".repeat(70_000)}`);
    await assert.rejects(read(), { code: "process/failed" });
  });

  it("ends quietly when the reader is asked to stop", async () => {
    const stop = new AbortController();
    answer = (response) => {
      response.write("data: 1\n\n");
      stop.abort();
    };
    await read({ signal: stop.signal });
  });

  it("has events only where there is data", () => {
    assert.equal(parseEvent("id: 3"), undefined);
    assert.deepEqual(parseEvent("data:x"), { id: undefined, data: "x" });
    assert.deepEqual(parseEvent("data"), { id: undefined, data: "" });
  });
});
