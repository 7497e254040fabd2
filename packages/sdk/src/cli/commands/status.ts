import { toIso8601, type UnixNs } from "@chronoledger/core";
import { type Command, connect, GATEWAY_HELP, GATEWAY_OPTIONS, requireArguments } from "../command.ts";

export const status: Command = {
  usage: "status ID [--json]",
  summary: "how a scheduled call stands",
  options: GATEWAY_OPTIONS,
  optionHelp: GATEWAY_HELP,
  async run(invocation) {
    const { terminal } = invocation;
    const [id = ""] = requireArguments(invocation.positionals, "ID");
    const { client } = await connect(invocation);
    const now = await client.getExecutionStatus(id);
    terminal.line(`${terminal.bold(now.id)}  ${now.state}`);
    terminal.line(`  target    ${now.target}`);
    terminal.line(`  due       ${toIso8601(now.executeTime as UnixNs)} (UTC)`);
    if (now.lateness !== null)
      terminal.line(`  lateness  ${now.lateness} ns ± ${now.latenessUncertainty ?? "unknown"}`);
    if (now.transaction !== null) terminal.line(`  sent in   ${now.transaction}`);
    if (now.reason !== null) terminal.line(`  reason    ${now.reason}`);
    terminal.data({ ...now, stamp: now.stamp?.toJSON() ?? null });
    return 0;
  },
};
