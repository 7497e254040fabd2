import * as z from "zod";
import { ERROR_CODES } from "../../errors.ts";
import { ProofEnvelope } from "../../proof.ts";
import { Hash, U64 } from "../json.ts";

/** POST /v1/verify, without an account. `data` of the client is never sent: compare its SHA-256 with `imprint`. */
export const VerifyRequest = z.strictObject({ proof: ProofEnvelope });
export const VerifyBatchRequest = z.strictObject({ proofs: z.array(ProofEnvelope).min(1).max(1_000) });

export const VerificationResult = z.discriminatedUnion("valid", [
  z.object({
    valid: z.literal(true),
    imprint: Hash,
    timeTaiNs: U64,
    timeUtcNs: U64,
    uncertaintyNs: U64,
    existedBeforeTaiNs: U64,
    sequence: U64,
    epoch: z.int(),
    networkId: z.int(),
    test: z.boolean(),
  }),
  z.object({ valid: z.literal(false), code: z.enum(ERROR_CODES), reason: z.string() }),
]);
export type VerificationResult = z.infer<typeof VerificationResult>;
export const VerificationResults = z.object({ results: z.array(VerificationResult) });
