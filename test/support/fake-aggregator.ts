import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { CertificateEntry } from "@chronoledger/core";

/** Says what it is told to say, as an aggregator that lies would. */
export class FakeAggregator {
  readonly asked: { path: string; body: string }[] = [];
  /** Answers of POST /v1/appointments. */
  onAppointment: (body: { timeTaiNs: string }, response: ServerResponse) => void = (_, response) =>
    void response.writeHead(503).end("{}");
  readonly #readers = new Set<ServerResponse>();
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }
  get readers(): number {
    return this.#readers.size;
  }

  send(data: string): void {
    for (const reader of this.#readers) reader.write(`data: ${data}\n\n`);
  }
  sendCertificate(certificate: Uint8Array): void {
    this.send(answerOf(certificate));
  }
  breakStreams(): void {
    for (const reader of this.#readers) reader.destroy();
  }
  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    this.asked.push({ path: request.url ?? "", body });
    if (request.url === "/v1/appointments")
      return this.onAppointment(JSON.parse(body) as { timeTaiNs: string }, response);
    this.#readers.add(response);
    response.once("close", () => this.#readers.delete(response));
    response.writeHead(200, { "content-type": "text/event-stream" }).write(": hello\n\n");
  }
}

/** The entry as JSON. What it says beside the certificate is of no importance: readers decode the bytes. */
export const answerOf = (certificate: Uint8Array): string =>
  JSON.stringify(CertificateEntry.encode({ certificate, sequence: 0n, timeTaiNs: 0n, taiMinusUtc: 37 }));
