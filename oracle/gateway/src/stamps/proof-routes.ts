import { encodeProof, PROOF_MEDIA_TYPE, ProofEnvelope, proofToJson } from "@chronoledger/core";
import { StampId } from "@chronoledger/core/gateway";
import * as z from "zod";
import type { GatewayContext } from "../context.ts";
import { preferredType } from "../http/preferred-type.ts";
import { type Route, route } from "../http/route.ts";
import { networkRoutes } from "./network-routes.ts";
import { placeOf } from "./stamp-ids.ts";
import { verificationRoutes } from "./verification-routes.ts";

const BINARY = "application/octet-stream";
const ONE_YEAR_S = 31_536_000;

/** Proofs by id, verification, and what a verifier needs to know of the network; none of it needs an account. */
export const proofRoutes = (context: GatewayContext): Route[] => [
  proofRoute(context),
  ...verificationRoutes(context),
  ...networkRoutes(context),
];

const proofRoute = ({ stamper }: GatewayContext): Route =>
  route({
    method: "GET",
    path: "/v1/proofs/:id",
    operationId: "readProof",
    tag: "proofs",
    summary:
      "The proof of a stamp as a JSON envelope, or as a .chrono file by Accept: it holds hashes and times, no data",
    access: "public",
    params: z.object({ id: StampId }),
    answer: ProofEnvelope,
    otherAnswers: [PROOF_MEDIA_TYPE, BINARY],
    async handle({ params: { id }, request, reply }) {
      const { sequence, index: at } = placeOf(id);
      const { block, index } = await stamper.load(sequence, at);
      const type = preferredType(request.headers.accept, [PROOF_MEDIA_TYPE, "application/json", BINARY]);
      const tag = `"${id}${type === BINARY ? ".chrono" : type === PROOF_MEDIA_TYPE ? "" : ".json"}"`;
      reply.header("ETag", tag).header("Vary", "Accept");
      reply.header("Cache-Control", `public, max-age=${ONE_YEAR_S}, immutable`);
      if (matches(request.headers["if-none-match"], tag)) reply.code(304).send();
      else if (type === BINARY) {
        reply.header("Content-Disposition", `attachment; filename="${id}.chrono"`);
        reply.type(type).send(Buffer.from(encodeProof(block.proof(index))));
        // As bytes: Fastify would add a charset, which these types do not have.
      } else reply.type(type).send(Buffer.from(JSON.stringify(proofToJson(block.proof(index)))));
      return undefined;
    },
  });

/** RFC 9110 section 13.1.2; the comparison is the weak one. */
const matches = (header: string | undefined, tag: string): boolean =>
  (header ?? "").split(",").some((each) => each.trim() === "*" || each.trim().replace(/^W\//, "") === tag);
