import * as z from "zod";
import { fromBase64Url, toBase64Url } from "../bytes.ts";
import { MAX_U64 } from "../time.ts";

/** A 64-bit unsigned integer as a decimal string without leading zeros. */
export const U64 = z.codec(z.string().regex(/^(0|[1-9][0-9]{0,19})$/), z.bigint().min(0n).max(MAX_U64), {
  decode: (text) => BigInt(text),
  encode: (value) => String(value),
});

/** A signed integer that fits 128 bits, as a decimal string: differences of times. */
export const SignedInteger = z.codec(
  z.string().regex(/^(0|-?[1-9][0-9]{0,37})$/),
  z
    .bigint()
    .gt(-(10n ** 38n))
    .lt(10n ** 38n),
  {
    decode: (text) => BigInt(text),
    encode: (value) => String(value),
  },
);

/** base64url without padding: exactly so many bytes, or at most `max`, which is 4,096 unless told. */
export const bytesCodec = (size: number | { readonly max: number } = { max: 4_096 }) => {
  const [length, max] = typeof size === "number" ? [size, size] : [undefined, size.max];
  return z.codec(
    z.string().max(Math.ceil((max * 4) / 3)),
    z.custom<Uint8Array>(
      (value) => value instanceof Uint8Array && (length === undefined ? value.length <= max : value.length === length),
    ),
    {
      decode: (text, context) => {
        try {
          const bytes = fromBase64Url(text);
          if (length === undefined ? bytes.length <= max : bytes.length === length) return bytes;
          const need = length ?? `at most ${max}`;
          context.issues.push({ code: "custom", input: text, message: `${bytes.length} bytes, ${need} needed` });
        } catch {
          context.issues.push({ code: "custom", input: text, message: "not base64url without padding" });
        }
        return z.NEVER;
      },
      encode: (bytes) => toBase64Url(bytes),
    },
  );
};

export const Hash = bytesCodec(32);
export const U32 = z.int().min(0).max(0xffff_ffff);
