export type SubmissionState = {
  /** Newest certificate that is verified; times are TAI. */
  readonly newest: { readonly sequence: bigint; readonly time: bigint } | undefined;
  /** What the chain holds; undefined until it has been read. */
  readonly stored: { readonly sequence: bigint; readonly time: bigint } | undefined;
  readonly inFlight: boolean;
  /** Since the last submission, in nanoseconds. */
  readonly sinceLast: bigint;
  readonly heartbeat: bigint;
  /** Between two blocks, in nanoseconds. */
  readonly blockInterval: bigint;
  /** Instants that somebody waits for on chain, ascending. */
  readonly demands: readonly bigint[];
  /** The chain lost what it had: a reorganisation. */
  readonly fellBack: boolean;
  /** TAI. */
  readonly now: bigint;
};

/** Why the newest certificate should go on chain now, or undefined: not now. */
export function submissionReason(state: SubmissionState): "demand" | "reorganisation" | "heartbeat" | undefined {
  const { newest, stored, demands, heartbeat, sinceLast, blockInterval, now } = state;
  if (newest === undefined || stored === undefined || state.inFlight) return undefined;
  if (newest.sequence <= stored.sequence || newest.time <= stored.time) return undefined;
  if (demands.some((time) => stored.time < time && time <= newest.time)) return "demand";
  if (state.fellBack) return "reorganisation";
  if (sinceLast < heartbeat) return undefined;
  // A heartbeat that is still on its way when a demand falls due only delays it.
  const hold = blockInterval + blockInterval / 2n;
  const soon = demands.some((time) => time > newest.time && time - now < hold && now - time < hold);
  return soon && sinceLast < heartbeat + 2n * hold ? undefined : "heartbeat";
}
