import { parseArgs } from "node:util";
import { buildPage } from "./build.ts";

const HELP = `Usage: node app/src/main.ts OUT_DIR

Builds the web page into OUT_DIR: its HTML files, and assets/ with hashed names.
The gateway serves it when GATEWAY_PAGE_DIR names that folder.

  --help, -h   this text
`;

const USAGE = 2;

function argumentsOf(): { readonly help: boolean; readonly folders: readonly string[] } | undefined {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { help: { type: "boolean", short: "h", default: false } },
    });
    return { help: values.help, folders: positionals };
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return undefined;
  }
}

const given = argumentsOf();
const [folder, ...rest] = given?.folders ?? [];
if (given?.help === true) process.stdout.write(HELP);
else if (folder === undefined || rest.length > 0) {
  process.stderr.write(HELP);
  process.exitCode = USAGE;
} else {
  await buildPage(folder);
  process.stdout.write(`built into ${folder}\n`);
}
