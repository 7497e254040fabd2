import { ChronoError, copyBytes } from "@chronoledger/core";
import { bitString, integer, malformed, readDer, readInteger, sequence, TAG, utf8String } from "./der.ts";
import { DerCursor } from "./der-cursor.ts";
import { FAILURE_BITS, type PkiFailure } from "./failure.ts";
import { MAX_TOKEN_BYTES } from "./parse-token.ts";

export const RESPONSE_MEDIA_TYPE = "application/timestamp-reply";
const MAX_RESPONSE_BYTES = MAX_TOKEN_BYTES + 4_096;

/** PKIStatus of RFC 3161 section 2.4.2, by value. A token comes with the first two only. */
const STATUSES = [
  "granted",
  "grantedWithMods",
  "rejection",
  "waiting",
  "revocationWarning",
  "revocationNotification",
] as const;

export type Rejection = {
  readonly status: "rejection";
  readonly failInfo: PkiFailure;
  /** For people, in English; up to 1,024 characters of it are kept. Must hold no secret. */
  readonly statusString?: string;
};

/** TimeStampResp of RFC 3161. */
export type TimeStampResponse =
  | { readonly status: "granted" | "grantedWithMods"; readonly token: Uint8Array; readonly statusString?: string }
  | {
      readonly status: Exclude<(typeof STATUSES)[number], "granted" | "grantedWithMods">;
      readonly failInfo: readonly PkiFailure[];
      readonly statusString?: string;
    };

/** DER of a named BIT STRING ends in its last set bit. */
function failureBits(failure: PkiFailure): Uint8Array {
  const bit = FAILURE_BITS[failure];
  const octets = new Uint8Array(Math.floor(bit / 8) + 1);
  octets[octets.length - 1] = 0x80 >> (bit % 8);
  return bitString(octets, 7 - (bit % 8));
}

const freeText = (text: string | undefined): Uint8Array[] =>
  text === undefined || text === "" ? [] : [sequence(utf8String(text.slice(0, 1_024)))];

/** The DER of a TimeStampResp: the token as it was issued, or a rejection. */
export function tokenResponse(
  answer: { readonly status: "granted"; readonly token: Uint8Array; readonly statusString?: string } | Rejection,
): Uint8Array {
  if (answer.status === "granted")
    return sequence(sequence(integer(0n), ...freeText(answer.statusString)), answer.token);
  return sequence(sequence(integer(2n), ...freeText(answer.statusString), failureBits(answer.failInfo)));
}

function readFailures(content: Uint8Array): PkiFailure[] {
  const unused = content[0] ?? 8;
  const last = content.at(-1) ?? 0;
  if (content.length < 2 || unused > 7 || (last & -last) !== 1 << unused) throw malformed("PKIFailureInfo");
  return (Object.keys(FAILURE_BITS) as PkiFailure[]).filter((name) => {
    const bit = FAILURE_BITS[name];
    return ((content[1 + Math.floor(bit / 8)] ?? 0) & (0x80 >> (bit % 8))) !== 0;
  });
}

/** The token inside is not looked into. @throws input/malformed */
export function parseResponse(der: Uint8Array): TimeStampResponse {
  const cursor = new DerCursor(readDer(der, MAX_RESPONSE_BYTES), TAG.sequence, "TimeStampResp");
  const info = new DerCursor(cursor.next(TAG.sequence), TAG.sequence, "PKIStatusInfo");
  const status = STATUSES[Number(readInteger(info.next(TAG.integer), 4))];
  const text = info.optional(TAG.sequence)?.children.map((node) => {
    if (node.tag !== TAG.utf8String) throw malformed("PKIFreeText", { tag: node.tag });
    return new TextDecoder().decode(node.content);
  });
  const failInfo = info.optional(TAG.bitString);
  info.end();
  const token = cursor.optional(TAG.sequence);
  cursor.end();
  if (status === undefined) throw malformed("PKIStatus");
  const statusString = text === undefined ? {} : { statusString: text.join("\n") };
  if (status === "granted" || status === "grantedWithMods") {
    if (token === undefined || failInfo !== undefined)
      throw new ChronoError("input/malformed", {
        what: "time-stamp response",
        reason: "granted without a token alone",
      });
    return { status, token: copyBytes(token.raw), ...statusString };
  }
  if (token !== undefined)
    throw new ChronoError("input/malformed", { what: "time-stamp response", reason: "a token that was not granted" });
  return { status, failInfo: failInfo === undefined ? [] : readFailures(failInfo.content), ...statusString };
}
