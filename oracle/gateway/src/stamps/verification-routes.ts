import {
  ChronoError,
  decodeCertificate,
  decodeStatement,
  isChronoError,
  type NodeSet,
  NS_PER_S,
  proofFromJson,
  toUtc,
  verifyProof,
} from "@chronoledger/core";
import { VerificationResult, VerificationResults, VerifyBatchRequest, VerifyRequest } from "@chronoledger/core/gateway";
import { RateLimiter, verifyByOpenSsl } from "@chronoledger/service";
import type { FastifyReply, FastifyRequest } from "fastify";
import type * as z from "zod";
import type { GatewayContext } from "../context.ts";
import { AnswerBook } from "../http/idempotency.ts";
import { type Route, route } from "../http/route.ts";
import { runEffect } from "../http/run-effect.ts";

/** 1,000 proofs with paths of 17 hashes and certificates of a few signers. */
const BATCH_BYTES = 4 * 1024 * 1024;
/** Proofs of one address that are verified for nothing; each takes a fraction of a millisecond of the processor. */
const FREE_PROOFS = { perSecond: 200, burst: 2_000 };
/** Between two breaths of the event loop. */
const AT_ONCE = 25;
const tag = "proofs";
const errors = ["auth/refused", "quota/exceeded", "idempotency/mismatch", "idempotency/in-progress"] as const;

type Verdict = z.output<typeof VerificationResult>;

/**
 * Verification is free for everybody, and limited by the address. With a key that has the scope `proof` it is limited by the key
 * instead, and each proof counts on the meter proof.verification.
 */
export function verificationRoutes(context: GatewayContext): Route[] {
  const { set, db, vault, clock, authenticator, metering } = context;
  const answers = new AnswerBook(vault, () => clock.utcNow());
  const limiter = new RateLimiter(clock, FREE_PROOFS);

  const payerOf = async (request: FastifyRequest) => {
    if (request.headers.authorization === undefined) return undefined;
    const caller = await authenticator.authorise(request, "any-key", false);
    return caller?.scopes.includes("proof") === true ? caller : undefined;
  };
  /** Sends the answer when somebody pays for it. */
  const answerTo = async <Answer extends z.ZodType>(
    given: { readonly request: FastifyRequest; readonly reply: FastifyReply; readonly proofs: number },
    answer: Answer,
    verify: () => Promise<z.output<Answer>>,
  ): Promise<z.output<Answer> | undefined> => {
    const { request, reply, proofs } = given;
    const payer = await payerOf(request);
    if (payer === undefined) {
      for (let i = 0; i < proofs; i++)
        if (!limiter.take(request.ip))
          throw new ChronoError(
            "rate/limited",
            { ...FREE_PROOFS, proofs },
            { remedy: "wait, send a key, or verify offline with the node set" },
          );
      return verify();
    }
    const value = await verify();
    const { accountId } = payer;
    await runEffect({ db, answers, accountId, request, reply, status: 200, answer }, async (tx) => {
      await metering.charge(tx, payer, "proof.verification", proofs);
      return value;
    });
    return undefined;
  };

  return [
    route({
      method: "POST",
      path: "/v1/verify",
      operationId: "verifyProof",
      tag,
      summary: "Verifies one proof; the stamped data stays with the client, who compares its SHA-256 with the imprint",
      access: "public",
      body: VerifyRequest,
      answer: VerificationResult,
      errors,
      handle: ({ body, request, reply }) =>
        answerTo({ request, reply, proofs: 1 }, VerificationResult, async () => verdictOn(body.proof, set)),
    }),
    route({
      method: "POST",
      path: "/v1/verify/batch",
      operationId: "verifyProofs",
      tag,
      summary: "Verifies up to 1,000 proofs; results are in the order of the proofs",
      access: "public",
      body: VerifyBatchRequest,
      maxBytes: BATCH_BYTES,
      answer: VerificationResults,
      errors,
      handle: ({ body: { proofs }, request, reply }) =>
        answerTo({ request, reply, proofs: proofs.length }, VerificationResults, async () => {
          const results: Verdict[] = [];
          for (const [i, proof] of proofs.entries()) {
            if (i % AT_ONCE === AT_ONCE - 1) await new Promise((resolve) => setImmediate(resolve));
            results.push(verdictOn(proof, set));
          }
          return { results };
        }),
    }),
  ];
}

function verdictOn(envelope: unknown, set: NodeSet): Verdict {
  try {
    const proof = proofFromJson(envelope);
    const { leaf, arrival, existedBefore, sequence, test } = verifyProof(proof, set, { verify: verifyByOpenSsl });
    const { taiMinusUtc, epoch, networkId } = decodeStatement(decodeCertificate(proof.certificate).statement);
    return {
      valid: true,
      imprint: leaf.imprint,
      timeTaiNs: arrival.time,
      // A forged leaf may state a time before 1970 in UTC.
      timeUtcNs: arrival.time < BigInt(taiMinusUtc) * NS_PER_S ? 0n : toUtc(arrival.time, taiMinusUtc),
      uncertaintyNs: arrival.uncertainty,
      existedBeforeTaiNs: existedBefore,
      ...{ sequence, epoch, networkId, test },
    };
  } catch (error) {
    if (!isChronoError(error)) throw error;
    return { valid: false, code: error.code, reason: error.message };
  }
}
