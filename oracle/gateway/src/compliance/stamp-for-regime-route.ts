import { refuseLeapSecond } from "@chronoledger/compliance";
import { decodeCertificate, decodeStatement, durationNs, NS_PER_S, toUtc, ZERO_HASH } from "@chronoledger/core";
import { ComplianceStamp, ComplianceStampRequest } from "@chronoledger/core/gateway";
import type { ArrivalClock, GatewayContext } from "../context.ts";
import { idempotencyKeyOf } from "../http/idempotency.ts";
import { type Route, route } from "../http/route.ts";
import { complianceStamp } from "./compliance-stamp.ts";
import { activityOf, ruleFor } from "./regime-classes.ts";
import { requireCompliance } from "./require-compliance.ts";

/** A stamp is printed at most this much later than it was looked at: a round that takes longer fails. */
const ROUND_NS = 2n * NS_PER_S;
const LEAPS = { none: "none", insert: "insertion", delete: "deletion" } as const;

/** Stamps a record, and says its time as a regime wants it. */
export const stampForRegimeRoute = ({ stamper, arrival, clock, tiers, config }: GatewayContext): Route =>
  route({
    method: "POST",
    path: "/v1/compliance/stamps",
    operationId: "createComplianceStamp",
    tag: "compliance",
    summary: "Stamps a record's hash, and prints the time as a regime wants it, with all that speaks against it",
    access: { scope: "compliance" },
    body: ComplianceStampRequest,
    answer: ComplianceStamp,
    status: 201,
    errors: ["clock/not-available", "round/failed", "round/conflict", "quota/exceeded", "auth/forbidden"],
    idempotency: "own",
    async handle({ body, caller: given, request, reply }) {
      const caller = requireCompliance(given, "basic", tiers);
      const { regime, reference } = body;
      const { class: name } = ruleFor(regime, body.activity, clock.utcNow());
      const activity = activityOf(name);
      // Before anything is charged: the time could not be printed.
      requireNoLeapSecond(arrival);
      const block = await stamper.stamp({
        ...{ caller, regime, activity, reference },
        leaves: [{ imprint: body.imprint, context: ZERO_HASH }],
        meter: "stamp.compliant",
        idempotency: idempotencyKeyOf(request),
        isGone: () => reply.raw.destroyed,
      });
      if (block.replayed) reply.header("Idempotency-Replayed", "true");
      const { flags } = decodeStatement(decodeCertificate(block.proof().certificate).statement);
      return complianceStamp(block.toStamp(), { regime, activity, flags, traceable: config.GATEWAY_TRACEABLE_TO });
    },
  });

/** @throws input/out-of-range */
function requireNoLeapSecond(arrival: ArrivalClock): void {
  const reading = arrival.now();
  if (reading === undefined) return;
  const timeUtcNs = toUtc(reading.time, reading.taiMinusUtc);
  for (const leap of new Set(arrival.observations().map((one) => LEAPS[one.leap])))
    refuseLeapSecond({ timeUtcNs, uncertaintyNs: durationNs(reading.uncertainty + ROUND_NS) }, leap);
}
