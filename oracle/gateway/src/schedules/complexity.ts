/**
 * The seed prices a simple and a complex execution and does not say which is which. Here a call is complex when it carries much data
 * or wants much gas: what makes it dear to execute.
 */
const SIMPLE = { calldataBytes: 1_024, gas: 500_000 } as const;

/** Gas counts on a chain only: leave it out for an address. */
export const isComplex = ({ calldata, gasLimit = 0 }: { calldata: string; gasLimit?: number }): boolean =>
  (calldata.length - 2) / 2 > SIMPLE.calldataBytes || gasLimit > SIMPLE.gas;

/** The meter of one call. */
export const meterOf = (call: { calldata: string; gasLimit?: number }): "schedule.simple" | "schedule.complex" =>
  isComplex(call) ? "schedule.complex" : "schedule.simple";
