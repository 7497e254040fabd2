import { copyBytes } from "@chronoledger/core";
import { type Algorithm, readAlgorithm, sha256Algorithm } from "./algorithm.ts";
import { type DerNode, octetString, sequence, TAG } from "./der.ts";
import { DerCursor } from "./der-cursor.ts";

/** @param withNull NULL after the hash: a token repeats the request's imprint octet by octet. */
export const messageImprint = (imprint: Uint8Array, withNull = false): Uint8Array =>
  sequence(sha256Algorithm(withNull), octetString(imprint));

/** The algorithm is not judged. @throws input/malformed */
export function readMessageImprint(node: DerNode): { readonly algorithm: Algorithm; readonly hash: Uint8Array } {
  const cursor = new DerCursor(node, TAG.sequence, "MessageImprint");
  const algorithm = readAlgorithm(cursor.next(TAG.sequence));
  const hash = copyBytes(cursor.next(TAG.octetString).content);
  cursor.end();
  return { algorithm, hash };
}
