import * as z from "zod";

/** Free text of a report: 1 to `max` characters, without control characters (they break CSV cells and PDF lines). */
export const plainText = (max = 500) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\u0000-\u001f\u007f]*$/, "no control characters");
