import type { SigningSecret } from "@chronoledger/core/gateway";
import type { Database } from "@chronoledger/service";
import { sql } from "drizzle-orm";
import type * as z from "zod";
import type { Vault } from "../http/vault.ts";
import { numeric, rowsOf } from "../store/rows-of.ts";
import { OLD_SECRET_NS, type SecretVersion, signingSecret, signingSecrets } from "../webhooks/message-signature.ts";

type Parts = { readonly db: Database; readonly vault: Vault };
type Row = { version: number; rotated_at: string };
type Answer = z.output<typeof SigningSecret>;

async function versionOf(db: Database, accountId: string): Promise<SecretVersion> {
  const [row] = await rowsOf<Row>(
    db,
    sql`select version, rotated_at::text from gateway_signing_secrets where account_id = ${accountId}`,
  );
  return { id: accountId, version: row?.version ?? 1, rotatedAt: row === undefined ? null : BigInt(row.rotated_at) };
}

/** What signs the calls of an account's addresses; one secret for all of them. */
export const scheduleSecrets = async ({ db, vault }: Parts, accountId: string, now: bigint): Promise<string[]> =>
  signingSecrets(vault, "schedule", await versionOf(db, accountId), now);

const answerOf = (vault: Vault, { id, version, rotatedAt }: SecretVersion, now: bigint): Answer => ({
  secret: signingSecret(vault, "schedule", id, version),
  version,
  formerUntilUtcNs: rotatedAt === null || now - rotatedAt >= OLD_SECRET_NS ? null : rotatedAt + OLD_SECRET_NS,
});

export const readSecret = async ({ db, vault }: Parts, accountId: string, now: bigint): Promise<Answer> =>
  answerOf(vault, await versionOf(db, accountId), now);

export async function rotateSecret({ db, vault }: Parts, accountId: string, now: bigint): Promise<Answer> {
  const [row] = await rowsOf<Row>(
    db,
    sql`insert into gateway_signing_secrets (account_id, version, rotated_at) values (${accountId}, 2, ${numeric(now)})
      on conflict (account_id) do update set version = gateway_signing_secrets.version + 1, rotated_at = excluded.rotated_at
      returning version, rotated_at::text`,
  );
  return answerOf(vault, { id: accountId, version: row?.version ?? 1, rotatedAt: now }, now);
}
