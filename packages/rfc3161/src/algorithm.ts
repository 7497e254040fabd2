import { type DerNode, derNull, oid, readOid, sequence, TAG } from "./der.ts";
import { DerCursor } from "./der-cursor.ts";
import { OID } from "./object-identifiers.ts";

/** Parameters: "absent", "null" (some clients write NULL after a hash), or anything else. */
export type Algorithm = { readonly oid: string; readonly parameters: "absent" | "null" | "other" };

/** @throws input/malformed */
export function readAlgorithm(node: DerNode): Algorithm {
  const cursor = new DerCursor(node, TAG.sequence, "AlgorithmIdentifier");
  const name = readOid(cursor.next(TAG.oid));
  if (node.children.length < 2) return { oid: name, parameters: "absent" };
  const parameters = cursor.any();
  cursor.end();
  return { oid: name, parameters: parameters.tag === TAG.null && parameters.content.length === 0 ? "null" : "other" };
}

/** SHA-256, with or without NULL (RFC 5754 section 2: both are to be accepted). */
export const isSha256 = (algorithm: Algorithm): boolean =>
  algorithm.oid === OID.sha256 && algorithm.parameters !== "other";

/** RFC 5758 section 3.2: the parameters are absent. */
export const isEcdsaWithSha256 = (algorithm: Algorithm): boolean =>
  algorithm.oid === OID.ecdsaWithSha256 && algorithm.parameters === "absent";

export const sha256Algorithm = (withNull = false): Uint8Array =>
  withNull ? sequence(oid(OID.sha256), derNull) : sequence(oid(OID.sha256));
export const ecdsaWithSha256Algorithm = (): Uint8Array => sequence(oid(OID.ecdsaWithSha256));
