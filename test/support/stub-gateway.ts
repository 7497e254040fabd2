import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { httpStatusOf, isChronoError, nodeSetToJson, toIso8601, type UnixNs } from "@chronoledger/core";
import {
  Account,
  CreatedAccount,
  ExecutionStatus,
  GatewayStatus,
  ScheduledStamp,
  ScheduledStampRequest,
  ScheduleRequest,
  Stamp,
  StampBatch,
  StampBatchRequest,
  StampRequest,
} from "@chronoledger/core/gateway";
import tiers from "../../oracle/gateway/src/accounts/tiers.json" with { type: "json" };
import { SoftwareOracle } from "./software-oracle.ts";
import { StubStamper, TAI_MINUS_UTC } from "./stub-stamper.ts";

export const STUB_KEY = `clk_${"k".repeat(65)}`;

export type Seen = {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
};
/** Instead of an answer: cut the connection, or this. */
export type Fault =
  | "cut"
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: unknown };

type Handler = (body: unknown, path: string) => Promise<unknown> | unknown;

/** Answers as a gateway does, from a software quorum, and fails or lies when told: for tests of clients. */
export class StubGateway {
  readonly oracle = new SoftwareOracle();
  readonly stamper = new StubStamper(this.oracle);
  readonly seen: Seen[] = [];
  /** Taken one a request, the effect done first: the answer is what gets lost. */
  readonly faults: Fault[] = [];
  /** Changes an answer on its way out. */
  tamper: ((path: string, answer: Record<string, unknown>) => unknown) | undefined;
  tier: Account["tier"] = "regulatory";
  /** Routes of a test's own, as "POST /v1/path". */
  readonly extra: Record<string, Handler> = {};
  readonly #answers = new Map<string, string>();
  readonly #scheduled = new Map<string, ScheduledStamp>();
  readonly #schedules = new Map<string, ExecutionStatus>();
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  async start(port = 0): Promise<void> {
    await this.oracle.start();
    await new Promise<void>((resolve) => this.#server.listen(port, "127.0.0.1", resolve));
  }
  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
    this.oracle.stop();
  }
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }
  /** How many stamps were made. */
  get stamps(): number {
    return this.stamper.count;
  }
  /** Of the requests so far whose path begins so. */
  keysOf(path: string): (string | undefined)[] {
    return this.seen
      .filter((each) => each.path.startsWith(path))
      .map((each) => String(each.headers["idempotency-key"]));
  }

  readonly #routes: Readonly<Record<string, Handler>> = {
    "GET /v1/node-set": () => nodeSetToJson(this.oracle.quorum.set),
    "GET /v1/status": () =>
      GatewayStatus.encode({
        networkId: this.oracle.quorum.set.networkId,
        epoch: 1,
        sequence: null,
        reading: { timeTaiNs: this.oracle.taiNow(), uncertaintyNs: 1_000n, taiMinusUtc: TAI_MINUS_UTC },
        test: true,
        stamps: this.stamps,
        database: "embedded",
        chainId: null,
      }),
    "GET /v1/account": () => Account.encode(this.#account()),
    "GET /v1/tiers": () => tiers,
    "POST /v1/accounts": () =>
      CreatedAccount.encode({
        account: this.#account(),
        key: {
          id: id("ak"),
          name: "first",
          scopes: [],
          createdUtcNs: 1n,
          expiresUtcNs: null,
          revokedUtcNs: null,
          lastUsedUtcNs: null,
        },
        secret: STUB_KEY,
      }),
    "POST /v1/stamps": async (body) => {
      const { imprint = randomBytes(32), context } = StampRequest.parse(body);
      return Stamp.encode(await this.stamper.stamp(imprint, context));
    },
    "POST /v1/stamps/batch": async (body) => StampBatch.encode(await this.stamper.batch(StampBatchRequest.parse(body))),
    "POST /v1/stamps/scheduled": (body) => {
      const { timeUtcNs, imprint = randomBytes(32) } = ScheduledStampRequest.parse(body);
      const made = {
        id: id("ss"),
        state: "waiting" as const,
        timeUtcNs,
        imprint,
        stamp: null,
        exact: null,
        reason: null,
      };
      this.#scheduled.set(made.id, made);
      return ScheduledStamp.encode(made);
    },
    "GET /v1/stamps/scheduled": async (_, path) => ScheduledStamp.encode(await this.#scheduledNow(path)),
    "POST /v1/schedules": (body) => {
      const { target, executeUtcNs, windowNs } = ScheduleRequest.parse(body);
      const nothing = { transaction: null, blockNumber: null, chainScheduleId: null, latenessNs: null, stamp: null };
      const made = {
        ...{ id: id("sc"), kind: target.startsWith("0x") ? ("evm" as const) : ("http" as const), target, executeUtcNs },
        ...{ state: "accepted" as const, windowNs, ...nothing, latenessUncertaintyNs: null, attempts: 0 },
        ...{ httpStatus: null, reason: null, record: null, createdUtcNs: executeUtcNs },
      };
      this.#schedules.set(made.id, made);
      return ExecutionStatus.encode(made);
    },
    "GET /v1/schedules": (_, path) => ExecutionStatus.encode(this.#schedule(path)),
    "DELETE /v1/schedules": (_, path) => {
      const status = { ...this.#schedule(path), state: "cancelled" as const };
      this.#schedules.set(status.id, status);
      return { cancelled: true, status: ExecutionStatus.encode(status) };
    },
    "POST /v1/compliance/stamps": async (body) => {
      const { regime, imprint, activity } = body as { regime: string; imprint: string; activity?: string };
      const stamp = await this.stamper.stamp(Buffer.from(imprint, "base64url"));
      return {
        regime,
        activity: activity ?? "hft",
        value: toIso8601(stamp.timeUtcNs as UnixNs, 7),
        granularityNs: "100",
        divergenceLimitNs: "100000",
        uncertaintyNs: String(stamp.uncertaintyNs + (stamp.timeUtcNs % 100n)),
        withinLimit: false,
        reasons: ["the test flag is set"],
        citation: "EU 2025/1155",
        stamp: Stamp.encode(stamp),
      };
    },
  };

  async #scheduledNow(path: string): Promise<ScheduledStamp> {
    const made = this.#scheduled.get(path.split("/").at(-1) ?? "");
    if (made === undefined) throw new Error("no such stamp");
    if (made.stamp !== null || this.oracle.clock.utcNow() < made.timeUtcNs) return made;
    const done = { ...made, state: "stamped" as const, stamp: await this.stamper.stamp(made.imprint), exact: false };
    this.#scheduled.set(made.id, done);
    return done;
  }

  #schedule(path: string): ExecutionStatus {
    const found = this.#schedules.get(path.split("/").at(-1) ?? "");
    if (found === undefined) throw new Error("no such schedule");
    return found;
  }

  #account(): Account {
    return {
      ...{ id: id("ac"), name: "a firm", tier: this.tier, billing: "subscription" as const },
      ...{ createdUtcNs: 1n, closed: false },
    };
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const [body, path, method] = [Buffer.concat(chunks).toString(), request.url ?? "", request.method ?? ""];
    this.seen.push({ method, path, headers: request.headers, body });
    const key = request.headers["idempotency-key"];
    const known = key === undefined ? undefined : this.#answers.get(String(key));
    const { status, text } =
      known === undefined ? await this.#answer(method, path, body) : { status: 200, text: known };
    if (key !== undefined && status === 200) this.#answers.set(String(key), text);
    const fault = this.faults.shift();
    if (fault === "cut") return void request.socket.destroy();
    const headers = { "content-type": "application/json", ...fault?.headers };
    response
      .writeHead(fault?.status ?? status, headers)
      .end(fault === undefined ? text : JSON.stringify(fault.body ?? {}));
  }

  async #answer(method: string, path: string, body: string): Promise<{ status: number; text: string }> {
    const routes = { ...this.#routes, ...this.extra };
    const route = routes[`${method} ${path}`] ?? routes[`${method} ${path.split("/").slice(0, -1).join("/")}`];
    const problem = (code: string, status: number, reason = "") => ({
      status,
      text: JSON.stringify({ code, title: code, status, details: { path, reason } }),
    });
    if (route === undefined) return problem("input/not-found", 404);
    try {
      const answer = await route(body === "" ? undefined : JSON.parse(body), path);
      const told = this.tamper === undefined ? answer : this.tamper(path, answer as Record<string, unknown>);
      return { status: 200, text: JSON.stringify(told) };
    } catch (error) {
      return isChronoError(error)
        ? problem(error.code, httpStatusOf(error.code))
        : problem("input/malformed", 400, String(error));
    }
  }
}

const id = (prefix: string): string => `${prefix}_${randomBytes(16).toString("base64url")}`;
