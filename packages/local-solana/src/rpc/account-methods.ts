import * as z from "zod";
import { encodeAccount } from "../account-encoding.ts";
import { matchesAll } from "../account-filter.ts";
import { inContext, method, type RpcMethod, requireSlot } from "./method.ts";
import { AccountConfig, AddressParam, accountView, atCommitment, ContextConfig, config, filters } from "./params.ts";

const MAX_ACCOUNTS = 100;
/** The longest an account may be. */
const MAX_DATA_BYTES = 10 * 1024 * 1024;

export const accountMethods: Readonly<Record<string, RpcMethod>> = {
  getAccountInfo: method([AddressParam, AccountConfig], (ledger, address, view) => {
    requireSlot(ledger, view);
    return inContext(ledger, view.commitment, encodeAccount(ledger.account(address, view.commitment), view));
  }),
  getBalance: method([AddressParam, ContextConfig], (ledger, address, view) => {
    requireSlot(ledger, view);
    return inContext(ledger, view.commitment, ledger.account(address, view.commitment)?.lamports ?? 0);
  }),
  getMultipleAccounts: method([z.array(AddressParam).max(MAX_ACCOUNTS), AccountConfig], (ledger, addresses, view) => {
    requireSlot(ledger, view);
    const accounts = addresses.map((address) => encodeAccount(ledger.account(address, view.commitment), view));
    return inContext(ledger, view.commitment, accounts);
  }),
  getProgramAccounts: method(
    [AddressParam, config({ ...atCommitment, ...accountView, ...filters, withContext: z.boolean().nullish() })],
    (ledger, program, view) => {
      requireSlot(ledger, view);
      const accounts = [...ledger.programAccounts(program, view.commitment)]
        .filter(([, account]) => matchesAll(account, view.filters))
        .map(([pubkey, account]) => ({ pubkey, account: encodeAccount(account, view) }));
      return view.withContext === true ? inContext(ledger, view.commitment, accounts) : accounts;
    },
  ),
  getMinimumBalanceForRentExemption: method([z.int().min(0).max(MAX_DATA_BYTES), ContextConfig], (ledger, bytes) =>
    ledger.vm.rentExemption(bytes),
  ),
  requestAirdrop: method(
    [AddressParam, z.int().min(1), config({ recentBlockhash: z.string().max(44).nullish() })],
    (ledger, address, lamports) => ledger.airdrop(address, lamports),
  ),
};
