import type { RunRecord, UnixNs } from "@chronoledger/core";

export type TimelineStep = { readonly step: string; readonly time: UnixNs };
export type Timeline = readonly TimelineStep[];

/** Steps kept of one run; a run that is tried for long does not grow for ever. */
const TIMELINE_MOST = 64;

export const withStep = (timeline: Timeline, step: string, time: UnixNs): Timeline =>
  [...timeline, { step, time }].slice(-TIMELINE_MOST);

/** @param clockUncertainty nanoseconds; null when it was not read */
export const timelineRecord = (timeline: Timeline, clockUncertainty: bigint | null): RunRecord["timeline"] =>
  timeline.map(({ step, time }) => ({ step, timeUtcNs: time, uncertaintyNs: clockUncertainty ?? 0n }));
