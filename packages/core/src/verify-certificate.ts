import { type Certificate, decodeCertificate } from "./certificate.ts";
import { ChronoError } from "./errors.ts";
import { type NodeSet, quorumThreshold } from "./node-set.ts";
import { verifySignature } from "./signature.ts";
import { decodeStatement, FLAG, KIND, type Statement } from "./statement.ts";

export type VerifySignature = (message: Uint8Array, signature: Uint8Array, key: Uint8Array) => boolean;

/**
 * The header rules of protocol.md section 4: what a quorum statement must say, whoever signed it.
 * @throws statement/kind, network, epoch, policy, uncertainty, validity, test-flag, span
 */
export function checkQuorumStatement(statement: Statement, set: NodeSet): void {
  if (statement.kind !== KIND.quorum)
    throw new ChronoError("statement/kind", { got: statement.kind, need: KIND.quorum });
  if (statement.networkId !== set.networkId)
    throw new ChronoError("statement/network", { got: statement.networkId, need: set.networkId });
  if (statement.epoch !== set.epoch)
    throw new ChronoError("statement/epoch", { got: statement.epoch, need: set.epoch });
  if (statement.policyId !== set.policy.policyId)
    throw new ChronoError("statement/policy", { got: statement.policyId, need: set.policy.policyId });
  if (statement.uncertainty > set.policy.maxUncertainty)
    throw new ChronoError("statement/uncertainty", {
      got: String(statement.uncertainty),
      most: String(set.policy.maxUncertainty),
    });
  if (statement.time < set.validFrom || statement.time >= set.validUntil)
    throw new ChronoError("statement/validity", {
      time: String(statement.time),
      from: String(set.validFrom),
      until: String(set.validUntil),
    });
  if ((statement.flags & FLAG.test) !== 0 && !set.policy.allowTest)
    throw new ChronoError("statement/test-flag", { policyId: set.policy.policyId });
  if (statement.previousTime >= statement.time)
    throw new ChronoError("statement/span", { previous: String(statement.previousTime), time: String(statement.time) });
}

/**
 * A certificate is valid when this returns: at least k valid signatures by distinct members of exactly this set, network and
 * policy. Any invalid signature refuses the whole.
 * @param bytes the encoded certificate. @param verify for a faster verifier with the same verdicts (node:crypto, WebCrypto).
 * @throws certificate/malformed, certificate/signer-unknown, certificate/quorum-short, certificate/signature, statement/*
 */
export function verifyCertificate(
  bytes: Uint8Array,
  set: NodeSet,
  verify: VerifySignature = verifySignature,
): Certificate & { readonly fields: Statement } {
  const certificate = decodeCertificate(bytes);
  const fields = decodeStatement(certificate.statement);
  checkQuorumStatement(fields, set);
  const unknown = certificate.signers.find((index) => index >= set.keys.length);
  if (unknown !== undefined)
    throw new ChronoError("certificate/signer-unknown", { index: unknown, n: set.keys.length });
  const need = quorumThreshold(set.keys.length, set.f);
  if (certificate.signers.length < need)
    throw new ChronoError("certificate/quorum-short", { got: certificate.signers.length, need });
  for (const [at, index] of certificate.signers.entries()) {
    const key = set.keys[index];
    const signature = certificate.signatures[at];
    if (key === undefined || signature === undefined || !verify(certificate.statement, signature, key))
      throw new ChronoError("certificate/signature", { signer: index });
  }
  return { ...certificate, fields };
}
