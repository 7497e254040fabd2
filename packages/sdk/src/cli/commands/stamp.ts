import { toIso8601, type UnixNs } from "@chronoledger/core";
import type { Timestamp } from "../../open-stamp.ts";
import { type Command, connect, GATEWAY_HELP, GATEWAY_OPTIONS, text } from "../command.ts";
import { hashFile } from "../file-hash.ts";
import { TEST_WARNING, type Terminal } from "../terminal.ts";
import { UsageError } from "../usage-error.ts";
import { writeResult } from "../write-file.ts";

export const stamp: Command = {
  usage: "stamp FILE... [-o FILE.chrono] [--json]",
  summary: "prove that files exist now; writes FILE.chrono beside each",
  details: ["Only the SHA-256 of a file is sent. `-` is standard input, and needs -o."],
  options: { ...GATEWAY_OPTIONS, output: { type: "string", short: "o" } },
  optionHelp: { ...GATEWAY_HELP, output: "where the proof is written, for one FILE" },
  async run(invocation) {
    const { positionals, values, terminal } = invocation;
    const output = text(values, "output");
    if (positionals.length === 0) throw new UsageError("FILE is missing");
    if (output !== undefined && positionals.length > 1) throw new UsageError("-o is for one FILE");
    if (output === undefined && positionals.includes("-")) throw new UsageError("standard input needs -o FILE.chrono");
    const files: { file: string; imprint: Uint8Array }[] = [];
    for (const file of positionals) files.push({ file, imprint: await hashFile(file) });
    const { client, origin } = await connect(invocation);
    for (const { file, imprint } of files) {
      const stamped = await client.stampHash(imprint);
      const proof = output ?? `${file}.chrono`;
      writeResult(proof, stamped.proof.toBytes());
      tell(terminal, { file, proof, stamped, origin });
    }
    return 0;
  },
};

function tell(
  terminal: Terminal,
  { file, proof, stamped, origin }: { file: string; proof: string; stamped: Timestamp; origin: string },
): void {
  terminal.line(`${terminal.bold(file)}`);
  terminal.line(`  arrived         ${toIso8601(stamped.timestamp as UnixNs)} ± ${stamped.uncertainty} ns (UTC)`);
  terminal.line(`  existed before  ${toIso8601(stamped.existedBefore as UnixNs)} (UTC), by a quorum of the nodes`);
  terminal.line(`  proof           ${proof}, verified against ${origin}`);
  terminal.data({ file, proofFile: proof, ...stamped.toJSON() });
  if (stamped.test) terminal.note(TEST_WARNING);
}
