import type { Database } from "@chronoledger/service";
import { sql } from "drizzle-orm";

const DAY_NS = 86_400_000_000_000n;
const MAX_REMEMBERED = 10_000;

/** Records on which day a key was last used: one write a day, key and gateway, which no request waits for. */
export class KeyUse {
  readonly #db: Database;
  readonly #days = new Map<string, bigint>();

  constructor(db: Database) {
    this.#db = db;
  }

  /** @param now UTC, ns. */
  note(keyId: string, now: bigint): void {
    const day = (now / DAY_NS) * DAY_NS;
    if (this.#days.get(keyId) === day) return;
    if (this.#days.size >= MAX_REMEMBERED) this.#days.clear();
    this.#days.set(keyId, day);
    void this.#write(keyId, day);
  }

  async #write(keyId: string, day: bigint): Promise<void> {
    try {
      await this.#db.execute(sql`
        update gateway_keys set last_used_at = ${String(day)}::numeric
        where id = ${keyId} and (last_used_at is null or last_used_at < ${String(day)}::numeric)`);
    } catch {
      // The next use writes it: a request does not fail for want of a date.
      this.#days.delete(keyId);
    }
  }
}
