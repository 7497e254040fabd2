import { concatBytes, sha256 } from "./bytes.ts";
import { ChronoError } from "./errors.ts";

const AFTER_DOMAIN = "ChronoLedger/After1";
const INTENT_DOMAIN = { evm: "ChronoLedger/Intent1", solana: "ChronoLedger/Intent2" } as const;

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));
const sized = (bytes: Uint8Array, length: number, field: string): Uint8Array => {
  if (bytes.length !== length) throw new ChronoError("proof/context", { field, bytes: bytes.length, need: length });
  return bytes;
};

/**
 * Context of a bracketed leaf: the event lies after the time of `certificate` (protocol.md section 6).
 * @param certificate the whole encoded certificate. @param nonce the client's, 32 bytes.
 */
export const afterContext = (certificate: Uint8Array, nonce: Uint8Array): Uint8Array =>
  sha256(concatBytes(ascii(AFTER_DOMAIN), sha256(certificate), sized(nonce, 32, "nonce")));

/** Context that binds a stamp to one call by one sender on one EVM contract (protocol.md section 7). */
export function evmIntentContext(intent: {
  readonly chainId: bigint;
  /** 20 bytes. */
  readonly contract: Uint8Array;
  /** 20 bytes. */
  readonly sender: Uint8Array;
  readonly callData: Uint8Array;
}): Uint8Array {
  if (intent.chainId < 0n || intent.chainId >= 1n << 256n)
    throw new ChronoError("proof/context", { chainId: String(intent.chainId) });
  const chainId = Uint8Array.from({ length: 32 }, (_, i) => Number((intent.chainId >> BigInt(8 * (31 - i))) & 0xffn));
  return sha256(
    concatBytes(
      ascii(INTENT_DOMAIN.evm),
      chainId,
      sized(intent.contract, 20, "contract"),
      sized(intent.sender, 20, "sender"),
      sha256(intent.callData),
    ),
  );
}

/** The same on Solana: program and sender have 32 bytes; the chain is named by its genesis hash as a 256-bit number. */
export const solanaIntentContext = (intent: {
  readonly genesisHash: Uint8Array;
  readonly program: Uint8Array;
  readonly sender: Uint8Array;
  readonly instructionData: Uint8Array;
}): Uint8Array =>
  sha256(
    concatBytes(
      ascii(INTENT_DOMAIN.solana),
      sized(intent.genesisHash, 32, "genesisHash"),
      sized(intent.program, 32, "program"),
      sized(intent.sender, 32, "sender"),
      sha256(intent.instructionData),
    ),
  );
