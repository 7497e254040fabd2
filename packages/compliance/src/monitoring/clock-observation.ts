import { NodeStatus, SignedInteger, U32, U64 } from "@chronoledger/core";
import * as z from "zod";
import { LeapAnnouncement } from "../formats/stamp-types.ts";
import { plainText } from "../text.ts";

export const NodeState = NodeStatus.shape.state;

/** One look at one node's clock. The three measured values are null when the node gave no reading. */
export const ClockObservation = z.strictObject({
  timeUtcNs: U64,
  node: z.int().min(0).max(31),
  /** The node's reading minus the middle of the reference interval. */
  offsetNs: SignedInteger.nullable(),
  /** What the node itself states. */
  uncertaintyNs: U64.nullable(),
  /** Of `offsetNs`: half the reference interval, and half the round trip. */
  measurementUncertaintyNs: U64.nullable(),
  state: NodeState,
  source: plainText(100),
  test: z.boolean(),
  holdover: z.boolean(),
  leap: LeapAnnouncement,
  epoch: U32,
  taiMinusUtc: z.int().min(-32_768).max(32_767),
  /** Fingerprint of the node's key; null when not recorded. */
  keyId: plainText(100).nullable(),
  /** Version and configuration digest of the node's software; null when not recorded. */
  configurationId: plainText(200).nullable(),
});
export type ClockObservation = z.infer<typeof ClockObservation>;

/** |offset| + measurement uncertainty: how far from UTC the clock may have been. Undefined without a measurement. */
export function divergenceOf(observation: ClockObservation): bigint | undefined {
  const { offsetNs, measurementUncertaintyNs } = observation;
  if (offsetNs === null || measurementUncertaintyNs === null) return undefined;
  return (offsetNs < 0n ? -offsetNs : offsetNs) + measurementUncertaintyNs;
}
