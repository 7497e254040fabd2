import { ChronoError, hexToBytes } from "@chronoledger/core";
import { readSecretFile } from "@chronoledger/service";

/** 64 hexadecimal digits, with or without 0x. The message never repeats what the file holds. @throws config/invalid */
export function readAccountKey(path: string): Uint8Array {
  const text = readSecretFile(path).replace(/^0x/, "");
  if (!/^[0-9a-fA-F]{64}$/.test(text))
    throw new ChronoError(
      "config/invalid",
      { file: path },
      { remedy: "a secp256k1 key as 64 hexadecimal digits is needed" },
    );
  return hexToBytes(text);
}
