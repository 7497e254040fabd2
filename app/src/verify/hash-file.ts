import { sha256 } from "@chronoledger/core";

/**
 * SHA-256 of a file of any size, piece by piece: neither the whole file nor a copy is in memory.
 * @param onProgress told the share that is done, 0 to 1. @throws DOMException "AbortError" when `signal` fires.
 */
export async function hashFile(
  file: Blob,
  onProgress: (share: number) => void,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const hash = sha256.create();
  const reader = file.stream().getReader();
  let done = 0;
  try {
    for (;;) {
      signal?.throwIfAborted();
      const piece = await reader.read();
      if (piece.done) break;
      hash.update(piece.value);
      done += piece.value.length;
      onProgress(file.size === 0 ? 1 : done / file.size);
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
  return hash.digest();
}
