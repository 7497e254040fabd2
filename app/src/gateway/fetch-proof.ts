import { ChronoError, ProofEnvelope, proofFromJson, type TemporalProof } from "@chronoledger/core";
import { StampId } from "@chronoledger/core/gateway";
import { askGateway } from "./ask-gateway.ts";

/** A proof that this gateway keeps. @throws input/malformed for what is no id, input/not-found, rpc/unavailable */
export async function fetchProof(id: string): Promise<TemporalProof> {
  if (!StampId.safeParse(id).success)
    throw new ChronoError("input/malformed", { id: id.slice(0, 60) }, { remedy: "an id looks like st_123_4" });
  return proofFromJson(await askGateway(ProofEnvelope, `/v1/proofs/${id}`));
}
