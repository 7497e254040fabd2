import { randomBytes } from "node:crypto";
import { CLOCK, type Schedule } from "@chronoledger/bindings";
import { NS_PER_S } from "@chronoledger/core";
import { encodeAbiParameters, encodePacked, type Hex, keccak256, parseEther, parseGwei, zeroHash } from "viem";
import { isComplex } from "./complexity.ts";
import type { EvmRequest } from "./schedule-desk.ts";

/** What fixes a schedule on a chain beside the request itself. Amounts are decimal strings of wei. */
export type EvmTerms = {
  readonly chainId: number;
  readonly scheduler: Hex;
  /** The gateway's account. */
  readonly owner: Hex;
  readonly maxBaseFee: string;
  readonly reward: string;
  readonly rewardFloor: string;
  readonly grace: string;
  readonly salt: Hex;
};

/** The first eligible block pays in full. */
const GRACE_NS = 2n * NS_PER_S;
const MAX_BASE_FEE = parseGwei("100");
/** What a keeper gets. A complex call costs ten times as much as a simple one, as its price does. */
const REWARD = { simple: parseEther("0.01"), complex: parseEther("0.1") };
const FLOOR_PART = 10n;

const SCHEDULE_COMPONENTS = [
  { name: "owner", type: "address" },
  { name: "target", type: "address" },
  { name: "gasLimit", type: "uint32" },
  { name: "value", type: "uint96" },
  { name: "maxBaseFee", type: "uint64" },
  { name: "reward", type: "uint96" },
  { name: "grace", type: "uint64" },
  { name: "rewardFloor", type: "uint96" },
  { name: "clock", type: "uint8" },
  { name: "notBefore", type: "uint64" },
  { name: "notAfter", type: "uint64" },
  { name: "extras", type: "bytes32" },
  { name: "salt", type: "bytes32" },
] as const;

export function newTerms(
  request: EvmRequest,
  where: { readonly chainId: number; readonly scheduler: Hex; readonly owner: Hex },
): EvmTerms {
  const reward = isComplex(request) ? REWARD.complex : REWARD.simple;
  return {
    ...where,
    maxBaseFee: String(MAX_BASE_FEE),
    reward: String(reward),
    rewardFloor: String(reward / FLOOR_PART),
    grace: String(request.windowNs < GRACE_NS ? request.windowNs : GRACE_NS),
    salt: `0x${randomBytes(32).toString("hex")}`,
  };
}

/** On the block clock. */
export const scheduleOf = (terms: EvmTerms, request: Omit<EvmRequest, "calldata">): Schedule => ({
  owner: terms.owner,
  target: request.target,
  gasLimit: request.gasLimit,
  value: 0n,
  maxBaseFee: BigInt(terms.maxBaseFee),
  reward: BigInt(terms.reward),
  grace: BigInt(terms.grace),
  rewardFloor: BigInt(terms.rewardFloor),
  clock: CLOCK.block,
  notBefore: request.executeAt,
  notAfter: request.executeAt + request.windowNs,
  extras: zeroHash,
  salt: terms.salt,
});

/** As `ChronoScheduler.idOf` has it: keccak256 of the commitment and the owner. */
export function chainScheduleIdOf(terms: EvmTerms, schedule: Schedule, calldata: Hex): Hex {
  const commitment = keccak256(
    encodeAbiParameters(
      [
        { type: "uint256" },
        { type: "address" },
        { type: "tuple", components: SCHEDULE_COMPONENTS },
        { type: "bytes32" },
      ],
      [BigInt(terms.chainId), terms.scheduler, schedule, keccak256(calldata)],
    ),
  );
  return keccak256(encodePacked(["bytes32", "address"], [commitment, terms.owner]));
}
