import * as z from "zod";

/** Query of every list: newest first unless the route says otherwise. `cursor` is what the page before gave as `next`. */
export const PageQuery = z.object({
  cursor: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,128}$/)
    .optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});
export type PageQuery = z.output<typeof PageQuery>;

/** `next` is null on the last page. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), next: z.string().nullable() });

/** Text that a person wrote: no control characters, which could fake a line of a log or of a CSV. */
export const PlainText = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\u0000-\u001f\u007f]*$/, "control characters are not allowed");

/** A prefix and 16 random bytes in base64url. */
export const idOf = (prefix: string) => z.string().regex(new RegExp(`^${prefix}_[A-Za-z0-9_-]{22}$`));
