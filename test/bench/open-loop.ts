import { connect, type Socket } from "node:net";

const HEAD_END = Buffer.from("\r\n\r\n");
/** Without an answer for so long, the run has failed. */
const PATIENCE_MS = 30_000;

export type OpenLoopOptions = {
  readonly host: string;
  readonly port: number;
  /** Requests a second, evenly spread. */
  readonly rate: number;
  readonly amount: number;
  /** Most requests that may be under way at once. */
  readonly connections: number;
  /** A whole request, head and body. */
  readonly request: () => string;
};
export type OpenLoopResult = {
  readonly ok: number;
  readonly refused: number;
  readonly seconds: number;
  readonly latenciesMs: Float64Array;
};

/**
 * Sends requests at their instants whether or not earlier ones were answered, as clients who know nothing of one another do. Latency
 * counts from the instant at which a request was due: one that waits for a free connection is late, and is counted so.
 */
export function runOpenLoop(options: OpenLoopOptions): Promise<OpenLoopResult> {
  const { rate, amount, connections } = options;
  const latenciesMs = new Float64Array(amount);
  const idle: Lane[] = [];
  const due: number[] = [];
  let [sent, done, ok] = [0, 0, 0];
  return new Promise((resolve, reject) => {
    const lanes: Lane[] = [];
    const start = performance.now();
    const end = (error?: Error) => {
      clearInterval(timer);
      clearTimeout(limit);
      for (const lane of lanes) lane.close();
      if (error === undefined)
        resolve({ ok, refused: amount - ok, seconds: (performance.now() - start) / 1_000, latenciesMs });
      else reject(error);
    };
    const give = () => {
      while (idle.length > 0 && due.length > 0) (idle.pop() as Lane).send(options.request(), due.shift() as number);
    };
    const answered = (lane: Lane, status: number, dueAt: number) => {
      latenciesMs[done++] = performance.now() - dueAt;
      if (status >= 200 && status < 300) ok++;
      idle.push(lane);
      if (done === amount) end();
      else give();
    };
    const timer = setInterval(() => {
      const reached = Math.min(amount, Math.floor(((performance.now() - start) * rate) / 1_000));
      for (; sent < reached; sent++) due.push(start + (sent * 1_000) / rate);
      give();
    }, 1);
    const limit = setTimeout(
      () => end(new Error(`${done} of ${amount} answered in time`)),
      (1_000 * amount) / rate + PATIENCE_MS,
    );
    for (let i = 0; i < connections; i++) {
      const lane = new Lane(connect(options.port, options.host), answered, end);
      lanes.push(lane);
      idle.push(lane);
    }
  });
}

/** One connection, one request at a time. */
class Lane {
  readonly #socket: Socket;
  readonly #answered: (lane: Lane, status: number, dueAt: number) => void;
  #received: Buffer = Buffer.alloc(0);
  #whole = 0;
  #status = 0;
  #dueAt = 0;

  constructor(
    socket: Socket,
    answered: (lane: Lane, status: number, dueAt: number) => void,
    failed: (error: Error) => void,
  ) {
    this.#socket = socket.setNoDelay(true);
    this.#answered = answered;
    socket.on("data", (chunk) => this.#take(chunk));
    socket.once("error", failed);
  }

  send(request: string, dueAt: number): void {
    this.#dueAt = dueAt;
    this.#socket.write(request, "latin1");
  }

  close(): void {
    this.#socket.removeAllListeners("error").on("error", () => undefined);
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    if (this.#whole === 0) {
      const head = this.#received.indexOf(HEAD_END);
      if (head === -1) return;
      const text = this.#received.toString("latin1", 0, head);
      this.#status = Number(text.slice(9, 12));
      this.#whole = head + HEAD_END.length + Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
    }
    if (this.#received.length < this.#whole) return;
    this.#received = Buffer.alloc(0);
    this.#whole = 0;
    this.#answered(this, this.#status, this.#dueAt);
  }
}
