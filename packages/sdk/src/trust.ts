import { ChronoError, type NodeSet, NodeSetFile, nodeSetToJson, parseNodeSet } from "@chronoledger/core";
import type * as z from "zod";
import type { Transport } from "./transport.ts";
import {
  type AnyProof,
  rememberingVerifier,
  type VerificationResult,
  type VerifyOptions,
  verifyProof,
} from "./verify-proof.ts";

export type NodeSetJson = z.input<typeof NodeSetFile>;
export type NodeSetOption = NodeSet | NodeSetJson;

/**
 * Where the keys come from that proofs are held against. "pinned": the caller gave them. "gateway": they were fetched from the
 * gateway at first use, so that a gateway which lies from the start is not found out.
 */
export type TrustKind = "pinned" | "gateway";

const isParsed = (set: NodeSetOption): set is NodeSet => "validFrom" in set;

/** The node sets that proofs are held against. */
export class Trust {
  readonly kind: TrustKind;
  readonly #transport: Transport;
  readonly #verify = rememberingVerifier();
  readonly #known: NodeSet[];
  #fetching: Promise<void> | undefined;

  /** @throws input/malformed, node-set/invalid */
  constructor(transport: Transport, given: NodeSetOption | readonly NodeSetOption[] | undefined) {
    this.#transport = transport;
    const list = given === undefined ? [] : Array.isArray(given) ? given : [given as NodeSetOption];
    this.#known = list.map((set: NodeSetOption) => parseNodeSet(isParsed(set) ? nodeSetToJson(set) : set));
    this.kind = this.#known.length === 0 ? "gateway" : "pinned";
  }

  /** Those that are pinned, or that the gateway told. @throws process/failed */
  async nodeSets(): Promise<readonly NodeSet[]> {
    if (this.#known.length === 0) await this.#fetch();
    return this.#known;
  }

  async verify(proof: AnyProof, options: VerifyOptions = {}): Promise<VerificationResult> {
    const verify = { verify: this.#verify, ...options };
    const result = verifyProof(proof, await this.nodeSets(), verify);
    // A new epoch began since the set was fetched.
    if (this.kind === "pinned" || result.valid || result.code !== "statement/epoch") return result;
    await this.#fetch();
    return verifyProof(proof, this.#known, verify);
  }

  /** @throws the code of what is wrong */
  async require(proof: AnyProof, options: VerifyOptions = {}): Promise<VerificationResult & { valid: true }> {
    const result = await this.verify(proof, options);
    if (result.valid) return result;
    throw new ChronoError(
      result.code,
      { reason: result.reason, trust: this.kind },
      {
        remedy:
          this.kind === "pinned"
            ? "the gateway's proof does not hold against the pinned node set; see that both are of one network and epoch"
            : "the gateway's proof does not hold: do not rely on it, and tell its operator",
      },
    );
  }

  #fetch(): Promise<void> {
    this.#fetching ??= this.#transport
      .json("/v1/node-set", NodeSetFile, { open: true })
      .then((json) => {
        const set = parseNodeSet(NodeSetFile.encode(json));
        if (!this.#known.some((each) => each.epoch === set.epoch && each.networkId === set.networkId))
          this.#known.push(set);
      })
      .finally(() => {
        this.#fetching = undefined;
      });
    return this.#fetching;
  }
}
