import {
  createWalletClient,
  encodeAbiParameters,
  encodeFunctionData,
  type Hex,
  http,
  keccak256,
  parseAbiParameters,
  parseEventLogs,
  type TransactionReceipt,
  toHex,
  zeroAddress,
} from "viem";
import { foundry } from "viem/chains";
import { chronoSchedulerAbi, type Schedule } from "../../packages/bindings/src/index.ts";
import { INCREMENT, type SchedulerChain } from "./scheduler.ts";

const EXTRAS = parseAbiParameters([
  "Extras extras",
  "struct Extras { uint64 interval; uint32 count; uint8 onRevert; address condition; uint32 conditionGas; bytes conditionData; }",
]);
const NS_PER_S = 1_000_000_000n;

export type ExtrasTerms = {
  readonly interval: bigint;
  readonly count: number;
  readonly onRevert: number;
  readonly condition: Hex;
  readonly conditionGas: number;
  readonly conditionData: Hex;
};
export type SeriesTerms = {
  readonly schedule: Partial<Schedule> & { readonly notBefore: bigint };
  readonly extras?: Partial<ExtrasTerms>;
  /** Wei; absent: what all runs need. */
  readonly deposit?: bigint;
};
export type ScheduledSeries = {
  readonly id: Hex;
  readonly schedule: Schedule;
  readonly extras: Hex;
  readonly data: Hex;
};

export const encodeExtras = (fields: Partial<ExtrasTerms>): Hex =>
  encodeAbiParameters(EXTRAS, [
    {
      interval: 0n,
      count: 1,
      onRevert: 0,
      condition: zeroAddress,
      conditionGas: 0,
      conditionData: "0x",
      ...fields,
    },
  ]);

/** Code that counts its calls in slot 1 while slot 0 is not zero, and reverts while it is. */
export const FICKLE_CODE = "0x600054600b5760006000fd5b60015460010160015500";
/** Code that answers with slot 0. */
export const SWITCH_CODE = "0x60005460005260206000f3";

let salt = 1n << 64n;

/** Schedules one with extras and waits until it is in a block. */
export async function scheduleSeries(
  chain: SchedulerChain,
  rpcUrl: string,
  { schedule: fields, extras: extrasFields = {}, deposit }: SeriesTerms,
): Promise<ScheduledSeries> {
  const { owner, counter } = chain;
  const extras = encodeExtras(extrasFields);
  const schedule: Schedule = {
    owner: owner.address,
    target: counter,
    notAfter: fields.notBefore + 30n * NS_PER_S,
    grace: 0n,
    clock: 0,
    gasLimit: 60_000,
    maxBaseFee: 500n * NS_PER_S,
    value: 0n,
    reward: 10n ** 15n,
    rewardFloor: 0n,
    extras: keccak256(extras),
    salt: toHex(salt++, { size: 32 }),
    ...fields,
  };
  const data = INCREMENT;
  const input = encodeFunctionData({
    abi: chronoSchedulerAbi,
    functionName: "scheduleWith",
    args: [{ schedule, extras, data }],
  });
  const value = deposit ?? (schedule.reward + schedule.value) * BigInt(extrasFields.count ?? 1);
  const logs = await sendAsOwner(chain, rpcUrl, input, value);
  const [event] = parseEventLogs({ abi: chronoSchedulerAbi, logs, eventName: "Scheduled" });
  if (event === undefined) throw new Error("a series was not scheduled");
  return { id: event.args.id, schedule, extras, data };
}

/** Calls the scheduler from the owner's account. @returns the logs, once it is in a block */
export async function sendAsOwner(
  { owner, scheduler, client }: SchedulerChain,
  rpcUrl: string,
  data: Hex,
  value = 0n,
): Promise<TransactionReceipt["logs"]> {
  const wallet = createWalletClient({ chain: foundry, transport: http(rpcUrl), account: owner });
  const hash = await wallet.sendTransaction({ to: scheduler, data, value });
  const { logs, status } = await client.waitForTransactionReceipt({ hash });
  if (status !== "success") throw new Error(`the scheduler refused ${data.slice(0, 10)}`);
  return logs;
}
