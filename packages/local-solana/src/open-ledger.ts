import { randomBytes } from "node:crypto";
import type { Logger } from "@chronoledger/service";
import { toBase58 } from "./base58.ts";
import type { BlockTime } from "./block-time.ts";
import { type Block, type BlockHeader, Chain, type ChainOptions, NO_PRICES } from "./chain.ts";
import { History } from "./history.ts";
import { Ledger } from "./ledger.ts";
import { addProgram, type LocalProgram } from "./programs.ts";
import { StateFile } from "./state-file.ts";
import type { Snapshot } from "./state-format.ts";
import type { Vm } from "./vm.ts";

const GENESIS_SLOT = 1;

export type LedgerOptions = {
  readonly vm: Vm;
  readonly time: BlockTime;
  readonly log: Logger;
  readonly chain: ChainOptions;
  readonly programs: readonly LocalProgram[];
  readonly historyLimit: number;
  readonly stateFile: string | undefined;
};

/**
 * Continues the file's chain, or starts a new one. Programs come from the settings, whatever the file says of them.
 * @throws config/invalid, journal/corrupt
 */
export function openLedger(options: LedgerOptions): { readonly ledger: Ledger; close(): void } {
  const { vm, time, log, stateFile } = options;
  const start = (stateFile === undefined ? undefined : StateFile.read(stateFile)) ?? newChain(time);
  const unwritten = new Set(options.programs.flatMap((program) => addProgram(vm, program, GENESIS_SLOT)));
  vm.setAccounts(start.accounts.filter(([address]) => !unwritten.has(address)));
  const history = new History(options.historyLimit);
  for (const record of start.records) history.add(record);
  const chain = new Chain(options.chain, blocksOf(start));
  const file = stateFile === undefined ? undefined : StateFile.create(stateFile, start);
  const ledger = new Ledger({ vm, chain, history, time, genesisHash: start.genesisHash, unwritten, file, log });
  return { ledger, close: () => file?.close() };
}

function newChain(time: BlockTime): Snapshot {
  const genesisHash = toBase58(randomBytes(32));
  const genesis = { slot: GENESIS_SLOT, parent: 0, height: 1, hash: genesisHash, unixSeconds: time.next(0n) };
  return { genesisHash, blocks: [genesis], accounts: [], records: [] };
}

/** What the blocks changed is not in the file, so none of them can be abandoned. */
function blocksOf({ blocks, records }: Snapshot): Block[] {
  const signatures = Map.groupBy(records, ({ slot }) => slot);
  return blocks.map((header: BlockHeader) => ({
    ...header,
    before: new Map(),
    changed: [],
    signatures: (signatures.get(header.slot) ?? []).map(({ transaction }) => transaction.signature),
    prices: NO_PRICES,
  }));
}
