import * as z from "zod";
import { BLOCKHASH_BLOCKS, type Block } from "../chain.ts";
import { COMMITMENTS, type Commitment } from "../commitment.ts";
import type { Ledger } from "../ledger.ts";
import { recentPrices } from "../prioritization-fees.ts";
import { SLOTS_PER_EPOCH } from "../vm.ts";
import { encodeRecordFor } from "./history-methods.ts";
import { inContext, method, type RpcMethod, requireSlot } from "./method.ts";
import { AddressParam, atConfirmed, ContextConfig, config, HashParam, recordView, SlotParam } from "./params.ts";
import { RpcError } from "./rpc-error.ts";

/** Says in every answer where a real node would name its software. */
export const VERSION = "local-solana-simulator (LiteSVM)";
const MAX_PRICED_ACCOUNTS = 128;
const MAX_BLOCKS = 500_000;

export const blockMethods: Readonly<Record<string, RpcMethod>> = {
  getHealth: () => "ok",
  getVersion: () => ({ "solana-core": VERSION, "feature-set": 0 }),
  getGenesisHash: (ledger) => ledger.genesisHash,
  getSlot: atLevel((_, block) => block.slot),
  getBlockHeight: atLevel((_, block) => block.height),
  getTransactionCount: atLevel((ledger) => ledger.transactionCount),
  getEpochInfo: atLevel((ledger, block) => ({
    absoluteSlot: block.slot,
    blockHeight: block.height,
    epoch: Math.floor(block.slot / SLOTS_PER_EPOCH),
    slotIndex: block.slot % SLOTS_PER_EPOCH,
    slotsInEpoch: SLOTS_PER_EPOCH,
    transactionCount: ledger.transactionCount,
  })),
  getEpochSchedule: () => ({
    slotsPerEpoch: SLOTS_PER_EPOCH,
    leaderScheduleSlotOffset: SLOTS_PER_EPOCH,
    warmup: false,
    firstNormalEpoch: 0,
    firstNormalSlot: 0,
  }),
  getFirstAvailableBlock: (ledger) => ledger.chain.blocks[0]?.slot ?? 0,
  minimumLedgerSlot: (ledger) => ledger.chain.blocks[0]?.slot ?? 0,
  getLatestBlockhash: method([ContextConfig], (ledger, view) => {
    requireSlot(ledger, view);
    const block = ledger.chain.at(view.commitment);
    const value = { blockhash: block.hash, lastValidBlockHeight: block.height + BLOCKHASH_BLOCKS };
    return inContext(ledger, view.commitment, value);
  }),
  isBlockhashValid: method([HashParam, ContextConfig], (ledger, hash, view) => {
    requireSlot(ledger, view);
    const { height } = ledger.chain.at(view.commitment);
    const named = ledger.chain.byHash(hash);
    const valid = named !== undefined && named.height <= height && height <= named.height + BLOCKHASH_BLOCKS;
    return inContext(ledger, view.commitment, valid);
  }),
  getBlockTime: method([SlotParam], (ledger, slot) => blockIn(ledger, slot, "processed").unixSeconds),
  getBlocks: method(
    [SlotParam, z.union([SlotParam, config(atConfirmed)]), config(atConfirmed)],
    (ledger, first, second, third) => {
      // The last slot may be left out, with the config in its place.
      const [last, view] = typeof second === "number" ? [second, third] : [first + MAX_BLOCKS, second];
      if (last - first > MAX_BLOCKS) throw new RpcError("invalid params", `at most ${MAX_BLOCKS} slots`);
      const end = Math.min(last, ledger.chain.at(view.commitment).slot);
      return ledger.chain.blocks.map(({ slot }) => slot).filter((slot) => slot >= first && slot <= end);
    },
  ),
  getBlock: method(
    [
      SlotParam,
      config({
        ...atConfirmed,
        ...recordView,
        transactionDetails: z.enum(["full", "signatures", "none"]).default("full"),
        rewards: z.boolean().nullish(),
      }),
    ],
    (ledger, slot, view) => {
      const block = blockIn(ledger, slot, view.commitment);
      const parent = ledger.chain.bySlot(block.parent);
      const records = block.signatures.flatMap((signature) => ledger.history.get(signature) ?? []);
      return {
        blockHeight: block.height,
        blockTime: block.unixSeconds,
        blockhash: block.hash,
        parentSlot: block.parent,
        previousBlockhash: parent?.hash ?? block.hash,
        ...(view.transactionDetails === "full"
          ? { transactions: records.map((record) => encodeRecordFor(record, view)) }
          : {}),
        ...(view.transactionDetails === "signatures" ? { signatures: block.signatures } : {}),
        ...(view.rewards === false ? {} : { rewards: [] }),
      };
    },
  ),
  getRecentPrioritizationFees: method([z.array(AddressParam).max(MAX_PRICED_ACCOUNTS).nullish()], (ledger, addresses) =>
    recentPrices(ledger.chain.blocks, addresses ?? []),
  ),
};

function atLevel(read: (ledger: Ledger, block: Block) => unknown): RpcMethod {
  return method([ContextConfig], (ledger, view) => {
    requireSlot(ledger, view);
    return read(ledger, ledger.chain.at(view.commitment));
  });
}

/** @throws RpcError */
function blockIn(ledger: Ledger, slot: number, commitment: Commitment): Block {
  const block = ledger.chain.bySlot(slot);
  if (slot > ledger.chain.tip.slot) throw new RpcError("block not available", `Block not available for slot ${slot}`);
  if (block === undefined)
    throw new RpcError("slot skipped", `Slot ${slot} was skipped, or missing in long-term storage`);
  if (COMMITMENTS.indexOf(ledger.chain.commitmentOf(block.height)) < COMMITMENTS.indexOf(commitment))
    throw new RpcError("block not available", `Block not available for slot ${slot}`);
  return block;
}
