import { randomBytes } from "node:crypto";

/** As `idOf` of the wire schemas wants it: a prefix and 16 random bytes. */
export const newId = (prefix: string): string => `${prefix}_${randomBytes(16).toString("base64url")}`;
