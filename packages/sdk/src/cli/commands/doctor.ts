import { type Command, GATEWAY_HELP, text } from "../command.ts";
import { checkGateway } from "../gateway-checks.ts";
import { checkMachine } from "../machine-checks.ts";

export const doctor: Command = {
  usage: "doctor [--url URL] [--json]",
  summary: "what is missing on this machine; exit status 1 when stamping would fail",
  details: ["A dash is only needed to run the services yourself."],
  options: { url: { type: "string" } },
  optionHelp: { url: GATEWAY_HELP.url },
  async run({ values, terminal }) {
    const checks = [...(await checkMachine()), ...(await checkGateway(text(values, "url")))];
    const mark = { ok: terminal.good("✓"), missing: terminal.bad("✗"), optional: terminal.warn("-") };
    for (const { state, what, found, remedy } of checks) {
      terminal.line(`${mark[state]} ${what.padEnd(22)} ${found}`);
      if (remedy !== undefined) terminal.line(`  ${" ".repeat(22)} → ${remedy}`);
    }
    terminal.data({ checks });
    return checks.some(({ state }) => state === "missing") ? 1 : 0;
  },
};
