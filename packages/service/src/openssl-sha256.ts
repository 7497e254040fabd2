import { hash } from "node:crypto";

/** SHA-256 by OpenSSL. By way of a string: for 100 bytes that is four times faster than asking for a buffer. */
export const opensslSha256 = (bytes: Uint8Array): Uint8Array => Buffer.from(hash("sha256", bytes, "binary"), "binary");
