import {
  ChronoError,
  type DurationNs,
  durationNs,
  equalBytes,
  isChronoError,
  type NodeInfo,
  type NodeSet,
  type NodeStatus,
  NS_PER_MS,
  NS_PER_S,
  toMs,
} from "@chronoledger/core";
import type { Clock } from "@chronoledger/service";
import type * as z from "zod";
import type { Cosign, NodeClient } from "./node-client.ts";

/** A node that takes longer beyond the instant is called slow. */
const SLOW_NS = 250n * NS_PER_MS;
/** Requests that a silent node may hold; more are not sent. */
const MAX_IN_FLIGHT = 8;
/** How long a fault stays in the status. */
const FAULT_SHOWN_NS = 60n * NS_PER_S;
const INFO_TIMEOUT_MS = 1_000;
/** The delay is the median of so many answers: one that was slow says little. */
const DELAYS_KEPT = 9;

export type TrackerOptions = {
  readonly index: number;
  readonly client: NodeClient;
  readonly set: NodeSet;
  readonly clock: Clock;
};

/** What the aggregator has learned about one node: how it answers, how fast, and what it said last. */
export class NodeTracker {
  readonly index: number;
  readonly #client: NodeClient;
  readonly #set: NodeSet;
  readonly #clock: Clock;
  #info: NodeInfo | undefined;
  readonly #delays: bigint[] = [];
  #trouble: { state: "refusing" | "unreachable"; detail: string } | undefined = {
    state: "unreachable",
    detail: "not asked yet",
  };
  #fault: { detail: string; at: bigint } | undefined;
  #inFlight = 0;

  constructor(options: TrackerOptions) {
    this.index = options.index;
    this.#client = options.client;
    this.#set = options.set;
    this.#clock = options.clock;
  }

  get url(): string {
    return this.#client.url;
  }
  /** The last that the node said of itself, even when it has been silent since. */
  get info(): NodeInfo | undefined {
    return this.#info;
  }
  /** Whether it answered last time. */
  get reachable(): boolean {
    return this.#trouble?.state !== "unreachable";
  }
  /** There and back, without the wait for the instant. Undefined until the first answer. */
  get delay(): DurationNs | undefined {
    const sorted = [...this.#delays].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    const median = sorted[(sorted.length - 1) >> 1];
    return median === undefined ? undefined : durationNs(median);
  }

  /** Asks the node about itself; never throws. @returns what it said now, if anything */
  async refresh(timeoutMs = INFO_TIMEOUT_MS): Promise<NodeInfo | undefined> {
    const start = this.#clock.monotonicNow();
    try {
      const info = await this.#client.info(timeoutMs);
      this.#checkIdentity(info);
      this.#info = info;
      this.#noteDelay(this.#clock.monotonicNow() - start);
      if (info.reading === null) this.#trouble = { state: "refusing", detail: "clock/not-available" };
      else if (this.#trouble?.state === "unreachable" || this.#trouble?.detail === "clock/not-available")
        this.#trouble = undefined;
      return info;
    } catch (error) {
      this.#noteTrouble(error);
      return undefined;
    }
  }

  /** @param planned how long the node is expected to wait. @throws why there is no signature */
  async cosign(request: Cosign, planned: bigint, timeoutMs: number): Promise<Uint8Array> {
    if (this.#inFlight >= MAX_IN_FLIGHT)
      throw new ChronoError("process/failed", { node: this.index, reason: "it still holds earlier requests" });
    this.#inFlight++;
    const start = this.#clock.monotonicNow();
    try {
      const answer = await this.#client.cosign(request, timeoutMs + Number(planned / NS_PER_MS));
      if (answer.index !== this.index)
        throw new ChronoError("node-set/invalid", { node: this.index, says: answer.index });
      this.#noteDelay(this.#clock.monotonicNow() - start - planned);
      this.#trouble = undefined;
      return answer.signature;
    } catch (error) {
      this.#noteTrouble(error);
      throw error;
    } finally {
      this.#inFlight--;
    }
  }

  /** The node did what no honest node does. */
  markFaulty(detail: string): void {
    this.#fault = { detail, at: this.#clock.monotonicNow() };
  }

  status(): z.output<typeof NodeStatus> {
    const { state, detail } = this.#state();
    return {
      index: this.index,
      url: this.url,
      state,
      detail,
      uncertaintyNs: this.reachable ? (this.#info?.reading?.uncertaintyNs ?? null) : null,
      source: this.#info?.sources.find(({ health }) => health !== "unavailable")?.name ?? "none",
      test: this.#info?.test ?? false,
      delayMs: this.delay === undefined ? null : toMs(this.delay),
    };
  }

  #state(): { state: z.output<typeof NodeStatus>["state"]; detail: string } {
    if (this.#fault !== undefined && this.#clock.monotonicNow() - this.#fault.at < FAULT_SHOWN_NS)
      return { state: "faulty", detail: this.#fault.detail };
    if (this.#trouble !== undefined) return this.#trouble;
    const { delay } = this;
    if (delay !== undefined && delay > SLOW_NS) return { state: "slow", detail: `answers in ${toMs(delay)} ms` };
    return {
      state: "healthy",
      detail: this.#info?.sources.map(({ name, health }) => `${name} ${health}`).join(", ") ?? "",
    };
  }

  #noteDelay(seen: bigint): void {
    this.#delays.push(seen > 0n ? seen : 0n);
    if (this.#delays.length > DELAYS_KEPT) this.#delays.shift();
  }

  #noteTrouble(error: unknown): void {
    const code = isChronoError(error) ? error.code : "internal/unexpected";
    if (code === "node-set/invalid") this.markFaulty((error as Error).message);
    this.#trouble = {
      state: code === "process/failed" ? "unreachable" : "refusing",
      detail: code === "process/failed" ? "no answer" : code,
    };
  }

  #checkIdentity(info: NodeInfo): void {
    const key = this.#set.keys[this.index];
    const agrees =
      info.networkId === this.#set.networkId &&
      info.epoch === this.#set.epoch &&
      info.policyId === this.#set.policy.policyId;
    if (key === undefined || info.index !== this.index || !equalBytes(info.key, key) || !agrees)
      throw new ChronoError("node-set/invalid", {
        node: this.index,
        reason: "it is another node, or of another network, epoch or policy",
      });
  }
}
