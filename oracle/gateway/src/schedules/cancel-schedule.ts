import { sql } from "drizzle-orm";
import { scheduleCan } from "./schedule-machine.ts";
import type { ScheduleRow } from "./schedule-row.ts";
import type { ScheduleStore } from "./schedule-store.ts";

/**
 * Cancels at once what nobody works on, and asks for the rest: a registered schedule needs a transaction, and an attempt under way its
 * end. Harmless to repeat.
 * @returns the schedule as it is then. @throws input/not-found
 */
export async function cancelSchedule(store: ScheduleStore, accountId: string, id: string): Promise<ScheduleRow> {
  for (;;) {
    const row = await store.find(accountId, id);
    if (row.state === "cancelling" || !scheduleCan(row.state, "cancel")) return row;
    const done =
      row.kind === "http" && !row.firing
        ? await store.step(row, "cancel", { details: { reason: null } }, sql`not s.firing`)
        : await store.step(row, "ask");
    if (done !== undefined) return done;
  }
}
