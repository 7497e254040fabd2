import {
  ChronoError,
  type CosignRequest,
  decodeStatement,
  type NodeSet,
  statementDigest,
  type TaiNs,
  ZERO_HASH,
} from "@chronoledger/core";
import type { StatementSigner } from "@chronoledger/service";
import type * as z from "zod";
import type { CertificateMemory } from "./certificate-memory.ts";
import { type CosignFacts, type CosignInput, checkBeforeSigning, checkOnReceipt, type Standing } from "./cosign.ts";
import type { CosignJournal } from "./cosign-journal.ts";
import type { Discipline } from "./discipline.ts";
import type { WaitUntil } from "./wait-until.ts";

/** Appointments that may be waiting at once. */
const MAX_WAITING = 256;

export type CosignerOptions = {
  readonly set: NodeSet;
  readonly index: number;
  readonly signer: StatementSigner;
  readonly discipline: Discipline;
  readonly journal: CosignJournal;
  readonly memory: CertificateMemory;
  readonly waitUntil: WaitUntil;
  /** Aborts when the node stops. */
  readonly signal: AbortSignal;
};

/**
 * Keeps appointments (protocol.md section 5). Any number may wait for their instants at once; the last check, the durable record
 * and the start of signing are one step without a gap, so of two that claim one sequence the second fails its last check.
 */
export class Cosigner {
  readonly #options: CosignerOptions;
  #waiting = 0;

  constructor(options: CosignerOptions) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** What the node has bound itself to; what the certificates say counts too. */
  standing(): Standing {
    const { journal, memory } = this.#options;
    const last = journal.last;
    const certified = memory.newest?.fields.sequence ?? 0n;
    const journaled = last?.knownCertificate ?? 0n;
    return {
      sequence: last?.sequence ?? 0n,
      time: last?.time ?? (0n as TaiNs),
      knownCertificate: certified > journaled ? certified : journaled,
    };
  }

  /** @returns the signature, made after the instant. @throws the rule that does not hold */
  async cosign(request: z.output<typeof CosignRequest>): Promise<Uint8Array> {
    const { discipline, waitUntil, signal } = this.#options;
    // Of the arrival: verifying the certificate takes milliseconds on a busy machine, in which the imprint is here already.
    const reading = discipline.reading();
    const fields = decodeStatement(request.statement);
    const certificate = this.#presented(request.lastCertificate);
    const input: CosignInput = { fields, anchors: request.anchors, certificate };
    checkOnReceipt(input, { ...this.#facts(fields.time), reading });
    if (this.#waiting >= MAX_WAITING) throw new ChronoError("rate/limited", { waiting: this.#waiting });
    this.#waiting++;
    try {
      await waitUntil(() => {
        const reading = discipline.reading();
        return fields.time - (reading.time - reading.uncertainty);
      }, signal);
    } finally {
      this.#waiting--;
    }
    return this.#sign(input, request.statement);
  }

  #presented(bytes: Uint8Array | null): CosignInput["certificate"] {
    if (bytes === null) return null;
    const { certificate, conflict } = this.#options.memory.learn(bytes);
    if (conflict) throw new ChronoError("statement/equivocation", { sequence: String(certificate.fields.sequence) });
    return certificate;
  }

  #facts(time: TaiNs): CosignFacts {
    const { set, index, discipline } = this.#options;
    return {
      set,
      index,
      reading: discipline.reading(),
      taiMinusUtc: discipline.taiMinusUtcAt(time),
      standing: this.standing(),
      recentAnchors: [ZERO_HASH],
    };
  }

  /** No await before the record is durable: that is what keeps two requests apart. */
  #sign(input: CosignInput, statement: Uint8Array): Promise<Uint8Array> {
    const { journal, signer } = this.#options;
    const facts = this.#facts(input.fields.time);
    checkBeforeSigning(input, facts);
    journal.append({
      sequence: input.fields.sequence,
      time: input.fields.time,
      knownCertificate: facts.standing.knownCertificate,
      digest: statementDigest(statement),
    });
    return signer.sign(statement);
  }
}
