import { isChronoError } from "@chronoledger/core";
import { GatewayStatus } from "@chronoledger/core/gateway";
import { element } from "../dom/element.ts";
import { facts } from "../dom/facts.ts";
import { find } from "../dom/find.ts";
import { askGateway } from "../gateway/ask-gateway.ts";
import { explainError } from "../text/explain-error.ts";
import { formatDuration } from "../text/format-duration.ts";
import { formatUtc } from "../text/format-utc.ts";

const EVERY_MS = 1_000;

/** Text nodes made once: a tick changes letters, not elements, so nothing flickers or moves. */
function clockFace(into: HTMLElement): (utc: string) => void {
  const [date, time, fine] = [
    element("span", { class: "clock-date" }),
    element("span"),
    element("span", { class: "clock-fine" }),
  ];
  let shown = false;
  return (utc) => {
    if (!shown) into.replaceChildren(date, time, fine);
    shown = true;
    date.textContent = utc.slice(0, 10);
    time.textContent = utc.slice(11, 23);
    fine.textContent = utc.slice(23, 29);
  };
}

/** Asks once a second while the page is seen. */
export function startLiveTime(): void {
  const face = clockFace(find("now", HTMLElement));
  const interval = find("now-interval", HTMLElement);
  const problem = find("now-problem", HTMLElement);
  const test = find("now-test", HTMLElement);
  const list = find("now-facts", HTMLDListElement);

  const show = ({ reading, networkId, epoch, sequence, stamps, test: isTest, chainId }: GatewayStatus): void => {
    problem.hidden = reading !== null;
    if (reading === null) problem.textContent = "Too few nodes state a time at the moment, so none is shown.";
    else {
      const { timeTaiNs: time, uncertaintyNs, taiMinusUtc } = reading;
      face(formatUtc(time, taiMinusUtc));
      const clock = (at: bigint) => formatUtc(at, taiMinusUtc).slice(11, 29);
      interval.textContent = `± ${formatDuration(uncertaintyNs)}: between ${clock(time - uncertaintyNs)} and ${clock(time + uncertaintyNs)}`;
    }
    test.hidden = !isTest;
    list.hidden = false;
    facts(
      [
        ["Network", `${networkId}, epoch ${epoch}`],
        ["Newest certificate", sequence === null ? "none yet" : `no. ${sequence}`],
        ["Stamped since its start", stamps.toLocaleString("en")],
        ["Chain", chainId === null ? undefined : `EVM ${chainId}`],
      ],
      list,
    );
  };
  const tick = async (): Promise<void> => {
    if (!document.hidden)
      try {
        show(await askGateway(GatewayStatus, "/v1/status", { attempts: 1 }));
      } catch (error) {
        const { means, todo } = explainError(error);
        problem.hidden = false;
        problem.textContent = `${means} ${isChronoError(error) && error.code === "rpc/unavailable" ? "Trying again." : todo}`;
      }
    setTimeout(() => void tick(), EVERY_MS);
  };
  void tick();
}
