type Range = { readonly type: string; readonly quality: number };

function rangesOf(accept: string): Range[] {
  return accept.split(",").map((part) => {
    const [type = "", ...parameters] = part.split(";").map((each) => each.trim().toLowerCase());
    const quality = parameters.find((each) => each.startsWith("q="))?.slice(2);
    return { type, quality: quality === undefined ? 1 : Number(quality) || 0 };
  });
}

/** The most specific range decides (RFC 9110 section 12.5.1). */
function qualityOf(type: string, ranges: readonly Range[]): number {
  for (const pattern of [type, `${type.split("/")[0]}/*`, "*/*"]) {
    const range = ranges.find((each) => each.type === pattern);
    if (range !== undefined) return range.quality;
  }
  return 0;
}

/**
 * Which of the media types the client likes most; the first on a tie, and also when it likes none: an answer of another type is
 * of more use than none.
 * @param offered in lower case, at least one.
 */
export function preferredType<Type extends string>(
  accept: string | undefined,
  offered: readonly [Type, ...Type[]],
): Type {
  if (accept === undefined) return offered[0];
  const ranges = rangesOf(accept);
  return offered.reduce((best, each) => (qualityOf(each, ranges) > qualityOf(best, ranges) ? each : best));
}
