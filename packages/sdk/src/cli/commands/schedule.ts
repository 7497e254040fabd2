import { toIso8601, type UnixNs } from "@chronoledger/core";
import { type Command, connect, GATEWAY_HELP, GATEWAY_OPTIONS, requireArguments, text } from "../command.ts";
import { networkTime } from "../network-time.ts";
import { parseDuration, parseTime, TIME_FORMS } from "../parse-time.ts";
import { UsageError } from "../usage-error.ts";

export const schedule: Command = {
  usage: "schedule TARGET CALLDATA TIME [--gas N] [--window 60s] [--json]",
  summary: "call a contract or an https address at an instant",
  details: [
    "TARGET is a contract (0x and 40 digits) or an https address; CALLDATA is 0x and hexadecimal digits.",
    `TIME is ${TIME_FORMS}.`,
  ],
  options: {
    ...GATEWAY_OPTIONS,
    gas: { type: "string" },
    window: { type: "string" },
    description: { type: "string" },
  },
  optionHelp: {
    ...GATEWAY_HELP,
    gas: "gas limit of the call on a chain; 200000 when absent",
    window: "how long after TIME the call may still be made; 60s when absent",
    description: "for your own records",
  },
  async run(invocation) {
    const { values, terminal, positionals } = invocation;
    const [target = "", calldata = "", at = ""] = requireArguments(positionals, "TARGET", "CALLDATA", "TIME");
    const gas = text(values, "gas");
    if (gas !== undefined && !/^[0-9]{1,9}$/.test(gas)) throw new UsageError(`--gas "${gas}" is no whole number`);
    const given = text(values, "window");
    const window = given === undefined ? undefined : parseDuration(given);
    if (given !== undefined && window === undefined)
      throw new UsageError(`--window "${given}" is no duration, such as 60s`);
    const description = text(values, "description");
    const { client, url } = await connect(invocation);
    const time = await parseTime(at, () => networkTime(url));
    const id = await client.scheduleExecution(target, calldata, time, gas === undefined ? undefined : Number(gas), {
      ...(window === undefined ? {} : { window }),
      ...(description === undefined ? {} : { description }),
    });
    terminal.line(`${terminal.bold(id)}  ${target} at ${toIso8601(time as UnixNs)} (UTC)`);
    terminal.line(`  see how it stands: chrono status ${id}`);
    terminal.data({ id, target, executeTime: time });
    return 0;
  },
};
