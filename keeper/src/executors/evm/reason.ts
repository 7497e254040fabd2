import { chronoOracleAbi, chronoSchedulerAbi } from "@chronoledger/bindings";
import type { Hex } from "@chronoledger/txm";
import { decodeErrorResult, parseAbi } from "viem";

const ABI = [
  ...chronoSchedulerAbi,
  ...chronoOracleAbi.filter(({ type }) => type === "error"),
  ...parseAbi(["error Error(string)", "error Panic(uint256)"]),
];
const REASON_CHARS = 300;

export type Reason = { readonly name: string; readonly text: string };

/** What a call reverted with, for people and for decisions. Bytes of a hostile target are shown, never trusted. */
export function readReason(data: unknown): Reason {
  if (typeof data !== "string" || !/^0x([0-9a-fA-F]{2})*$/.test(data))
    return { name: "unknown", text: "no reason was given" };
  if (data === "0x") return { name: "empty", text: "reverted without a reason" };
  try {
    const { errorName, args } = decodeErrorResult({ abi: ABI, data: data as Hex });
    const shown = (args ?? []).map((value) => printable(String(value))).join(", ");
    return { name: errorName, text: `${errorName}(${shown})`.slice(0, REASON_CHARS) };
  } catch {
    return { name: "unknown", text: data.slice(0, REASON_CHARS) };
  }
}

// A target's own text must not steer a terminal.
const printable = (text: string): string => text.replace(/[^\x20-\x7e]/g, "?");
