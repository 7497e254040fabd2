import { ChronoError, fromBase64Url, hexToBytes, type NodeSet, parseNodeSet } from "@chronoledger/core";
import { acceptDrops } from "../dom/accept-drops.ts";
import { element } from "../dom/element.ts";
import { find } from "../dom/find.ts";
import { errorParts } from "../dom/render-error.ts";
import { say } from "../dom/say.ts";
import { fetchNodeSet } from "../gateway/fetch-node-set.ts";
import { fetchProof } from "../gateway/fetch-proof.ts";
import { explainError } from "../text/explain-error.ts";
import { type Bracket, judgeProof } from "./judge-proof.ts";
import { type ReadProof, readProofFile, readProofText } from "./read-proof.ts";
import { renderJudgement, saidOf } from "./render-judgement.ts";
import { StampedFile } from "./stamped-file.ts";

const form = find("inputs", HTMLFormElement);
const proofFile = find("proof-file", HTMLInputElement);
const proofText = find("proof-text", HTMLTextAreaElement);
const proofId = find("proof-id", HTMLInputElement);
const proofSource = find("proof-source", HTMLElement);
const nodeSet = find("node-set", HTMLTextAreaElement);
const nodeSetFile = find("node-set-file", HTMLInputElement);
const afterCertificate = find("after-certificate", HTMLTextAreaElement);
const afterNonce = find("after-nonce", HTMLInputElement);
const result = find("result", HTMLElement);
const said = find("verdict-said", HTMLElement);
const empty = Array.from(result.childNodes);

/** Where the proof comes from; the latest choice counts. */
let source: { readonly told: string; read(): ReadProof | Promise<ReadProof> } | undefined;
let fetchedSet: Promise<NodeSet> | undefined;
/** Of the newest judgement: an older one that ends later is dropped. */
let run = 0;

async function trustedSet(): Promise<NodeSet> {
  const pasted = nodeSet.value.trim();
  if (pasted !== "") return parseNodeSet(parseJson(pasted, "node set"));
  fetchedSet ??= fetchNodeSet();
  try {
    return await fetchedSet;
  } catch (error) {
    fetchedSet = undefined;
    throw error;
  }
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ChronoError("input/malformed", { what, reason: "not JSON" }, { cause });
  }
}

function bracket(): Bracket | undefined {
  const [certificate, nonce] = [afterCertificate.value.trim(), afterNonce.value.trim()];
  if (certificate === "" && nonce === "") return undefined;
  return {
    certificate: fromBase64Url(certificate),
    nonce: /^[0-9a-f]{64}$/i.test(nonce) ? hexToBytes(nonce) : fromBase64Url(nonce),
  };
}

async function judge(): Promise<void> {
  const mine = ++run;
  proofSource.textContent = source?.told ?? "";
  if (source === undefined) {
    result.replaceChildren(...empty);
    say(said, "");
    return;
  }
  const file = stampedFile.hashed;
  try {
    const proof = await source.read();
    const judgement = judgeProof(proof, await trustedSet(), { file, after: bracket() });
    if (mine !== run) return;
    result.replaceChildren(...renderJudgement(judgement, nodeSet.value.trim() === "" ? "gateway" : "pinned", file));
    const { all, short } = saidOf(judgement, file);
    say(said, all, short);
  } catch (error) {
    if (mine !== run) return;
    const explanation = explainError(error);
    result.replaceChildren(
      element(
        "div",
        { class: "note bad", id: "verdict", "data-verdict": explanation.code },
        element("h3", {}, "Not proven"),
        ...errorParts(explanation),
      ),
    );
    say(said, `Not proven. ${explanation.means}`, "Not proven");
  }
}

const stampedFile = new StampedFile(() => void judge());

function setSource(told: string, read: () => ReadProof | Promise<ReadProof>): void {
  let once: ReadProof | Promise<ReadProof> | undefined;
  source = { told, read: () => (once ??= read()) };
  void judge();
}

function fetchById(): void {
  const id = proofId.value.trim();
  if (id === "") return;
  // Fetched anew each time, so that a failure is not kept.
  source = { told: `From this gateway: ${id}`, read: async () => ({ proof: await fetchProof(id) }) };
  void judge();
}

proofFile.addEventListener("change", () => {
  const file = proofFile.files?.[0];
  if (file !== undefined) setSource(`From the file ${file.name}`, () => readProofFile(file));
});
proofText.addEventListener("input", () => {
  const text = proofText.value.trim();
  if (text !== "") return setSource("From the pasted text", () => readProofText(text));
  source = undefined;
  void judge();
});
find("fetch-proof", HTMLButtonElement).addEventListener("click", fetchById);
proofId.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  fetchById();
});
nodeSetFile.addEventListener("change", async () => {
  const file = nodeSetFile.files?.[0];
  if (file === undefined) return;
  nodeSet.value = await file.text();
  await judge();
});
for (const input of [nodeSet, afterCertificate, afterNonce]) input.addEventListener("input", () => void judge());
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", () => {
  source = undefined;
  stampedFile.clear();
});
// A file that is dropped beside its place must not replace the page.
for (const name of ["dragover", "drop"] as const) addEventListener(name, (event) => event.preventDefault());
acceptDrops(find("proof-drop", HTMLElement), proofFile);
acceptDrops(find("file-drop", HTMLElement), find("data-file", HTMLInputElement));

const id = new URLSearchParams(location.search).get("id");
if (id !== null) {
  proofId.value = id;
  fetchById();
}
document.body.dataset.ready = "yes";
