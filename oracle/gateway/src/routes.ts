import { accountRoutes } from "./accounts/account-routes.ts";
import { billingRoutes } from "./accounts/billing-routes.ts";
import { keyRoutes } from "./accounts/key-routes.ts";
import { complianceRoutes } from "./compliance/compliance-routes.ts";
import type { GatewayContext } from "./context.ts";
import type { Route } from "./http/route.ts";
import { scheduleRoutes } from "./schedules/schedule-routes.ts";
import { proofRoutes } from "./stamps/proof-routes.ts";
import { stampRoutes } from "./stamps/stamp-routes.ts";
import { tsaRoutes } from "./tsa/tsa-routes.ts";
import { webhookRoutes } from "./webhooks/webhook-routes.ts";

/** Every route under /v1. */
export const routesOf = (context: GatewayContext): Route[] =>
  [
    stampRoutes,
    proofRoutes,
    tsaRoutes,
    scheduleRoutes,
    webhookRoutes,
    complianceRoutes,
    accountRoutes,
    keyRoutes,
    billingRoutes,
  ].flatMap((part) => part(context));
