import { chronoOracleAbi } from "@chronoledger/bindings";
import { bytesToHex, decodeCertificate } from "@chronoledger/core";
import { RpcError } from "@chronoledger/txm";
import { decodeErrorResult, encodeFunctionData } from "viem";
import { type Refusal, type RefusalKinds, refusalNamed } from "../refusal.ts";

type Hex = `0x${string}`;

/** Bytes of the statement before the signer bitmap, and the bitmap. */
const STATEMENT_BYTES = 160;
const BITMAP_BYTES = 4;

const hex = (bytes: Uint8Array): Hex => `0x${bytesToHex(bytes)}`;

/** Calldata of `ChronoOracle.submit`. @throws certificate/malformed */
export function submissionData(certificate: Uint8Array): Hex {
  decodeCertificate(certificate);
  const word = (i: number): Hex => hex(certificate.subarray(32 * i, 32 * i + 32));
  return encodeFunctionData({
    abi: chronoOracleAbi,
    functionName: "submit",
    args: [
      [word(0), word(1), word(2), word(3), word(4)],
      hex(certificate.subarray(STATEMENT_BYTES, STATEMENT_BYTES + BITMAP_BYTES)),
      hex(certificate.subarray(STATEMENT_BYTES + BITMAP_BYTES)),
    ],
  });
}

/** By the oracle's custom errors. */
const KINDS: RefusalKinds = {
  OracleSequenceNotNewer: { kind: "stale", code: "certificate/stale" },
  OracleTimeNotNewer: { kind: "stale", code: "certificate/stale" },
  OracleFromTheFuture: { kind: "later", code: "certificate/future" },
  OracleEpochUnknown: { kind: "later", code: "statement/epoch" },
  OraclePaused: { kind: "later", code: "transaction/reverted" },
  OracleHeaderMismatch: { kind: "refused", code: "statement/network" },
  OracleFlagsNotAllowed: { kind: "refused", code: "statement/test-flag" },
  OracleUncertaintyTooLarge: { kind: "refused", code: "statement/uncertainty" },
  OracleOutsideEpoch: { kind: "refused", code: "statement/validity" },
  OracleSpanInvalid: { kind: "refused", code: "statement/span" },
  OracleSignerUnknown: { kind: "refused", code: "certificate/signer-unknown" },
  OracleSignerRevoked: { kind: "refused", code: "certificate/signer-unknown" },
  OracleQuorumShort: { kind: "refused", code: "certificate/quorum-short" },
  OracleSignatureHighS: { kind: "refused", code: "certificate/signature" },
  OracleSignatureInvalid: { kind: "refused", code: "certificate/signature" },
};

/** Why a call of `submit` reverted. Undefined when the error is not a revert. */
export function refusalOf(error: unknown): Refusal | undefined {
  const data = revertData(error);
  if (data === undefined) return undefined;
  return refusalNamed(KINDS, errorName(data));
}

function errorName(data: Hex): string {
  try {
    return decodeErrorResult({ abi: chronoOracleAbi, data }).errorName;
  } catch {
    return data === "0x" ? "no reason given" : `unknown error ${data.slice(0, 10)}`;
  }
}

/** Nodes put it in `data`, in `data.data`, or in neither. */
function revertData(error: unknown): Hex | undefined {
  for (let cause: unknown = error, depth = 0; cause !== undefined && cause !== null && depth < 8; depth++) {
    if (cause instanceof RpcError) {
      const inner = (cause.data as { data?: unknown } | null | undefined)?.data ?? cause.data;
      if (typeof inner === "string" && /^0x([0-9a-fA-F]{2})*$/.test(inner)) return inner as Hex;
      return /revert/i.test(cause.message) ? "0x" : undefined;
    }
    cause = (cause as { cause?: unknown }).cause;
  }
  return undefined;
}
