import { ChronoError, decodeProof, proofFromJson, type TemporalProof } from "@chronoledger/core";
import { TemporalProof as EventProof } from "@chronoledger/sdk";

/** `claim`: the proof of an event at a stated time, as the SDK's generateProof makes it. */
export type ReadProof = { readonly proof: TemporalProof; readonly claim?: EventProof };

/** A proof of 32 signers and 32 levels has 5 kB in JSON; a stamp around it little more. */
export const MAX_PROOF_BYTES = 256 * 1024;

/** The envelope itself, or what holds one as `proof`: an answer of POST /v1/stamps. @throws proof/malformed */
export function readProofText(text: string): ReadProof {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ChronoError("proof/malformed", { reason: "not JSON" }, { cause });
  }
  if (EventProof.isJson(value)) {
    const claim = EventProof.from(value);
    return { proof: claim.proof, claim };
  }
  const inner = typeof value === "object" && value !== null && "proof" in value ? value.proof : value;
  return { proof: proofFromJson(inner) };
}

/** Binary `.chrono` or JSON, told apart by the first bytes. @throws proof/malformed, input/too-large before it is read */
export async function readProofFile(file: Blob): Promise<ReadProof> {
  if (file.size > MAX_PROOF_BYTES)
    throw new ChronoError("input/too-large", { bytes: file.size, most: MAX_PROOF_BYTES });
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (String.fromCharCode(...bytes.subarray(0, 7)) === "ChrPrf1") return { proof: decodeProof(bytes) };
  return readProofText(new TextDecoder().decode(bytes));
}
