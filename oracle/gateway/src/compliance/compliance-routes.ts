import type { GatewayContext } from "../context.ts";
import type { Route } from "../http/route.ts";
import { exportRoutes } from "./export-routes.ts";
import { publicComplianceRoutes } from "./public-routes.ts";
import { reportRoutes } from "./report-routes.ts";
import { retentionRoutes } from "./retention-routes.ts";
import { ruleRoutes } from "./rule-routes.ts";
import { stampForRegimeRoute } from "./stamp-for-regime-route.ts";

/** Stamps as regimes want them, reports, exports, rules and what they told, and what needs no account. */
export const complianceRoutes = (context: GatewayContext): Route[] => [
  stampForRegimeRoute(context),
  ...reportRoutes(context),
  ...exportRoutes(context),
  ...ruleRoutes(context),
  ...retentionRoutes(context),
  ...publicComplianceRoutes(),
];
