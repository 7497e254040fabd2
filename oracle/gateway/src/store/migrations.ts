import type { Migration } from "@chronoledger/service";

/** Times are nanoseconds of UTC in numeric(20, 0) unless a name says otherwise. */
export const gatewayMigrations: readonly Migration[] = [
  {
    name: "gateway-0001-accounts",
    statements: [
      `create table gateway_accounts (
        id text primary key,
        name text not null,
        tier text not null,
        billing text not null,
        created_at numeric(20, 0) not null,
        closed boolean not null default false,
        retention_years integer not null default 7
      )`,
      `create table gateway_keys (
        id text primary key,
        account_id text not null references gateway_accounts (id),
        name text not null,
        secret_hash bytea not null,
        scopes text[] not null,
        created_at numeric(20, 0) not null,
        expires_at numeric(20, 0),
        revoked_at numeric(20, 0),
        last_used_at numeric(20, 0),
        replaced_by text
      )`,
      "create index gateway_keys_account on gateway_keys (account_id, created_at)",
      // One row an account and month: its lock is what makes charges exact. Quantities by meter. Tier and billing as they were
      // changed last in that month, so that an invoice does not change when they do later.
      `create table gateway_account_months (
        account_id text not null references gateway_accounts (id),
        month text not null,
        tier text not null,
        billing text not null,
        quantities jsonb not null default '{}',
        primary key (account_id, month)
      )`,
      `create view gateway_usage as
        select account_id, month, key as meter, value::bigint as quantity
        from gateway_account_months, jsonb_each_text(quantities)`,
      // The body is sealed: some answers hold secrets.
      `create table gateway_answers (
        account_id text not null,
        idempotency_key text not null,
        fingerprint bytea not null,
        status integer not null,
        body bytea not null,
        created_at numeric(20, 0) not null,
        primary key (account_id, idempotency_key)
      )`,
      "create index gateway_answers_age on gateway_answers (created_at)",
    ],
  },
  {
    name: "gateway-0002-stamps",
    statements: [
      "create table gateway_subject (network_id bigint primary key)",
      // One row a round and gateway: proofs are derived from it. Times in TAI.
      `create table gateway_batches (
        sequence numeric(20, 0) not null,
        first_index bigint not null,
        count integer not null,
        size bigint not null,
        time_tai numeric(20, 0) not null,
        leaves bytea not null,
        complement bytea not null,
        certificate bytea not null,
        primary key (sequence, first_index)
      )`,
      // Hashes cannot be compressed.
      "alter table gateway_batches alter column leaves set storage external",
      // One row a request: which leaves of which batch are whose, and what was charged for them.
      `create table gateway_stamps (
        account_id text not null,
        sequence numeric(20, 0) not null,
        leaf_index bigint not null,
        count integer not null,
        time_utc numeric(20, 0) not null,
        uncertainty numeric(20, 0) not null,
        precision text not null,
        meter text not null,
        regime text,
        activity text,
        reference text,
        idempotency_key text,
        fingerprint bytea,
        primary key (sequence, leaf_index)
      )`,
      "create unique index gateway_stamps_key on gateway_stamps (account_id, idempotency_key) where idempotency_key is not null",
      "create index gateway_stamps_account on gateway_stamps (account_id, time_utc)",
      `create table gateway_scheduled_stamps (
        id text primary key,
        account_id text not null,
        time_utc numeric(20, 0) not null,
        imprint bytea not null,
        precision text not null,
        meter text not null,
        state text not null,
        lease_until numeric(20, 0) not null default 0,
        sequence numeric(20, 0),
        leaf_index bigint,
        exact boolean,
        reason text,
        created_at numeric(20, 0) not null
      )`,
      "create index gateway_scheduled_stamps_due on gateway_scheduled_stamps (time_utc) where state = 'waiting'",
      "create index gateway_scheduled_stamps_account on gateway_scheduled_stamps (account_id, created_at)",
    ],
  },
  {
    name: "gateway-0003-schedules",
    statements: [
      `create table gateway_schedules (
        id text primary key,
        account_id text not null,
        kind text not null,
        target text not null,
        state text not null,
        execute_at numeric(20, 0) not null,
        window_ns numeric(20, 0) not null,
        created_at numeric(20, 0) not null,
        settled boolean not null default false,
        chain_schedule_id text,
        -- When to look at it next; a call of an address is made then.
        next_attempt_at numeric(20, 0) not null,
        -- An attempt is under way: it may reach the target even when this gateway is gone.
        firing boolean not null default false,
        -- Of several gateways, the one that works on it, until when.
        lease_owner text,
        lease_until numeric(20, 0),
        details jsonb not null
      )`,
      "create index gateway_schedules_due on gateway_schedules (kind, next_attempt_at) where not settled",
      "create index gateway_schedules_account on gateway_schedules (account_id, created_at)",
      "create unique index gateway_schedules_chain on gateway_schedules (chain_schedule_id) where chain_schedule_id is not null",
      `create table gateway_webhooks (
        id text primary key,
        account_id text not null,
        url text not null,
        events text[] not null,
        description text,
        enabled boolean not null default true,
        secret_version integer not null default 1,
        rotated_at numeric(20, 0),
        failing_since numeric(20, 0),
        created_at numeric(20, 0) not null
      )`,
      "create index gateway_webhooks_account on gateway_webhooks (account_id, created_at)",
      `create table gateway_deliveries (
        id text primary key,
        webhook_id text not null references gateway_webhooks (id) on delete cascade,
        event text not null,
        payload jsonb not null,
        state text not null,
        attempts jsonb not null default '[]',
        next_attempt_at numeric(20, 0),
        lease_owner text,
        lease_until numeric(20, 0),
        created_at numeric(20, 0) not null
      )`,
      "create index gateway_deliveries_due on gateway_deliveries (next_attempt_at) where state = 'pending'",
      "create index gateway_deliveries_webhook on gateway_deliveries (webhook_id, created_at)",
      // What signs scheduled calls of an account; version 1 of those that are not here.
      `create table gateway_signing_secrets (
        account_id text primary key,
        version integer not null,
        rotated_at numeric(20, 0) not null
      )`,
      // Which gateway owns an account of a chain until when, and the block up to which its events were read.
      `create table gateway_chain_leases (
        name text primary key,
        owner text not null,
        until numeric(20, 0) not null,
        checkpoint bigint
      )`,
    ],
  },
  {
    name: "gateway-0004-compliance",
    statements: [
      // What the nodes' clocks said, every few seconds: what reports and rules rest on. Narrow, as there are millions of rows a year.
      `create table gateway_observations (
        time_utc numeric(20, 0) not null,
        node smallint not null,
        offset_ns numeric(20, 0),
        uncertainty_ns numeric(20, 0),
        measurement_ns numeric(20, 0),
        state text not null,
        source text not null,
        -- 1 test, 2 holdover, 4 leap second inserted, 8 deleted.
        flags smallint not null,
        epoch bigint not null,
        tai_minus_utc smallint,
        key_id text,
        primary key (node, time_utc)
      )`,
      // What changed in the network or in a gateway, as one of the gateways saw it.
      `create table gateway_changes (
        id bigint generated always as identity primary key,
        time_utc numeric(20, 0) not null,
        kind text not null,
        subject text not null,
        before text,
        after text not null,
        gateway text not null
      )`,
      "create index gateway_changes_time on gateway_changes (time_utc)",
      "create index gateway_changes_subject on gateway_changes (kind, subject, id)",
      // Certificates of a period, for reports and rules.
      "create index gateway_batches_time on gateway_batches (time_tai)",
      `create table gateway_reports (
        id text primary key,
        account_id text not null,
        from_utc numeric(20, 0) not null,
        to_utc numeric(20, 0) not null,
        created_at numeric(20, 0) not null,
        imprint bytea not null,
        summary jsonb not null,
        -- Canonical JSON: the very bytes that are stamped.
        report text not null,
        idempotency_key text,
        fingerprint bytea,
        -- Its stamp; null while it has none, and then nobody is shown it.
        sequence numeric(20, 0),
        leaf_index bigint
      )`,
      "create unique index gateway_reports_key on gateway_reports (account_id, idempotency_key) where idempotency_key is not null",
      "create index gateway_reports_account on gateway_reports (account_id, created_at)",
      `create table gateway_rules (
        id text primary key,
        account_id text not null,
        name text not null,
        rule jsonb not null,
        state jsonb not null,
        created_at numeric(20, 0) not null
      )`,
      "create index gateway_rules_account on gateway_rules (account_id, created_at)",
      `create table gateway_alerts (
        id text primary key,
        -- Stays when the rule is deleted: alerts are records.
        rule_id text not null,
        account_id text not null,
        kind text not null,
        time_utc numeric(20, 0) not null,
        message text not null
      )`,
      "create index gateway_alerts_account on gateway_alerts (account_id, time_utc)",
    ],
  },
];
