import { ChronoError, NS_PER_S } from "@chronoledger/core";
import { GatewayStatus } from "@chronoledger/core/gateway";
import { transportOptions } from "../client-options.ts";
import { Transport } from "../transport.ts";

/** UTC in nanoseconds by the network's nodes. @throws clock/not-available, process/failed */
export async function networkTime(url: string): Promise<bigint> {
  const { reading } = await new Transport(transportOptions({ url })).json("/v1/status", GatewayStatus, { open: true });
  if (reading === null)
    throw new ChronoError("clock/not-available", { url }, { remedy: "too few nodes state a time; try again" });
  return reading.timeTaiNs - BigInt(reading.taiMinusUtc) * NS_PER_S;
}
