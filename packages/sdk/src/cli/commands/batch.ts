import { toBase64Url, toIso8601, type UnixNs } from "@chronoledger/core";
import { type Command, connect, GATEWAY_HELP, GATEWAY_OPTIONS, text } from "../command.ts";
import { hashFile } from "../file-hash.ts";
import { TEST_WARNING } from "../terminal.ts";
import { UsageError } from "../usage-error.ts";
import { writeResult } from "../write-file.ts";

export const batch: Command = {
  usage: "batch FILE... | batch --count N [--json]",
  summary: "stamp many files, or random numbers, in one round",
  details: ["Each FILE gets its own FILE.chrono, which stands alone."],
  options: { ...GATEWAY_OPTIONS, count: { type: "string" } },
  optionHelp: { ...GATEWAY_HELP, count: "stamp so many random numbers and print their proofs (with --json)" },
  async run(invocation) {
    const { positionals: files, values, terminal } = invocation;
    const count = text(values, "count");
    if ((count === undefined) === (files.length === 0)) throw new UsageError("give FILE... or --count N");
    if (count !== undefined && !/^[1-9][0-9]{0,4}$/.test(count))
      throw new UsageError(`--count "${count}" is not 1 to 99999`);
    const imprints: Uint8Array[] = [];
    for (const file of files) imprints.push(await hashFile(file));
    const { client, origin } = await connect(invocation);
    const made =
      count === undefined ? await client.stampHashes(imprints) : await client.getTimestampBatch(Number(count));
    for (const { index, proof } of made) {
      const file = files[index];
      if (file !== undefined) writeResult(`${file}.chrono`, proof.toBytes());
    }
    terminal.line(`${made.count} stamps  ${toIso8601(made.timestamp as UnixNs)} ± ${made.uncertainty} ns (UTC)`);
    terminal.line(`  existed before  ${toIso8601(made.existedBefore as UnixNs)} (UTC), by a quorum of the nodes`);
    terminal.line(`  verified against ${origin}`);
    if (terminal.json)
      terminal.data({
        ...made.toJSON(),
        items: Array.from(made, ({ index, imprint, proof }) => ({
          file: files[index] ?? null,
          imprint: toBase64Url(imprint),
          proof,
        })),
      });
    if (made.test) terminal.note(TEST_WARNING);
    return 0;
  },
};
