import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import {
  AppointmentRequest,
  CertificateEntry,
  type DurationNs,
  decodeLeaf,
  FLAG,
  LEAF_BYTES,
  leafHash,
  merkleRoot,
  NodeInfo,
  NS_PER_MS,
  NS_PER_S,
  nodeSetToJson,
  statementDigest,
  type TaiNs,
  taiNs,
  ZERO_HASH,
} from "@chronoledger/core";
import { createSystemClock } from "@chronoledger/service";
import { certificateBytes } from "./certificate-bytes.ts";
import { newQuorum } from "./quorum.ts";

const TAI_MINUS_UTC = 37;
const LEAD_NS = 2n * NS_PER_MS;

/** Nodes and aggregator in one HTTP server of this process, which sign what they are given: for tests of what stands behind them. */
export class SoftwareOracle {
  readonly quorum = newQuorum({ n: 4 });
  readonly clock = createSystemClock();
  /** Half width of every node's reading. */
  uncertainty = NS_PER_MS as DurationNs;
  /** What every node adds to its reading. */
  readonly offsets: bigint[] = [0n, 0n, 0n, 0n];
  /** Nodes that state no time. */
  readonly mute = new Set<number>();
  /** While set, leaves and appointments are answered with 503. */
  failing = false;
  blocks = 0;
  #sequence = 0n;
  #time = 0n;
  #link: Uint8Array = ZERO_HASH;
  #latest: CertificateEntry | undefined;
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }
  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }
  get nodeUrls(): string[] {
    return this.quorum.set.keys.map((_, index) => `${this.url}/node/${index}`);
  }

  taiNow(): TaiNs {
    return taiNs(this.clock.utcNow() + BigInt(TAI_MINUS_UTC) * NS_PER_S);
  }

  /** A certificate over the imprint at this instant or the next possible one; resolves after it. */
  async certify(imprint: Uint8Array, at = this.taiNow() + LEAD_NS): Promise<CertificateEntry> {
    const time = taiNs(at > this.#time ? at : this.#time + 1n);
    const previousTime = (this.#time === 0n ? time - 1n : this.#time) as TaiNs;
    this.#time = time;
    const sequence = ++this.#sequence;
    const certificate = certificateBytes(
      this.quorum.certify({ time, sequence, imprint, previousTime, link: this.#link, uncertainty: this.uncertainty }),
    );
    this.#link = statementDigest(certificate.subarray(0, 160));
    while (this.taiNow() <= time) await new Promise((resolve) => setTimeout(resolve, 1));
    this.#latest = { certificate, sequence, timeTaiNs: time, taiMinusUtc: TAI_MINUS_UTC };
    return this.#latest;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const answer = (status: number, value: unknown) =>
      void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    const [, node] = /^\/node\/(\d)\/v1\/info$/.exec(request.url ?? "") ?? [];
    if (node !== undefined) return answer(200, NodeInfo.encode(this.#info(Number(node))));
    if (request.url === "/v1/node-set") return answer(200, nodeSetToJson(this.quorum.set));
    if (request.url === "/v1/certificates/latest")
      return answer(200, CertificateEntry.encode(this.#latest ?? (await this.certify(ZERO_HASH))));
    if (this.failing)
      return answer(503, {
        code: "round/failed",
        title: "round/failed",
        status: 503,
        details: { reason: "told to fail" },
      });
    if (request.url === "/v1/leaves") return answer(200, await this.#leaves(body));
    if (request.url === "/v1/appointments") {
      const { timeTaiNs, imprint } = AppointmentRequest.parse(JSON.parse(body.toString()));
      return answer(200, CertificateEntry.encode(await this.certify(imprint ?? ZERO_HASH, timeTaiNs)));
    }
    answer(404, {});
  }

  async #leaves(body: Buffer): Promise<unknown> {
    const leaves = Array.from({ length: body.length / LEAF_BYTES }, (_, i) =>
      Uint8Array.from(body.subarray(i * LEAF_BYTES, (i + 1) * LEAF_BYTES)),
    );
    const soonest = this.taiNow() + LEAD_NS;
    const late = leaves.map((leaf) => decodeLeaf(leaf).time as bigint).filter((time) => time > soonest);
    const at = late.toSorted((a, b) => (a < b ? 1 : -1))[0] ?? soonest;
    const entry = await this.certify(merkleRoot(leaves.map(leafHash)), at);
    this.blocks++;
    return {
      certificate: CertificateEntry.encode(entry),
      firstIndex: 0,
      size: leaves.length,
      complement: [],
    };
  }

  #info(index: number): NodeInfo {
    const { set } = this.quorum;
    return {
      networkId: set.networkId,
      epoch: set.epoch,
      policyId: set.policy.policyId,
      index,
      key: set.keys[index] as Uint8Array,
      test: true,
      flags: FLAG.test,
      anchor: ZERO_HASH,
      reading: this.mute.has(index)
        ? null
        : {
            timeTaiNs: this.taiNow() + (this.offsets[index] ?? 0n),
            uncertaintyNs: this.uncertainty,
            taiMinusUtc: TAI_MINUS_UTC,
          },
      sources: [{ name: "software", health: "synchronised", detail: "of a test" }],
      lastCosigned: { sequence: this.#sequence, timeTaiNs: this.#time },
      lastCertificate: this.#latest?.certificate ?? null,
    };
  }
}
