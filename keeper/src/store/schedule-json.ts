import type { Schedule } from "@chronoledger/bindings";
import type { Hex } from "@chronoledger/txm";

const INTEGERS = ["notBefore", "notAfter", "maxBaseFee", "value", "reward", "rewardFloor", "salt"] as const;

/** As JSON: integers as decimal strings. */
export const encodeSchedule = (schedule: Schedule): Record<string, string | number> => ({
  owner: schedule.owner,
  target: schedule.target,
  clock: schedule.clock,
  gasLimit: schedule.gasLimit,
  ...Object.fromEntries(INTEGERS.map((name) => [name, String(schedule[name])])),
});

export function decodeSchedule(stored: Readonly<Record<string, string | number>>): Schedule {
  const integer = (name: (typeof INTEGERS)[number]): bigint => BigInt(stored[name] ?? 0);
  return {
    owner: stored.owner as Hex,
    target: stored.target as Hex,
    clock: Number(stored.clock),
    gasLimit: Number(stored.gasLimit),
    notBefore: integer("notBefore"),
    notAfter: integer("notAfter"),
    maxBaseFee: integer("maxBaseFee"),
    value: integer("value"),
    reward: integer("reward"),
    rewardFloor: integer("rewardFloor"),
    salt: integer("salt"),
  };
}
