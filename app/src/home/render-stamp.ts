import { PROOF_MEDIA_TYPE } from "@chronoledger/core";
import type { Stamp } from "@chronoledger/core/gateway";
import { element } from "../dom/element.ts";
import { facts } from "../dom/facts.ts";
import { saveLink } from "../dom/save-link.ts";
import { formatDuration } from "../text/format-duration.ts";
import { formatUtc } from "../text/format-utc.ts";
import type { Judgement } from "../verify/judge-proof.ts";

/** Characters that some file system refuses in a name. */
const RESERVED = /[\\/:*?"<>|\u0000-\u001f]/g;

/** What a stamp says, and the proof to keep. @param binary the proof as `.chrono` */
export function renderStamp(
  stamp: Stamp,
  judgement: Judgement,
  binary: Uint8Array,
  fileName: string | undefined,
): Node[] {
  if (judgement.fileMatches !== true)
    return [
      element(
        "p",
        { class: "note bad" },
        element("strong", {}, "The gateway stamped something else."),
        " Do not use this stamp, and tell the operator.",
      ),
    ];
  const name = (fileName ?? stamp.id).replace(RESERVED, "_");
  return [
    element(
      "p",
      { class: "note good" },
      element("strong", {}, "Stamped and verified."),
      ` ${judgement.signers.length} of ${judgement.n} nodes signed.`,
    ),
    facts([
      ["Existed before", element("span", { class: "mono" }, formatUtc(judgement.existedBefore, judgement.taiMinusUtc))],
      [
        "Arrived at",
        element(
          "span",
          { class: "mono" },
          `${formatUtc(stamp.timeTaiNs, stamp.taiMinusUtc)} ± ${formatDuration(stamp.uncertaintyNs)}`,
        ),
      ],
      ["Id", element("code", {}, stamp.id)],
      ["Evidence", judgement.test ? "a test: none for a regulator" : undefined],
    ]),
    element(
      "p",
      { class: "actions" },
      saveLink("Save .chrono", `${name}.chrono`, binary, "application/octet-stream"),
      saveLink("Save JSON", `${name}.chrono.json`, JSON.stringify(stamp.proof, undefined, 2), PROOF_MEDIA_TYPE),
      element(
        "a",
        { class: "button quiet", id: "verify-link", href: `/verify?id=${encodeURIComponent(stamp.id)}` },
        "Verify it",
      ),
    ),
  ];
}
