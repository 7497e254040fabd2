import { randomBytes } from "node:crypto";
import { join } from "node:path";
import {
  type NodeSet,
  NS_PER_S,
  nodeSetToJson,
  parseNodeSet,
  registrationStatement,
  taiNs,
  toTai,
  ZERO_HASH,
} from "@chronoledger/core";
import { type Clock, loadOrCreateKey, readIfPresent, type StatementSigner, writeDurably } from "@chronoledger/service";
import type { Account, Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { KEEPER_COUNT, NODE_COUNT } from "./ports.ts";

const NETWORK_ID = 31_337;
const TAI_MINUS_UTC = 37;
const VALID_FOR_S = 10n * 365n * 86_400n;

/** What a development network is made of; drawn once, kept under its data folder. */
export type Genesis = {
  readonly nodeSet: NodeSet;
  readonly nodeSetFile: string;
  readonly tokenFile: string;
  readonly nodeKeyFiles: readonly string[];
  /** Signatures of the registration statements, in index order: proof of possession. */
  readonly registrations: readonly Uint8Array[];
  readonly deployer: DevAccount;
  readonly relayer: DevAccount;
  readonly keepers: readonly DevAccount[];
  /** Registers the demonstration's schedules. */
  readonly user: DevAccount;
  /** Registers the schedules of the gateway's clients. */
  readonly gateway: DevAccount;
  /** Seals what the gateway's database must not reveal. */
  readonly vaultFile: string;
  readonly operatorTokenFile: string;
};
export type DevAccount = { readonly keyFile: string; readonly key: Hex; readonly account: Account };

function devAccount(folder: string, name: string): DevAccount {
  const keyFile = join(folder, `${name}.key`);
  const kept = readIfPresent(keyFile)?.toString("utf8").trim();
  const key = (kept ?? `0x${randomBytes(32).toString("hex")}`) as Hex;
  if (kept === undefined) writeDurably(keyFile, `${key}\n`);
  return { keyFile, key, account: privateKeyToAccount(key) };
}

function secretFile(path: string): string {
  if (readIfPresent(path) === undefined) writeDurably(path, `${randomBytes(36).toString("base64url")}\n`);
  return path;
}

function nodeSetOf(signers: readonly StatementSigner[], clock: Clock): NodeSet {
  const now = toTai(clock.utcNow(), TAI_MINUS_UTC);
  return {
    networkId: NETWORK_ID,
    epoch: 1,
    f: 1,
    keys: signers.map((signer) => signer.publicKey),
    evidence: signers.map(() => ZERO_HASH),
    validFrom: taiNs(now - 60n * NS_PER_S),
    validUntil: taiNs(now + VALID_FOR_S * NS_PER_S),
    // Software keys and this machine's own clock: only the test flag makes that acceptable, and it stands in every certificate.
    policy: { policyId: 1, maxUncertainty: 250_000_000n as never, maxLead: (5n * NS_PER_S) as never, allowTest: true },
  };
}

export async function loadOrCreateGenesis(dataDir: string, clock: Clock): Promise<Genesis> {
  const keys = join(dataDir, "keys");
  const nodeKeyFiles = Array.from({ length: NODE_COUNT }, (_, i) => join(keys, `node-${i}.pem`));
  const signers = nodeKeyFiles.map(loadOrCreateKey);
  const nodeSetFile = join(dataDir, "node-set.json");
  const kept = readIfPresent(nodeSetFile);
  const nodeSet = kept === undefined ? nodeSetOf(signers, clock) : parseNodeSet(JSON.parse(kept.toString("utf8")));
  if (kept === undefined) writeDurably(nodeSetFile, `${JSON.stringify(nodeSetToJson(nodeSet), null, 2)}\n`, 0o644);
  const [tokenFile, vaultFile, operatorTokenFile] = ["token", "vault", "operator-token"].map((name) =>
    secretFile(join(keys, name)),
  ) as [string, string, string];
  const { networkId, epoch } = nodeSet;
  return {
    nodeSet,
    nodeSetFile,
    tokenFile,
    nodeKeyFiles,
    registrations: await Promise.all(
      signers.map((signer) =>
        signer.sign(registrationStatement({ networkId, epoch, key: signer.publicKey, evidence: ZERO_HASH })),
      ),
    ),
    deployer: devAccount(keys, "deployer"),
    relayer: devAccount(keys, "relayer"),
    keepers: Array.from({ length: KEEPER_COUNT }, (_, i) => devAccount(keys, `keeper-${i}`)),
    user: devAccount(keys, "user"),
    gateway: devAccount(keys, "gateway"),
    vaultFile,
    operatorTokenFile,
  };
}
