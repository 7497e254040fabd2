import { ChronoError, httpStatusOf, isChronoError, ZERO_HASH } from "@chronoledger/core";
import { StampId } from "@chronoledger/core/gateway";
import {
  failureOf,
  MAX_REQUEST_BYTES,
  parseRequest,
  REQUEST_MEDIA_TYPE,
  RESPONSE_MEDIA_TYPE,
  tokenResponse,
} from "@chronoledger/rfc3161";
import type { Database } from "@chronoledger/service";
import type { FastifyReply } from "fastify";
import * as z from "zod";
import { requireCaller } from "../accounts/require-caller.ts";
import type { GatewayContext } from "../context.ts";
import type { Caller } from "../http/authenticate.ts";
import { type IdempotencyKey, idempotencyKeyOf } from "../http/idempotency.ts";
import { type Route, route } from "../http/route.ts";
import { placeOf } from "../stamps/stamp-ids.ts";
import { stampMeterOf } from "../stamps/stamp-meter.ts";
import { issueFor, TSA_POLICY } from "./issue-for.ts";
import { openTsa } from "./open-tsa.ts";

const PEM = "application/x-pem-file";
const tag = "rfc3161";

/** The RFC 3161 face: tokens by the protocol of section 3.4, tokens of stamps that are there, and the certificate. */
export function tsaRoutes(context: GatewayContext): Route[] {
  const { stamper, metering, db, log } = context;

  /** @throws what `failureOf` turns into a rejection; the rest is for HTTP. */
  const stampRequest = async (
    der: Uint8Array,
    of: { readonly caller: Caller; readonly idempotency: IdempotencyKey | undefined; readonly isGone: () => boolean },
  ): Promise<Uint8Array> => {
    const request = parseRequest(der, { policies: [TSA_POLICY] });
    const tsa = await openTsa(context);
    const block = await stamper.stamp({
      ...of,
      leaves: [{ imprint: request.imprint, context: ZERO_HASH }],
      // One stamp of the tier, and nothing for the token: it is the form in which this client takes its stamp.
      meter: stampMeterOf(of.caller.tier),
    });
    const { certReq: includeCertificates, nullParameters, nonce } = request;
    const token = await issueFor(tsa, block, 0, {
      ...{ includeCertificates, nullParameters },
      ...(nonce === undefined ? {} : { nonce }),
    });
    return tokenResponse({ status: "granted", token });
  };

  return [
    route({
      method: "POST",
      path: "/v1/tsa",
      operationId: "timeStamp",
      tag,
      summary:
        "A time-stamp by RFC 3161 section 3.4, charged as one stamp: rejections are answered with 200 too, as the protocol has them",
      access: { scope: "stamp" },
      rawBody: { mediaType: REQUEST_MEDIA_TYPE, maxBytes: MAX_REQUEST_BYTES },
      otherAnswers: [RESPONSE_MEDIA_TYPE],
      errors: ["quota/exceeded", "idempotency/mismatch"],
      idempotency: "own",
      async handle({ request, reply, ...input }) {
        const caller = requireCaller(input.caller);
        const idempotency = idempotencyKeyOf(request);
        if (!Buffer.isBuffer(request.body))
          throw new ChronoError("input/malformed", { need: REQUEST_MEDIA_TYPE }, { remedy: "set the Content-Type" });
        try {
          const response = await stampRequest(request.body, { caller, idempotency, isGone: () => reply.raw.destroyed });
          await send(reply, response);
        } catch (error) {
          if (isForHttp(error)) throw error;
          const failInfo = failureOf(error);
          if (failInfo === "systemFailure") log.warn({ err: error }, "a time-stamp could not be issued");
          await send(reply, tokenResponse({ status: "rejection", failInfo, statusString: reasonOf(error) }));
        }
        return undefined;
      },
    }),
    route({
      method: "GET",
      path: "/v1/proofs/:id/rfc3161",
      operationId: "readToken",
      tag,
      summary:
        "A stamp of this account as an RFC 3161 response with its token, for any verifier; each one is charged as a proof",
      access: { scope: "proof" },
      params: z.object({ id: StampId }),
      otherAnswers: [RESPONSE_MEDIA_TYPE],
      errors: ["quota/exceeded", "clock/not-available"],
      async handle({ params: { id }, reply, ...input }) {
        const caller = requireCaller(input.caller);
        const { sequence, index: at } = placeOf(id);
        const { block, index } = await stamper.load(sequence, at);
        if (block.accountId !== caller.accountId) throw new ChronoError("input/not-found", { id });
        const token = await issueFor(await openTsa(context), block, index, { includeCertificates: true });
        await db.transaction((tx) => metering.charge(tx as unknown as Database, caller, "proof.generation", 1));
        reply.header("Content-Disposition", `attachment; filename="${id}.tsr"`);
        await send(reply, tokenResponse({ status: "granted", token }));
        return undefined;
      },
    }),
    route({
      method: "GET",
      path: "/v1/tsa/certificate",
      operationId: "readTsaCertificate",
      tag,
      summary: "The certificate by which tokens are verified, and its chain as far as the operator gave it, as PEM",
      access: "public",
      otherAnswers: [PEM],
      async handle({ reply }) {
        const { certificatePem } = await openTsa(context);
        await reply.type(PEM).send(certificatePem);
        return undefined;
      },
    }),
  ];
}

/** Who asks, how often, and with which key is HTTP's matter: a client needs the status and Retry-After. */
const isForHttp = (error: unknown): boolean =>
  isChronoError(error) &&
  [401, 403, 422, 429].includes(httpStatusOf(error.code)) &&
  error.details.failInfo === undefined;

/** Values of our own making; what an unknown error says stays inside. */
const reasonOf = (error: unknown): string =>
  isChronoError(error) && error.code !== "internal/unexpected" && error.code !== "config/invalid"
    ? error.message
    : "the time-stamping authority failed";

const send = async (reply: FastifyReply, der: Uint8Array): Promise<void> => {
  await reply.type(RESPONSE_MEDIA_TYPE).send(Buffer.from(der));
};
