import { copyBytes } from "@chronoledger/core";
import { boolTrue, type DerNode, malformed, octetString, oid, readOid, readTrue, sequence, TAG } from "./der.ts";
import { DerCursor } from "./der-cursor.ts";

/** Of RFC 5280 section 4.2. `value` is the DER inside the OCTET STRING. */
export type Extension = { readonly oid: string; readonly critical: boolean; readonly value: Uint8Array };

export const encodeExtension = ({ oid: name, critical, value }: Extension): Uint8Array =>
  sequence(oid(name), ...(critical ? [boolTrue] : []), octetString(value));

/** @param node a SEQUENCE OF Extension, under whatever tag. @throws input/malformed, also when one stands twice */
export function readExtensions(node: DerNode): Extension[] {
  const extensions = node.children.map((child): Extension => {
    const cursor = new DerCursor(child, TAG.sequence, "Extension");
    const name = readOid(cursor.next(TAG.oid));
    const critical = cursor.optional(TAG.boolean);
    const value = copyBytes(cursor.next(TAG.octetString).content);
    cursor.end();
    return { oid: name, critical: critical !== undefined && readTrue(critical), value };
  });
  if (extensions.length === 0 || new Set(extensions.map((one) => one.oid)).size !== extensions.length)
    throw malformed("extensions: none, or one twice");
  return extensions;
}
