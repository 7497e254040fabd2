import * as z from "zod";
import { U64 } from "../json.ts";
import { idOf, PlainText, pageOf } from "./page.ts";

/** The seed's tiers; limits and precision of each are data that GET /v1/tiers serves. */
export const TierName = z.enum(["developer", "professional", "enterprise", "regulatory"]);
export type TierName = z.infer<typeof TierName>;

/** What a key may do. `account` manages keys and webhooks and reads usage and invoices. */
export const SCOPES = ["stamp", "proof", "schedule", "compliance", "account"] as const;
export const Scope = z.enum(SCOPES);
export type Scope = z.infer<typeof Scope>;

/** What is counted, one meter for each price of the seed. */
export const METERS = [
  "stamp.basic",
  "stamp.precise",
  "stamp.compliant",
  "schedule.simple",
  "schedule.complex",
  "proof.generation",
  "proof.verification",
] as const;
export const Meter = z.enum(METERS);
export type Meter = z.infer<typeof Meter>;

/** How finely a tier's readings are given. A coarser one widens the interval; it never only cuts digits. */
export const Precision = z.enum(["ms", "us", "ns"]);
export type Precision = z.infer<typeof Precision>;

/** What a month holds. `beyond`: whether more is refused with 429, or charged by the meter's price. */
export const Allowance = z.object({ included: z.int().min(0).nullable(), beyond: z.enum(["refuse", "charge"]) });

export const Tier = z.object({
  name: TierName,
  title: z.string(),
  monthlyMicroUsd: z.int().min(0),
  precision: Precision,
  requestsPerSecond: z.int().min(1),
  burst: z.int().min(1),
  /** Leaves of one batch call. */
  maxBatch: z.int().min(1),
  /** Of all three stamp meters together. */
  stamps: Allowance,
  schedules: Allowance,
  proofs: Allowance,
  verifications: Allowance,
  compliance: z.enum(["none", "basic", "full", "audit"]),
  support: z.string(),
});
export type Tier = z.infer<typeof Tier>;
export const TierList = z.object({ tiers: z.array(Tier), pricesMicroUsd: z.record(Meter, z.int().min(0)) });

export const AccountId = idOf("ac");
export const KeyId = idOf("ak");

export const Account = z.object({
  id: AccountId,
  name: z.string(),
  tier: TierName,
  /** "subscription": the tier's monthly price, and prices for what lies beyond it. "usage": each meter by its price, no monthly one. */
  billing: z.enum(["subscription", "usage"]),
  createdUtcNs: U64,
  closed: z.boolean(),
});
export type Account = z.infer<typeof Account>;
export const AccountPage = pageOf(Account);

export const ApiKey = z.object({
  id: KeyId,
  name: z.string(),
  scopes: z.array(Scope),
  createdUtcNs: U64,
  expiresUtcNs: U64.nullable(),
  revokedUtcNs: U64.nullable(),
  /** By the day: when it was last used. */
  lastUsedUtcNs: U64.nullable(),
});
export type ApiKey = z.infer<typeof ApiKey>;
export const ApiKeyPage = pageOf(ApiKey);

/** `secret` is told this once: `clk_` and 22 + 43 characters. Only its SHA-256 is kept. */
export const IssuedKey = z.object({ key: ApiKey, secret: z.string() });
export type IssuedKey = z.infer<typeof IssuedKey>;

/**
 * POST /v1/accounts. Open to everybody for the developer tier where the operator allows it; other tiers need the operator's token.
 * The answer holds a first key with all scopes.
 */
export const CreateAccount = z.strictObject({
  name: PlainText(100),
  tier: TierName.default("developer"),
  billing: z.enum(["subscription", "usage"]).default("subscription"),
});
export const CreatedAccount = z.object({ account: Account, key: ApiKey, secret: z.string() });

/** PATCH /v1/accounts/ID, operator only. A closed account's keys stop at once. */
export const ChangeAccount = z.strictObject({
  tier: TierName.optional(),
  billing: z.enum(["subscription", "usage"]).optional(),
  closed: z.boolean().optional(),
});

/** POST /v1/keys. No key can give a scope that it does not have. */
export const CreateKey = z.strictObject({
  name: PlainText(100),
  scopes: z.array(Scope).min(1).max(SCOPES.length),
  expiresUtcNs: U64.nullable().default(null),
});

/** POST /v1/keys/ID/rotate: a new key like the old one, which goes on for `graceSeconds`. */
export const RotateKey = z.strictObject({ graceSeconds: z.int().min(0).max(604_800).default(0) });
