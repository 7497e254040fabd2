/** 1 to 2^127 - 1, odd, as X.509 and RFC 3161 want a serial number. @param random 16 bytes. */
export const serialOf = (random: Uint8Array): bigint =>
  (BigInt(`0x${Buffer.from(random).toString("hex")}`) & ((1n << 127n) - 1n)) | 1n;
