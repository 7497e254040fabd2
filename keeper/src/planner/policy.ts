import { type DurationNs, durationNs, NS_PER_MS, type UnixNs, unixNs } from "@chronoledger/core";
import { hexToBytes } from "viem";
import { executeGas } from "../executors/evm/execute-call.ts";
import type { Run } from "./run.ts";
import { isAttested, needsCertificate, notBeforeOf } from "./run.ts";

/** EIP-7825: no transaction may ask for more. */
const TRANSACTION_GAS_MOST = 16_777_216n;
/** Nodes refuse larger transactions (geth: 128 KiB). */
const DATA_BYTES_MOST = 96 * 1024;

export type Policy = {
  /** How much of the estimated cost the reward must cover, in percent; 0 runs everything. */
  readonly minRewardPercent: number;
  /** Wei per gas. */
  readonly maxFeePerGas: bigint;
};

export type Prices = { readonly baseFee: bigint; readonly tip: bigint };

/** "run", or why not. `later` says whether that may change before notAfter. */
export type Verdict =
  | { readonly run: true }
  | {
      readonly run: false;
      readonly later: boolean;
      readonly outcome: "underfunded" | "expired";
      readonly reason: string;
    };

/** Whether to run it at the prices of the day. Pure. */
export function judge(run: Run, prices: Prices, policy: Policy): Verdict {
  if (needsCertificate(run)) return never("its clock is a certificate, and this keeper brings none");
  const bytes = (run.data.length + (run.extras?.encoded.length ?? 2) - 4) / 2;
  if (bytes > DATA_BYTES_MOST) return never(`its calldata has ${bytes} bytes, more than nodes take`);
  const gas = executeGas(run);
  if (gas > TRANSACTION_GAS_MOST) return never(`it needs ${gas} gas, more than a transaction may have`);
  if (prices.baseFee > run.schedule.maxBaseFee)
    return later(`the base fee ${prices.baseFee} is above its limit ${run.schedule.maxBaseFee}`, "expired");
  if (prices.baseFee + prices.tip > policy.maxFeePerGas)
    return later(`the base fee ${prices.baseFee} is above this keeper's limit`, "expired");
  const cost = gas * (prices.baseFee + prices.tip);
  if (run.schedule.reward * 100n < cost * BigInt(policy.minRewardPercent))
    return later(`the reward ${run.schedule.reward} does not cover the cost ${cost}`, "underfunded");
  return { run: true };
}

const never = (reason: string): Verdict => ({ run: false, later: false, outcome: "expired", reason });
const later = (reason: string, outcome: "underfunded" | "expired"): Verdict => ({
  run: false,
  later: true,
  outcome,
  reason,
});

/** Wei per gas that may be offered at most: what the schedule, the reward and the keeper allow. */
export function feeCap(run: Run, policy: Policy): bigint {
  const gas = executeGas(run);
  if (policy.minRewardPercent === 0) return policy.maxFeePerGas;
  const covered = (run.schedule.reward * 100n) / BigInt(policy.minRewardPercent) / gas;
  return covered < policy.maxFeePerGas ? covered : policy.maxFeePerGas;
}

export type Roster = { readonly index: number; readonly count: number; readonly staggerMs: number };

/** 0: this keeper is the run's first; 1, 2, ...: it stands in after that many staggers. */
export function rankOf(id: Run["id"], { index, count }: Pick<Roster, "index" | "count">): number {
  const [a, b, c, d] = hexToBytes(id);
  const first = (((a ?? 0) << 24) | ((b ?? 0) << 16) | ((c ?? 0) << 8) | (d ?? 0)) >>> 0;
  return (index - (first % count) + count) % count;
}

export type Leads = { readonly leadMs: number; readonly attestedLeadMs: number };

/** When to look at it: at its time, or when it was postponed to. */
export function lookAt(run: Run, roster: Roster, leads: Leads): UnixNs {
  const at = wakeAt(run, roster, leads);
  return run.postponedUntil !== null && run.postponedUntil > at ? run.postponedUntil : at;
}

/** When to wake for it: `lead` before notBefore, or, as a stand-in, after the others had their turn. */
export function wakeAt(run: Run, roster: Roster, leads: Leads): UnixNs {
  const rank = rankOf(run.id, roster);
  const shift: DurationNs = durationNs(
    rank > 0
      ? BigInt(rank * roster.staggerMs) * NS_PER_MS
      : -BigInt(isAttested(run) ? leads.attestedLeadMs : leads.leadMs) * NS_PER_MS,
  );
  const at = notBeforeOf(run) + shift;
  return unixNs(at < 0n ? 0n : at > (1n << 64n) - 1n ? (1n << 64n) - 1n : at);
}
