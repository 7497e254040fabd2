import { type Command, connect, GATEWAY_HELP, GATEWAY_OPTIONS, requireArguments, text } from "../command.ts";
import { networkTime } from "../network-time.ts";
import { parseTime, TIME_FORMS } from "../parse-time.ts";
import { TEST_WARNING } from "../terminal.ts";
import { writeResult } from "../write-file.ts";

export const report: Command = {
  usage: "report FROM TO [--pdf FILE] [--csv FILE] [--proofs] [--firm NAME] [--json]",
  summary: "an audit report of a period, stamped",
  details: [`FROM and TO are ${TIME_FORMS}. --json prints the report itself.`],
  options: {
    ...GATEWAY_OPTIONS,
    pdf: { type: "string" },
    csv: { type: "string" },
    proofs: { type: "boolean" },
    firm: { type: "string" },
  },
  optionHelp: {
    ...GATEWAY_HELP,
    pdf: "write the report as PDF",
    csv: "write it as CSV",
    proofs: "with each stamp's proof",
    firm: "name on the first page",
  },
  async run(invocation) {
    const { positionals, values, terminal } = invocation;
    const [from = "", to = ""] = requireArguments(positionals, "FROM", "TO");
    const firm = text(values, "firm");
    const { client, origin, url } = await connect(invocation);
    const now = () => networkTime(url);
    const made = await client.generateAuditReport(
      await parseTime(from, now),
      await parseTime(to, now),
      values.proofs === true,
      firm === undefined ? {} : { firm },
    );
    const [pdf, csv] = [text(values, "pdf"), text(values, "csv")];
    if (pdf !== undefined) writeResult(pdf, await made.pdf());
    if (csv !== undefined) writeResult(csv, new TextEncoder().encode(await made.csv()));
    terminal.line(`${terminal.bold(made.id)}  ${made.verdict}`);
    terminal.line(
      `  ${made.stamps} stamps, ${made.excursions} excursions; the report's own stamp holds against ${origin}`,
    );
    for (const file of [pdf, csv]) if (file !== undefined) terminal.line(`  written: ${file}`);
    terminal.data(made.toJSON());
    if (made.stamp.test) terminal.note(TEST_WARNING);
    return 0;
  },
};
