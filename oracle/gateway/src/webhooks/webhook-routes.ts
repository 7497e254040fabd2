import type { GatewayContext } from "../context.ts";
import type { Route } from "../http/route.ts";

export function webhookRoutes(_context: GatewayContext): Route[] {
  return [];
}
