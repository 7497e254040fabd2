import { openAccount } from "../../open-account.ts";
import { type Command, requireArguments, text } from "../command.ts";
import { configPath, endpoint, readConfig, writeConfig } from "../config-file.ts";
import { UsageError } from "../usage-error.ts";

export const signUp: Command = {
  usage: "sign-up NAME [--url URL] [--replace] [--json]",
  summary: "open a developer account and keep its key in a file that you alone can read",
  options: { url: { type: "string" }, replace: { type: "boolean" } },
  optionHelp: { url: "gateway", replace: "forget the account that is kept now" },
  async run({ positionals, values, terminal }) {
    const [name = ""] = requireArguments(positionals, "NAME");
    const kept = readConfig();
    if (kept !== undefined && values.replace !== true)
      throw new UsageError(
        `${configPath()} already holds a key of account ${kept.account} at ${kept.url}. --replace forgets it.`,
      );
    const { url } = endpoint(text(values, "url"));
    const { apiKey, ...account } = await openAccount(name, { url });
    writeConfig({ url: account.url, apiKey, account: account.id });
    terminal.line(`Account ${terminal.bold(account.id)}, tier ${account.tier}, at ${account.url}`);
    terminal.line(`  the key is kept in ${configPath()}`);
    terminal.line("  next: chrono stamp FILE");
    terminal.data({ ...account, config: configPath() });
    return 0;
  },
};
