import { sha256 } from "./bytes.ts";
import { ChronoError } from "./errors.ts";
import { encodeStatement, KIND, ZERO_HASH } from "./statement.ts";
import type { DurationNs, TaiNs } from "./time.ts";

/**
 * The kind-5 statement that a node key signs to join an epoch: proof of possession (protocol.md sections 3 and 4).
 * @param key x || y, 64 bytes. @param evidence SHA-256 of the attestation evidence, zero on a test network.
 */
export const registrationStatement = (joining: {
  readonly networkId: number;
  readonly epoch: number;
  readonly key: Uint8Array;
  readonly evidence: Uint8Array;
}): Uint8Array => {
  if (joining.key.length !== 64)
    throw new ChronoError("statement/malformed", { field: "key", length: joining.key.length, need: 64 });
  return encodeStatement({
    kind: KIND.registration,
    flags: 0,
    taiMinusUtc: 0,
    networkId: joining.networkId,
    epoch: joining.epoch,
    policyId: 0,
    time: 0n as TaiNs,
    uncertainty: 0n as DurationNs,
    sequence: 0n,
    previousTime: 0n as TaiNs,
    imprint: joining.evidence,
    link: sha256(joining.key),
    anchor: ZERO_HASH,
  });
};
