import { createHash } from "node:crypto";
import { canonicalJson, type JsonValue } from "@chronoledger/compliance";
import { type NodeSet, nodeSetToJson } from "@chronoledger/core";
import type { Database } from "@chronoledger/service";
import { sql } from "drizzle-orm";
import manifest from "../../package.json" with { type: "json" };
import { tierList } from "../accounts/tiers.ts";
import type { GatewayConfig } from "../config.ts";
import type { ArrivalReading, NodeObservation } from "../context.ts";
import { numeric, rowsOf } from "../store/rows-of.ts";
import { plainName } from "./observation-row.ts";

export const CHANGE_KINDS = [
  "started",
  "software",
  "configuration",
  "node-set",
  "epoch",
  "quorum",
  "time",
  "node-state",
  "source",
  "test-flag",
] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/** What is watched, and its value now. `subject`: "gateway", "network" or "node 3". */
export type Watched = { readonly kind: ChangeKind; readonly subject: string; readonly value: string };

export type ChangeRow = {
  readonly time_utc: string;
  readonly kind: ChangeKind;
  readonly subject: string;
  readonly before: string | null;
  readonly after: string;
  readonly gateway: string;
};

const sha256Hex = (text: string): string => createHash("sha256").update(text).digest("hex");

/** SHA-256 of the node set's canonical JSON. */
export const nodeSetDigest = (set: NodeSet): Buffer =>
  createHash("sha256")
    .update(canonicalJson(nodeSetToJson(set) as JsonValue))
    .digest();

/**
 * SHA-256 of the settings that change what the gateway does. Those that hold a secret or the name of a file of this machine are
 * left out: a digest of a short secret can be guessed.
 */
export function configurationDigest(config: GatewayConfig): string {
  const told = {
    aggregator: config.GATEWAY_AGGREGATOR_URL,
    nodes: config.GATEWAY_NODE_URLS,
    observeMs: config.GATEWAY_OBSERVE_MS,
    traceableTo: config.GATEWAY_TRACEABLE_TO,
    openSignUp: config.GATEWAY_OPEN_SIGN_UP,
    privateTargets: config.GATEWAY_PRIVATE_TARGETS,
    scheduler: config.GATEWAY_SCHEDULER_ADDRESS ?? null,
    chainId: config.GATEWAY_CHAIN_ID ?? null,
    tiers: tierList as unknown as JsonValue,
  };
  return sha256Hex(canonicalJson(told as JsonValue));
}

/** Of this gateway's program. */
export const GATEWAY_VERSION: string = manifest.version;

/** What stays as it is while a gateway runs. */
export const watchedAtStart = (config: GatewayConfig, set: NodeSet): Watched[] => [
  { kind: "software", subject: "gateway", value: GATEWAY_VERSION },
  { kind: "configuration", subject: "gateway", value: configurationDigest(config) },
  { kind: "node-set", subject: "network", value: nodeSetDigest(set).toString("hex") },
  { kind: "epoch", subject: "network", value: String(set.epoch) },
];

/** What one look at the network shows. */
export function watchedNow(
  looks: readonly NodeObservation[],
  reading: ArrivalReading | undefined,
  set: NodeSet,
): Watched[] {
  const healthy = looks.filter(({ state }) => state === "healthy").length;
  const quorum = set.keys.length - set.f;
  return [
    { kind: "quorum", subject: "network", value: healthy >= quorum ? "reached" : "short" },
    { kind: "time", subject: "network", value: reading === undefined ? "no agreement" : "agreed" },
    ...looks.flatMap(({ node, state, source, test }): Watched[] => {
      const subject = `node ${node}`;
      const watched: Watched[] = [{ kind: "node-state", subject, value: state }];
      // A node that does not answer says nothing of its source.
      if (state === "unreachable") return watched;
      return [
        ...watched,
        { kind: "source", subject, value: plainName(source) },
        { kind: "test-flag", subject, value: test ? "set" : "not set" },
      ];
    }),
  ];
}

/** The last value of everything that is watched. */
export async function lastChanges(db: Database): Promise<Map<string, string>> {
  const rows = await rowsOf<Pick<ChangeRow, "kind" | "subject" | "after">>(
    db,
    sql`select distinct on (kind, subject) kind, subject, after from gateway_changes order by kind, subject, id desc`,
  );
  return new Map(rows.map(({ kind, subject, after }) => [`${kind}/${subject}`, after]));
}

/** Those of the watched values that are not what they were; `last` is brought up to date. */
export function changesOf(
  watched: readonly Watched[],
  last: Map<string, string>,
): (Watched & { before: string | null })[] {
  return watched.flatMap((one) => {
    const name = `${one.kind}/${one.subject}`;
    const before = last.get(name) ?? null;
    if (before === one.value) return [];
    last.set(name, one.value);
    return [{ ...one, before }];
  });
}

/** What another gateway has recorded already is not recorded again. */
export async function insertChanges(
  db: Database,
  changes: readonly (Watched & { readonly before: string | null })[],
  at: { readonly timeUtcNs: bigint; readonly gateway: string },
): Promise<void> {
  if (changes.length === 0) return;
  await db.execute(sql`
    insert into gateway_changes (time_utc, kind, subject, before, after, gateway)
    select ${numeric(at.timeUtcNs)}, o.kind, o.subject, o.before, o.value, ${at.gateway}
    from json_to_recordset(${JSON.stringify(changes)}::json) as o (kind text, subject text, before text, value text)
    where o.kind = 'started' or o.value is distinct from (select c.after from gateway_changes c
      where c.kind = o.kind and c.subject = o.subject order by c.id desc limit 1)`);
}

/** Most recent first to be cut, oldest first in the answer. */
export async function changesIn(
  db: Database,
  of: {
    readonly fromUtcNs: bigint;
    readonly toUtcNs: bigint;
    readonly kinds: readonly ChangeKind[];
    readonly limit: number;
  },
): Promise<ChangeRow[]> {
  const rows = await rowsOf<ChangeRow>(
    db,
    sql`select time_utc::text, kind, subject, before, after, gateway from gateway_changes
      where time_utc >= ${numeric(of.fromUtcNs)} and time_utc < ${numeric(of.toUtcNs)}
        and kind in (select json_array_elements_text(${JSON.stringify(of.kinds)}::json))
      order by id desc limit ${of.limit}`,
  );
  return rows.toReversed();
}
