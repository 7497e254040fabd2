import { type DurationNs, durationNs, MAX_U64, NS_PER_MS, NS_PER_US, type UnixNs } from "@chronoledger/core";
import koffi from "koffi";

/**
 * The only module that reads a clock. Everything else is given a {@link Clock}, so tests move time by hand.
 *
 * UTC comes from clock_gettime(CLOCK_REALTIME), in nanoseconds; where the C library cannot be reached, from edges of the
 * millisecond clock against the monotonic one (error 3 to 52 us when it was measured, and stated in `readUncertainty`).
 */
export interface Clock {
  /** UTC by the machine's clock. */
  utcNow(): UnixNs;
  /** Never steps; its zero has no meaning. The same counter in every thread of the process. */
  monotonicNow(): DurationNs;
  /** What to add to the monotonic clock to get UTC, from the tightest of several bracketed reads. */
  utcMinusMonotonic(): DurationNs;
  /** How wrong a read itself may be, apart from the machine's clock. */
  readonly readUncertainty: DurationNs;
  /** What the kernel says of its clock; undefined where it cannot be asked. */
  kernelState(): KernelClockState | undefined;
}

/** From adjtimex(2), without changing anything. */
export type KernelClockState = {
  /** The kernel's bound on its own error; grows by 500 ppm between corrections and saturates at 16 s. */
  readonly maxError: DurationNs;
  readonly estimatedError: DurationNs;
  /** STA_UNSYNC, or the error bound is at its ceiling. */
  readonly unsynchronised: boolean;
  /** Seconds; 0 means that no daemon has told the kernel. */
  readonly taiMinusUtc: number;
  readonly leap: "none" | "insert" | "delete" | "in-progress";
};

const CLOCK_REALTIME = 0;
const STA_UNSYNC = 0x40;
const MAX_ERROR_CEILING_US = 16_000_000n;
/** struct timex is 208 bytes on 64-bit Linux; room is left. */
const TIMEX_BYTES = 256;

type Native = { gettime: (out: Buffer) => number; adjtimex: ((out: Buffer) => number) | undefined };

function loadNative(): Native | undefined {
  try {
    const libc = koffi.load(null);
    const gettime = libc.func("int clock_gettime(int id, _Out_ uint8_t *out)");
    const adjtimex = process.platform === "linux" ? libc.func("int adjtimex(_Inout_ uint8_t *timex)") : undefined;
    return {
      gettime: (out) => gettime(CLOCK_REALTIME, out),
      ...{ adjtimex: adjtimex && ((out: Buffer) => adjtimex(out)) },
    };
  } catch {
    return undefined;
  }
}

/** Waits for the next edge of the millisecond clock, so that a read of it is good to microseconds. */
function edgeOffset(): bigint {
  let best = MAX_U64;
  let offset = 0n;
  for (let i = 0; i < 8; i++) {
    const start = Date.now();
    let before = process.hrtime.bigint();
    let now = Date.now();
    while (now === start) {
      before = process.hrtime.bigint();
      now = Date.now();
    }
    const after = process.hrtime.bigint();
    if (after - before < best) {
      best = after - before;
      offset = BigInt(now) * NS_PER_MS - (before + after) / 2n;
    }
  }
  return offset;
}

export function createSystemClock(): Clock {
  const native = loadNative();
  const buffer = Buffer.alloc(16);
  let edge: { offset: bigint; at: bigint } | undefined;

  const utcNow = (): UnixNs => {
    if (native !== undefined && native.gettime(buffer) === 0)
      return (buffer.readBigInt64LE(0) * 1_000_000_000n + buffer.readBigInt64LE(8)) as UnixNs;
    const now = process.hrtime.bigint();
    if (edge === undefined || now - edge.at > 10_000_000_000n)
      edge = { offset: edgeOffset(), at: process.hrtime.bigint() };
    return (process.hrtime.bigint() + edge.offset) as UnixNs;
  };

  return {
    utcNow,
    monotonicNow: () => process.hrtime.bigint() as DurationNs,
    utcMinusMonotonic() {
      let best = MAX_U64;
      let offset = 0n;
      for (let i = 0; i < 16; i++) {
        const before = process.hrtime.bigint();
        const utc = utcNow();
        const after = process.hrtime.bigint();
        if (after - before >= best) continue;
        best = after - before;
        offset = utc - (before + after) / 2n;
      }
      return offset as DurationNs;
    },
    readUncertainty: durationNs(native === undefined ? 100n * NS_PER_US : NS_PER_US),
    kernelState() {
      if (native?.adjtimex === undefined) return undefined;
      const timex = Buffer.alloc(TIMEX_BYTES);
      const state = native.adjtimex(timex);
      if (state < 0) return undefined;
      const maxErrorUs = timex.readBigInt64LE(24);
      return {
        maxError: durationNs(maxErrorUs * NS_PER_US),
        estimatedError: durationNs(timex.readBigInt64LE(32) * NS_PER_US),
        unsynchronised: (timex.readInt32LE(40) & STA_UNSYNC) !== 0 || maxErrorUs >= MAX_ERROR_CEILING_US,
        taiMinusUtc: timex.readInt32LE(160),
        leap: state === 1 ? "insert" : state === 2 ? "delete" : state === 3 || state === 4 ? "in-progress" : "none",
      };
    },
  };
}
