import type { Schedule } from "@chronoledger/bindings";
import type { Hex } from "@chronoledger/txm";

const INTEGERS = ["notBefore", "notAfter", "grace", "maxBaseFee", "value", "reward", "rewardFloor"] as const;

/** As JSON: integers as decimal strings. */
export const encodeSchedule = (schedule: Schedule): Record<string, string | number> => ({
  owner: schedule.owner,
  target: schedule.target,
  extras: schedule.extras,
  salt: schedule.salt,
  clock: schedule.clock,
  gasLimit: schedule.gasLimit,
  ...Object.fromEntries(INTEGERS.map((name) => [name, String(schedule[name])])),
});

export function decodeSchedule(stored: Readonly<Record<string, string | number>>): Schedule {
  const integer = (name: (typeof INTEGERS)[number]): bigint => BigInt(stored[name] ?? 0);
  return {
    owner: stored.owner as Hex,
    target: stored.target as Hex,
    extras: stored.extras as Hex,
    salt: stored.salt as Hex,
    clock: Number(stored.clock),
    gasLimit: Number(stored.gasLimit),
    notBefore: integer("notBefore"),
    notAfter: integer("notAfter"),
    grace: integer("grace"),
    maxBaseFee: integer("maxBaseFee"),
    value: integer("value"),
    reward: integer("reward"),
    rewardFloor: integer("rewardFloor"),
  };
}
