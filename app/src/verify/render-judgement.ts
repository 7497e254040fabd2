import { bytesToHex, toIso8601 } from "@chronoledger/core";
import { element } from "../dom/element.ts";
import { facts } from "../dom/facts.ts";
import { formatDuration } from "../text/format-duration.ts";
import { formatUtc } from "../text/format-utc.ts";
import { intervalPicture } from "./interval-picture.ts";
import type { Judgement } from "./judge-proof.ts";
import type { HashedFile } from "./stamped-file.ts";

export type Trust = "gateway" | "pinned";

const list = (items: readonly (string | undefined)[]) =>
  element("ul", { class: "plain" }, ...items.flatMap((item) => (item === undefined ? [] : [element("li", {}, item)])));

function verdict(judgement: Judgement, file: HashedFile | undefined): HTMLElement {
  if (file !== undefined && judgement.fileMatches === false)
    return element(
      "div",
      { class: "note bad", id: "verdict", "data-verdict": "other-file" },
      element("h3", {}, "Not for this file"),
      element("p", {}, "The proof is sound, but it is about other data than ", element("strong", {}, file.name), "."),
      facts([
        ["Stamped", element("code", {}, judgement.claim?.event ?? judgement.imprint)],
        [
          "This file",
          element(
            "code",
            {},
            judgement.claim === undefined
              ? file.imprint
              : file.event === undefined
                ? "is no JSON record"
                : bytesToHex(file.event),
          ),
        ],
      ]),
      element(
        "p",
        {},
        "Choose the very file that was stamped. A single changed byte, even one that a program adds on saving, makes another hash.",
      ),
    );
  return element(
    "div",
    { class: "note good", id: "verdict", "data-verdict": file === undefined ? "sound" : "file-matches" },
    element("h3", {}, file === undefined ? "The proof holds" : "The proof holds, for this file"),
    file === undefined
      ? element("p", {}, "Add the file to see whether it is the one that was stamped.")
      : element("p", {}, element("strong", {}, file.name), " is what was stamped, bit for bit."),
  );
}

const testNotice = () =>
  element(
    "div",
    { class: "note warn loud", id: "test-notice" },
    element("strong", {}, "TEST: no evidence for a regulator."),
    element(
      "p",
      {},
      "Keys or clock without hardware: a key here could have been copied, or a clock set by hand. Good for trying things out, and for nothing else.",
    ),
  );

function timesCard(judgement: Judgement): HTMLElement {
  const { taiMinusUtc, arrival, existedBefore, happenedAfter, signers, n, k, f, claim: stated } = judgement;
  const claim = (title: string, instant: string, note: string) =>
    element(
      "div",
      { class: "claim" },
      element("h4", {}, title),
      element("p", { class: "instant" }, instant),
      element("p", { class: "small muted" }, note),
    );
  return element(
    "section",
    { class: "card" },
    element("h3", {}, "When"),
    claim(
      "It existed before",
      formatUtc(existedBefore, taiMinusUtc),
      `A quorum’s word: ${signers.length} of ${n} nodes signed (${signers.map((index) => `no. ${index}`).join(", ")}); ${k} are needed. True as long as at most ${f} of the ${n} ${f === 1 ? "is" : "are"} wrong in any way.`,
    ),
    ...(happenedAfter === undefined
      ? []
      : [
          claim(
            "And it was made after",
            formatUtc(happenedAfter, taiMinusUtc),
            "A quorum’s word, too: it is bound to the earlier certificate that you gave.",
          ),
        ]),
    ...(stated === undefined
      ? []
      : [
          claim(
            "It was stated to have happened at",
            toIso8601(stated.time).replace("T", " ").replace("Z", " UTC"),
            "A claim of whoever had it stamped. Proven is that it was claimed before the instant above, not that it is true.",
          ),
        ]),
    claim(
      "It arrived at",
      `${formatUtc(arrival.time, taiMinusUtc)} ± ${formatDuration(arrival.uncertainty)}`,
      "One gateway’s word: the nodes’ signatures do not vouch for this reading.",
    ),
    intervalPicture(judgement),
  );
}

function meaningCard(judgement: Judgement, trust: Trust): HTMLElement {
  const { n, f, happenedAfter, unjudgedContext, test } = judgement;
  return element(
    "section",
    { class: "card" },
    element("h3", {}, "What this proves"),
    list([
      "Data with this SHA-256 existed before the instant above.",
      "The proof was not changed since: any changed bit would break a signature or the path.",
      happenedAfter === undefined
        ? undefined
        : "The stamp was made after the earlier certificate, which nobody could know before its time.",
    ]),
    element("h3", {}, "What it does not prove"),
    list([
      happenedAfter === undefined ? "That the data did not exist long before." : undefined,
      "Who made the data, who had it stamped, or that what it says is true.",
      `Anything, should more than ${f} of the ${n} nodes have cheated together.`,
      "The arrival reading: that is the word of one gateway.",
      "A qualified electronic time stamp of eIDAS: this is none.",
      test ? "Anything to a regulator, because it is a test." : undefined,
      trust === "gateway"
        ? "That these are the right nodes: their keys came from this gateway. Pin a node set to depend on nobody here."
        : undefined,
      unjudgedContext === undefined
        ? undefined
        : "What the stamp was bound to (its context): give the earlier certificate and the nonce under “Not before” to judge it.",
    ]),
  );
}

function detailsCard(judgement: Judgement, trust: Trust): HTMLElement {
  const { leaf, taiMinusUtc } = judgement;
  return element(
    "details",
    { class: "card" },
    element("summary", {}, "All fields"),
    facts([
      ["Network, epoch, policy", `${judgement.networkId}, ${judgement.epoch}, ${judgement.policyId}`],
      ["Node set from", trust === "gateway" ? "this gateway" : "what you pasted"],
      ["Certificate number", String(judgement.sequence)],
      ["Certificate, TAI", `${judgement.existedBefore} ns since 1970`],
      ["Certificate before it", formatUtc(judgement.previousTime, taiMinusUtc)],
      ["Signers’ clocks", `none worse than ± ${formatDuration(judgement.signersUncertainty)}`],
      ["TAI − UTC", `${taiMinusUtc} s`],
      ["SHA-256 that was stamped", element("code", {}, judgement.imprint)],
      ["Event", judgement.claim === undefined ? undefined : element("code", {}, judgement.claim.event)],
      ["Context", element("code", {}, bytesToHex(leaf.context))],
      ["Arrival, TAI", `${leaf.time} ns since 1970`],
      ["Serial", String(leaf.serial)],
    ]),
  );
}

/** In one sentence: all of it for those who do not see the page, and as short as it can be said. */
export function saidOf(
  judgement: Judgement,
  file: HashedFile | undefined,
): { readonly all: string; readonly short: string } {
  const verdict =
    judgement.fileMatches === false
      ? "The proof is not for this file."
      : file === undefined
        ? "The proof holds."
        : "The proof holds for this file.";
  const test = judgement.test ? "Test proof, no evidence for a regulator. " : "";
  return {
    all: `${test}${verdict} Existed before ${formatUtc(judgement.existedBefore, judgement.taiMinusUtc)}.`,
    short: `${judgement.test ? "Test. " : ""}${verdict.slice(0, -1)}`,
  };
}

export const renderJudgement = (judgement: Judgement, trust: Trust, file: HashedFile | undefined): Node[] => [
  verdict(judgement, file),
  ...(judgement.test ? [testNotice()] : []),
  element(
    "p",
    { class: "small", id: "by-whom" },
    `Network ${judgement.networkId}, epoch ${judgement.epoch}. The nodes’ keys come from ${trust === "gateway" ? "this gateway" : "the node set that you pasted"}.`,
  ),
  timesCard(judgement),
  meaningCard(judgement, trust),
  detailsCard(judgement, trust),
];
