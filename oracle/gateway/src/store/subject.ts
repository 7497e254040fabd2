import { ChronoError, type NodeSet } from "@chronoledger/core";
import type { Database } from "@chronoledger/service";
import { sql } from "drizzle-orm";

/** Sequences of two networks would be taken for one another. @throws config/invalid when the database is of another network. */
export async function requireSameNetwork(db: Database, set: NodeSet): Promise<void> {
  await db.execute(sql`insert into gateway_subject (network_id) values (${set.networkId}) on conflict do nothing`);
  const result = await db.execute(sql`select network_id from gateway_subject where network_id <> ${set.networkId}`);
  const other = (result as unknown as { rows: { network_id: number }[] }).rows[0];
  if (other === undefined) return;
  throw new ChronoError(
    "config/invalid",
    { networkId: set.networkId, database: other.network_id },
    { remedy: "the database holds stamps of another network: name another one, or another GATEWAY_DATABASE_SCHEMA" },
  );
}
