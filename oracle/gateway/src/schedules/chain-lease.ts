import type { Database } from "@chronoledger/service";
import { sql } from "drizzle-orm";
import { numeric, rowsOf } from "../store/rows-of.ts";

/**
 * Which of several gateways owns an account of a chain: its nonces and its schedules' events are one process's work. One that is gone
 * loses it by time.
 */
export class ChainLease {
  readonly #db: Database;
  readonly #name: string;
  readonly #owner: string;

  constructor(db: Database, name: string, owner: string) {
    this.#db = db;
    this.#name = name;
    this.#owner = owner;
  }

  /** Takes or renews it. */
  async take(now: bigint, until: bigint): Promise<boolean> {
    const rows = await rowsOf(
      this.#db,
      sql`insert into gateway_chain_leases (name, owner, until) values (${this.#name}, ${this.#owner}, ${numeric(until)})
        on conflict (name) do update set owner = excluded.owner, until = excluded.until
        where gateway_chain_leases.owner = excluded.owner or gateway_chain_leases.until < ${numeric(now)}
        returning owner`,
    );
    return rows.length > 0;
  }

  /** For the next one, at once. */
  async giveBack(): Promise<void> {
    await this.#db.execute(
      sql`update gateway_chain_leases set until = 0 where name = ${this.#name} and owner = ${this.#owner}`,
    );
  }

  /** The block up to which events were read; undefined before the first. */
  async checkpoint(): Promise<number | undefined> {
    const [row] = await rowsOf<{ checkpoint: number | null }>(
      this.#db,
      sql`select checkpoint::float8 as checkpoint from gateway_chain_leases where name = ${this.#name}`,
    );
    return row?.checkpoint ?? undefined;
  }

  async setCheckpoint(block: number): Promise<void> {
    await this.#db.execute(
      sql`update gateway_chain_leases set checkpoint = ${block} where name = ${this.#name} and owner = ${this.#owner}`,
    );
  }
}
