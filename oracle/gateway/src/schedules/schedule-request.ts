import { ChronoError, NS_PER_S } from "@chronoledger/core";
import type { ScheduleRequest } from "@chronoledger/core/gateway";
import { isAddress } from "viem";
import type * as z from "zod";
import type { GatewayContext } from "../context.ts";
import { parseTarget, resolveTarget, type TargetPolicy } from "../webhooks/target-guard.ts";
import type { ScheduleDetails, ScheduleRow } from "./schedule-row.ts";

type Request = z.output<typeof ScheduleRequest>;

/** Ten years of 366 days. */
const MAX_AHEAD_NS = 3_660n * 86_400n * NS_PER_S;
const MIN_WINDOW_NS = 1n * NS_PER_S;
const MAX_WINDOW_NS = 30n * 86_400n * NS_PER_S;
/** No transaction holds more than 2^24 gas (EIP-7825), and a keeper's needs some beside the target's. */
const MAX_GAS = 16_000_000;

const outOfRange = (details: Record<string, string | number>, remedy: string): ChronoError =>
  new ChronoError("input/out-of-range", details, { remedy });

/** What can be told by the request and the clock alone. @throws input/out-of-range */
export function checkTimes({ executeUtcNs, windowNs }: Pick<Request, "executeUtcNs" | "windowNs">, now: bigint): void {
  if (executeUtcNs <= now)
    throw outOfRange(
      { executeUtcNs: String(executeUtcNs), nowUtcNs: String(now) },
      "an instant in the future is needed",
    );
  if (executeUtcNs - now > MAX_AHEAD_NS)
    throw outOfRange({ executeUtcNs: String(executeUtcNs) }, "at most 10 years ahead");
  if (windowNs < MIN_WINDOW_NS || windowNs > MAX_WINDOW_NS)
    throw outOfRange({ windowNs: String(windowNs) }, "a window lasts 1 second to 30 days");
}

export type Plan = Pick<ScheduleRow, "kind" | "target" | "chainScheduleId"> &
  Pick<ScheduleDetails, "calldata" | "gasLimit" | "evm">;

/**
 * Asks the network whether the target can be called at all.
 * @throws target/refused, input/out-of-range, rpc/unavailable, transaction/insufficient-funds
 */
export async function planTarget(
  request: Request,
  { schedules, config }: Pick<GatewayContext, "schedules" | "config">,
  policy: TargetPolicy,
): Promise<Plan> {
  const { target, gasLimit } = request;
  const calldata = request.calldata.toLowerCase() as `0x${string}`;
  if (!target.startsWith("0x")) {
    const url = parseTarget(target, policy);
    await resolveTarget(url, policy);
    return { kind: "http", target: url.href, chainScheduleId: null, calldata, gasLimit, evm: null };
  }
  if (!isAddress(target))
    throw new ChronoError(
      "target/refused",
      { target },
      { remedy: "0x and 40 hexadecimal digits are needed, in lower case or with the right checksum" },
    );
  if (config.GATEWAY_RPC_URL === undefined)
    throw new ChronoError(
      "target/refused",
      { target },
      { remedy: "this gateway has no chain; its operator sets GATEWAY_RPC_URL. An https address can be called" },
    );
  if (gasLimit > MAX_GAS) throw outOfRange({ gasLimit }, `no transaction can give a call more than ${MAX_GAS} gas`);
  if (schedules.evm === undefined)
    throw new ChronoError("rpc/unavailable", {}, { remedy: "the gateway does not reach its chain now; try again" });
  const { executeUtcNs: executeAt, windowNs } = request;
  const { terms, chainScheduleId } = await schedules.evm.plan({ target, calldata, executeAt, windowNs, gasLimit });
  return { kind: "evm", target, chainScheduleId, calldata, gasLimit, evm: terms };
}
