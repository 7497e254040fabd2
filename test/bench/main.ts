/**
 * `npm run bench -- NAME [--json] [--write]`: the one door to benchmarks. Each compares with a named peer in the same run,
 * or with committed figures, which `--write` replaces.
 */
const BENCHES: Record<string, Entry> = {
  firing: {
    what: "this keeper against a plain BullMQ delayed job: deadline to accepted by the node",
    load: () => import("./firing.ts"),
  },
  oracle: {
    what: "rounds of four nodes over HTTP: appointed instant to certificate in hand, and rounds back to back",
    load: () => import("./oracle.ts"),
  },
  gas: {
    what: "what each call costs, from receipts on a fresh chain; --write keeps the figures for docs/gas.md",
    writes: true,
    load: () => import("./gas.ts"),
  },
  "compute-units": {
    what: "what each instruction of the Solana program costs in LiteSVM; --write keeps the figures",
    writes: true,
    load: () => import("./compute-units.ts"),
  },
  gateway: {
    what: "authenticated stamps over HTTP, each with its proof, and leaves by the batch call; what was charged against what was answered",
    load: () => import("./gateway.ts"),
  },
};

type Options = { json: boolean; write: boolean; progress: (line: string) => void };
type Bench = { run(options: Options): Promise<Readonly<Record<string, number | boolean>>> };
type Entry = { readonly what: string; readonly writes?: true; readonly load: () => Promise<Bench> };

const args = process.argv.slice(2);
const names = args.filter((arg) => !arg.startsWith("-"));
const write = args.includes("--write");
const unknownFlags = args.filter((arg) => arg.startsWith("-") && !["--json", "--write", "--help", "-h"].includes(arg));
const bench = names.length === 1 ? BENCHES[names[0] as string] : undefined;
if (write && bench?.writes !== true) unknownFlags.push("--write");
if (bench === undefined || unknownFlags.length > 0) {
  const help = args.includes("--help") || args.includes("-h");
  const out = help ? console.log : console.error;
  if (unknownFlags.length > 0) out(`no such option: ${unknownFlags.join(" ")}`);
  if (names.length > 0 && bench === undefined) out(`no such benchmark: ${names.join(" ")}`);
  out("npm run bench -- NAME [--json] [--write]\n");
  for (const [name, { what }] of Object.entries(BENCHES)) out(`  ${name.padEnd(14)} ${what}`);
  process.exit(help ? 0 : 1);
}
const json = args.includes("--json");
const { run } = await bench.load();
const figures = await run({ json, write, progress: (line) => console.error(line) });
if (json) console.log(JSON.stringify(figures));
else console.table(figures);
process.exit(0);
