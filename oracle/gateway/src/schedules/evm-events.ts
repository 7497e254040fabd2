import { chronoSchedulerAbi } from "@chronoledger/bindings";
import { type RpcConnection, RpcError } from "@chronoledger/txm";
import { decodeErrorResult, decodeEventLog, type Hex } from "viem";

type RawLog = {
  readonly blockNumber: Hex;
  readonly transactionHash: Hex;
  readonly topics: readonly Hex[];
  readonly data: Hex;
  readonly removed?: boolean;
};
type Place = { readonly id: Hex; readonly transaction: Hex; readonly blockNumber: number };
export type EvmEvent = Place &
  (
    | { readonly kind: "scheduled" | "cancelled" | "expired" }
    | {
        readonly kind: "executed";
        readonly success: boolean;
        readonly latenessNs: bigint;
        readonly reason: string | null;
      }
  );

/** Ids in one question. */
const MAX_IDS = 200;
const CHUNK_BLOCKS = 1_000;

/** What happened to these schedules in these blocks, in order. A node that wants smaller questions gets them. */
export async function readEvents(
  rpc: RpcConnection,
  scheduler: Hex,
  ids: readonly Hex[],
  from: number,
  to: number,
): Promise<EvmEvent[]> {
  const found: EvmEvent[] = [];
  for (let start = 0; start < ids.length; start += MAX_IDS) {
    const some = ids.slice(start, start + MAX_IDS);
    for (let block = from, chunk = CHUNK_BLOCKS; block <= to; ) {
      const last = Math.min(to, block + chunk - 1);
      try {
        found.push(...decode(await logsOf(rpc, scheduler, some, block, last)));
        block = last + 1;
      } catch (error) {
        if (!(error instanceof RpcError) || last === block) throw error;
        chunk = Math.max(1, Math.floor((last - block + 1) / 2));
      }
    }
  }
  return found;
}

const logsOf = async (
  rpc: RpcConnection,
  address: Hex,
  ids: readonly Hex[],
  from: number,
  to: number,
): Promise<RawLog[]> => {
  const [fromBlock, toBlock] = [from, to].map((block) => `0x${block.toString(16)}`);
  return (await rpc.request("eth_getLogs", [{ address, fromBlock, toBlock, topics: [null, ids] }])) as RawLog[];
};

function decode(logs: readonly RawLog[]): EvmEvent[] {
  const events: EvmEvent[] = [];
  const reasons = new Map<string, string>();
  for (const log of logs) {
    if (log.removed === true) continue;
    const { eventName, args } = decodeEventLog({
      abi: chronoSchedulerAbi,
      topics: [...log.topics] as [Hex, ...Hex[]],
      data: log.data,
    });
    const id = log.topics[1] as Hex;
    const place = { id, transaction: log.transactionHash, blockNumber: Number(log.blockNumber) };
    switch (eventName) {
      case "Scheduled":
        events.push({ ...place, kind: "scheduled" });
        break;
      case "CallReverted":
        reasons.set(`${log.transactionHash}${id}`, revertText(args.reason));
        break;
      case "Executed": {
        const reason = args.success ? null : (reasons.get(`${log.transactionHash}${id}`) ?? "the target reverted");
        events.push({ ...place, kind: "executed", success: args.success, latenessNs: args.blockLatenessNs, reason });
        break;
      }
      case "Expired":
      case "Underfunded":
        events.push({ ...place, kind: "expired" });
        break;
      case "Cancelled":
        events.push({ ...place, kind: "cancelled" });
    }
  }
  return events;
}

/** What a target gave as the reason, in words where it is one of Solidity's own; at most 256 bytes stand in the event. */
function revertText(data: Hex): string {
  if (data === "0x") return "the target reverted without a reason";
  try {
    const { errorName, args } = decodeErrorResult({ abi: [], data });
    return `the target reverted: ${errorName}(${args.map(String).join(", ")})`
      .replaceAll(/\p{Cc}/gu, " ")
      .slice(0, 300);
  } catch {
    return `the target reverted: ${data.slice(0, 74)}`;
  }
}
