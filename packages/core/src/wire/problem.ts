import * as z from "zod";
import { ChronoError, ERROR_CODES, type ErrorCode } from "../errors.ts";

/** application/problem+json of every service (RFC 9457). */
export const Problem = z.object({
  code: z.enum(ERROR_CODES),
  title: z.string(),
  status: z.int(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  requestId: z.string().optional(),
});
export type Problem = z.infer<typeof Problem>;

/** The error that a service reported, or `fallback` when the body is not a problem document. */
export function errorFromProblem(
  body: unknown,
  fallback: ErrorCode,
  details: Record<string, string | number> = {},
): ChronoError {
  const problem = Problem.safeParse(body);
  if (!problem.success) return new ChronoError(fallback, details);
  return new ChronoError(problem.data.code, { ...problem.data.details, ...details });
}
