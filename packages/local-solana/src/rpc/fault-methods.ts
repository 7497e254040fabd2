import * as z from "zod";
import type { Faults } from "../controls.ts";
import { method, type RpcMethod } from "./method.ts";

export const FAULT_PREFIX = "local_";
/** More would hold up everybody else. */
const MAX_SLOTS = 1_000;
const Count = z.int().min(0).max(1_000_000);

/** {@link Faults} over JSON-RPC. */
export const faultMethods = (faults: Faults): Readonly<Record<string, RpcMethod>> => ({
  local_advance: method([z.int().min(1).max(MAX_SLOTS).nullish()], (_, slots) => faults.advance(slots ?? 1)),
  local_setUnixTime: method([z.int().min(0).nullable()], (_, seconds) =>
    faults.setUnixTime(seconds === null ? undefined : BigInt(seconds)),
  ),
  local_dropNext: method([Count], (_, count) => faults.dropNext(count)),
  local_delay: method([Count], (_, slots) => faults.delay(slots)),
  local_fork: method([z.int().min(1)], (_, depth) => faults.fork(depth)),
  local_pauseSlots: () => faults.pauseSlots(),
  local_resumeSlots: () => faults.resumeSlots(),
  local_stopAnswering: () => faults.stopAnswering(),
  local_resumeAnswering: () => faults.resumeAnswering(),
});
