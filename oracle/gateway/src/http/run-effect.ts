import { isChronoError } from "@chronoledger/core";
import type { Database } from "@chronoledger/service";
import type { FastifyReply, FastifyRequest } from "fastify";
import * as z from "zod";
import { type AnswerBook, idempotencyKeyOf, type KeptAnswer } from "./idempotency.ts";

export type EffectOptions<Answer extends z.ZodType> = {
  readonly db: Database;
  readonly answers: AnswerBook;
  readonly accountId: string;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly status: number;
  readonly answer: Answer;
};

/**
 * Runs an effect in one transaction with its answer, so that a repeat with the same Idempotency-Key gets the answer and has no
 * effect. The effect must not wait for the network: it holds a connection, and the embedded database has one.
 */
export async function runEffect<Answer extends z.ZodType>(
  options: EffectOptions<Answer>,
  effect: (tx: Database) => Promise<z.output<Answer>>,
): Promise<void> {
  const { db, answers, accountId, request, reply, status } = options;
  const given = idempotencyKeyOf(request);
  const encode = (value: z.output<Answer>): KeptAnswer => ({
    status,
    body: JSON.stringify(z.encode(options.answer, value)),
  });
  if (given === undefined)
    return send(reply, encode(await db.transaction(async (tx) => effect(tx as unknown as Database))), false);
  const known = await answers.find(db, accountId, given);
  if (known !== undefined) return send(reply, known, true);
  try {
    const answer = await db.transaction(async (transaction) => {
      const tx = transaction as unknown as Database;
      const made = encode(await effect(tx));
      await answers.keep(tx, accountId, given, made);
      return made;
    });
    return send(reply, answer, false);
  } catch (error) {
    if (!isChronoError(error) || error.code !== "idempotency/in-progress") throw error;
    const first = await answers.find(db, accountId, given);
    if (first === undefined) throw error;
    return send(reply, first, true);
  }
}

async function send(reply: FastifyReply, { status, body }: KeptAnswer, replayed: boolean): Promise<void> {
  if (replayed) reply.header("Idempotency-Replayed", "true");
  await reply.code(status).type("application/json").send(body);
}
