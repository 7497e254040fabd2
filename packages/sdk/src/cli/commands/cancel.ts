import { type Command, connect, GATEWAY_HELP, GATEWAY_OPTIONS, requireArguments } from "../command.ts";

export const cancel: Command = {
  usage: "cancel ID [--json]",
  summary: "cancel a scheduled call; exit status 0 when it will not run, 1 when it may",
  options: GATEWAY_OPTIONS,
  optionHelp: GATEWAY_HELP,
  async run(invocation) {
    const { terminal } = invocation;
    const [id = ""] = requireArguments(invocation.positionals, "ID");
    const { client } = await connect(invocation);
    const cancelled = await client.cancelExecution(id);
    terminal.line(cancelled ? `${id} will not run` : `${id} may run, or has run: chrono status ${id}`);
    terminal.data({ id, cancelled });
    return cancelled ? 0 : 1;
  },
};
