import type { Meter, Tier } from "@chronoledger/core/gateway";

/** Which price a tier's stamps have: those of nanosecond precision are the precise ones. */
export const stampMeterOf = ({ precision }: Tier): Meter => (precision === "ns" ? "stamp.precise" : "stamp.basic");
