import { bytesToHex, encodeProof, proofFromJson, sha256, toBase64Url } from "@chronoledger/core";
import { CreatedAccount, type Precision, Stamp, TierList } from "@chronoledger/core/gateway";
import { wireCopy } from "../dom/copy-button.ts";
import { find } from "../dom/find.ts";
import { showProblem } from "../dom/render-error.ts";
import { askGateway } from "../gateway/ask-gateway.ts";
import { fetchNodeSet } from "../gateway/fetch-node-set.ts";
import { explainError, explainSignUpError } from "../text/explain-error.ts";
import { hashFile } from "../verify/hash-file.ts";
import { judgeProof } from "../verify/judge-proof.ts";
import { renderStamp } from "./render-stamp.ts";
import { snippetsFor } from "./snippets.ts";

const PRECISIONS: Readonly<Record<Precision, string>> = { ms: "millisecond", us: "microsecond", ns: "nanosecond" };
const KEY = /^clk_[A-Za-z0-9_-]{65}$/;

/** Sign-up, a stamp in the browser, the same as code. The key lives in this page's memory and nowhere else. */
export function startFirstStamp(): void {
  const problem = find("sign-up-problem", HTMLElement);
  const issued = find("issued-key", HTMLInputElement);
  const button = find("stamp-button", HTMLButtonElement);
  let key: string | undefined;
  let imprint: string | undefined;

  const showCode = () => {
    find("snippets", HTMLElement).replaceChildren(...snippetsFor({ origin: location.origin, key, imprint }));
    find("code-note", HTMLElement).textContent =
      key === undefined
        ? "The key is filled in as soon as you have one."
        : "Your key is filled in: do not publish it with the code.";
  };
  const useKey = (given: string, fresh: boolean) => {
    key = given;
    button.disabled = false;
    find("stamp-wait", HTMLElement).hidden = true;
    if (fresh) {
      issued.value = given;
      find("issued", HTMLElement).hidden = false;
      issued.focus();
      issued.select();
    } else find("stamp-text", HTMLTextAreaElement).focus();
    showCode();
  };

  find("sign-up", HTMLFormElement).addEventListener("submit", async (event) => {
    event.preventDefault();
    const name = find("account-name", HTMLInputElement);
    const missing = name.value.trim() === "";
    name.toggleAttribute("aria-invalid", false);
    if (missing) {
      name.setAttribute("aria-invalid", "true");
      name.focus();
      return;
    }
    const submit = find("sign-up", HTMLFormElement).querySelector("button");
    if (submit !== null) submit.disabled = true;
    showProblem(problem);
    try {
      const { secret } = await askGateway(CreatedAccount, "/v1/accounts", { body: { name: name.value.trim() } });
      useKey(secret, true);
    } catch (error) {
      showProblem(problem, explainSignUpError(error));
    } finally {
      if (submit !== null) submit.disabled = false;
    }
  });
  find("own-key", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    const field = find("given-key", HTMLInputElement);
    const good = KEY.test(field.value.trim());
    field.setAttribute("aria-invalid", String(!good));
    if (good) useKey(field.value.trim(), false);
    else field.focus();
  });
  wireCopy(find("copy-key", HTMLButtonElement), () => issued.value, issued);

  const status = find("stamp-status", HTMLElement);
  const stampProblem = find("stamp-problem", HTMLElement);
  find("stamp-form", HTMLFormElement).addEventListener("submit", async (event) => {
    event.preventDefault();
    if (key === undefined) return;
    button.disabled = true;
    showProblem(stampProblem);
    try {
      const file = find("stamp-file", HTMLInputElement).files?.[0];
      status.textContent = "Hashing in your browser";
      const hash =
        file === undefined
          ? sha256(new TextEncoder().encode(find("stamp-text", HTMLTextAreaElement).value))
          : await hashFile(file, (share) => {
              status.textContent = `Hashing in your browser: ${Math.floor(share * 100)} %`;
            });
      imprint = toBase64Url(hash);
      status.textContent = "Waiting for the quorum";
      const stamp = await askGateway(Stamp, "/v1/stamps", { key, body: { imprint } });
      const proof = proofFromJson(stamp.proof);
      const judgement = judgeProof({ proof }, await fetchNodeSet(), {
        file: { name: file?.name ?? "", imprint: bytesToHex(hash), bytes: hash, event: undefined },
      });
      find("stamp-result", HTMLElement).replaceChildren(
        ...renderStamp(stamp, judgement, encodeProof(proof), file?.name),
      );
      status.textContent = judgement.fileMatches === true ? "Stamped, and the proof verified in your browser." : "";
      showCode();
    } catch (error) {
      status.textContent = "";
      showProblem(stampProblem, explainError(error));
    } finally {
      button.disabled = false;
    }
  });
  showCode();
  void showAllowance();
}

/** What the free tier holds is the gateway's to say. */
async function showAllowance(): Promise<void> {
  const { tiers } = await askGateway(TierList, "/v1/tiers").catch(() => ({ tiers: [] }));
  const tier = tiers.find(({ name }) => name === "developer");
  if (tier?.stamps.included == null || tier.monthlyMicroUsd > 0) return;
  find("allowance", HTMLElement).textContent =
    `Free: ${tier.stamps.included.toLocaleString("en")} stamps a month, given to the ${PRECISIONS[tier.precision]}.`;
}
