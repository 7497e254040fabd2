import { svgElement } from "../dom/element.ts";
import { formatDuration } from "../text/format-duration.ts";
import type { Judgement } from "./judge-proof.ts";

const LEFT = 24;
const RIGHT = 336;
const AXIS = 92;
/** Beyond so many times the rest, an earlier bound is set at the edge, with a broken axis. */
const FAR = 12n;

type Places = { readonly at: (time: bigint) => number; readonly broken: boolean };

/** Linear in time. All arithmetic in nanoseconds is exact; only the last division gives a place on the screen. */
function placesOf({ arrival, existedBefore, happenedAfter }: Judgement): Places {
  const earliest = arrival.time - arrival.uncertainty;
  const latest =
    arrival.time + arrival.uncertainty > existedBefore ? arrival.time + arrival.uncertainty : existedBefore;
  const near = latest - earliest > 0n ? latest - earliest : 1n;
  const broken = happenedAfter !== undefined && earliest - happenedAfter > FAR * near;
  const start = happenedAfter !== undefined && happenedAfter < earliest && !broken ? happenedAfter : earliest;
  const from = broken ? LEFT + 70 : LEFT + 16;
  const span = latest - start > 0n ? latest - start : 1n;
  const width = RIGHT - 24 - from;
  return {
    broken,
    at: (time) =>
      broken && time === happenedAfter
        ? LEFT + 12
        : from + Number(((time - start) * 10_000n) / span) * (width / 10_000),
  };
}

const line = (name: string, x: number, top: number) =>
  svgElement("line", { class: name, x1: x, x2: x, y1: top, y2: AXIS + 5 });
const label = (text: string, x: number, y: number, name = "") => {
  const half = text.length * 3.5;
  const anchor = x + half > 356 ? "end" : x - half < 4 ? "start" : "middle";
  const at = anchor === "start" ? Math.max(4, x - half) : x;
  return svgElement("text", { x: at, y, "text-anchor": anchor, class: name }, text);
};

/** The arrival reading as a bar, the certificate's instant as a line, what is proven as the area before it. */
export function intervalPicture(judgement: Judgement): SVGElement {
  const { arrival, existedBefore, happenedAfter } = judgement;
  const { at, broken } = placesOf(judgement);
  const [from, middle, to] = [arrival.time - arrival.uncertainty, arrival.time, arrival.time + arrival.uncertainty].map(
    at,
  ) as [number, number, number];
  const instant = at(existedBefore);
  const bound = happenedAfter === undefined ? undefined : at(happenedAfter);
  const gap = existedBefore - arrival.time;
  const told = [
    `The arrival reading, one gateway’s word, is ${formatDuration(2n * arrival.uncertainty)} wide.`,
    `The certificate’s instant lies ${formatDuration(gap)} after its middle.`,
    ...(happenedAfter === undefined
      ? []
      : [`The earlier certificate lies ${formatDuration(arrival.time - happenedAfter)} before the middle.`]),
  ].join(" ");
  const picture = svgElement("svg", { class: "picture", viewBox: "0 0 360 128", role: "img", "aria-label": told });
  picture.append(
    svgElement("rect", {
      class: "proven",
      x: bound ?? LEFT,
      y: 22,
      width: Math.max(1, instant - (bound ?? LEFT)),
      height: AXIS - 22,
    }),
    svgElement("path", { class: "axis", d: `M${LEFT} ${AXIS}H${RIGHT}m-6 -4l6 4l-6 4` }),
    svgElement("rect", { class: "reading", x: from, y: 52, width: Math.max(2, to - from), height: 16, rx: 3 }),
    svgElement("line", { class: "middle", x1: middle, x2: middle, y1: 49, y2: 71 }),
    line("quorum", instant, 18),
    label("existed before (quorum)", instant, 12),
    label(`arrival ± ${formatDuration(arrival.uncertainty)} (one gateway)`, middle, 44, "faint"),
    label(`+${formatDuration(gap)}`, instant, AXIS + 20, "faint"),
  );
  if (instant - middle > 60) picture.append(label("0", middle, AXIS + 20, "faint"));
  if (bound !== undefined && happenedAfter !== undefined)
    picture.append(
      line("lower", bound, 18),
      svgElement(
        "text",
        { x: bound, y: AXIS + 34, class: "faint" },
        `after: −${formatDuration(arrival.time - happenedAfter)}`,
      ),
    );
  if (broken) picture.append(svgElement("path", { class: "axis", d: `M${LEFT + 36} ${AXIS + 6}l6 -12m4 0l-6 12` }));
  return picture;
}
