import type { GatewayContext } from "../context.ts";
import type { Route } from "../http/route.ts";

export function billingRoutes(_context: GatewayContext): Route[] {
  return [];
}
