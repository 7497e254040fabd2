import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { nodeSetToJson } from "@chronoledger/core";
import { untilPrinted } from "../../../../test/support/child.ts";
import { newQuorum } from "../../../../test/support/quorum.ts";
import { STUB_KEY, StubGateway } from "../../../../test/support/stub-gateway.ts";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));
const NOBODY = "http://127.0.0.1:1";
const COMMANDS = ["sign-up", "stamp", "verify", "batch", "schedule", "status", "cancel", "report", "check", "doctor"];

type Ran = { readonly status: number | null; readonly out: string; readonly err: string };

describe("the command line", () => {
  const gateway = new StubGateway();
  let folder: string;
  const at = (name: string) => join(folder, name);

  async function chrono(
    args: readonly string[],
    options: { url?: string; key?: string; input?: string } = {},
  ): Promise<Ran> {
    const child = spawn(process.execPath, [MAIN, ...args], {
      env: {
        PATH: process.env.PATH ?? "",
        XDG_CONFIG_HOME: at("config"),
        CHRONO_URL: options.url ?? gateway.url,
        ...(options.key === undefined ? {} : { CHRONO_API_KEY: options.key }),
      },
    });
    const [out, err] = [collect(child.stdout), collect(child.stderr)];
    child.stdin.end(options.input ?? "");
    const [status] = (await once(child, "close")) as [number | null];
    return { status, out: out(), err: err() };
  }
  const json = <T>({ out }: Ran): T => JSON.parse(out) as T;

  before(() => gateway.start());
  after(() => gateway.stop());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "chrono-cli-"));
    writeFileSync(at("a.txt"), "a text");
    gateway.seen.length = 0;
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("goes from sign-up to a verified stamp, then verifies without the gateway", async () => {
    const signed = await chrono(["sign-up", "A. Firm"]);
    assert.equal(signed.status, 0, signed.err);
    const config = at("config/chrono/config.json");
    assert.equal(statSync(config).mode & 0o777, 0o600);
    assert.ok(!signed.out.includes(STUB_KEY));

    const stamped = await chrono(["stamp", at("a.txt")]);
    assert.equal(stamped.status, 0, stamped.err);
    assert.match(stamped.out, /arrived +20\d\d-.*Z ± 1000 ns \(UTC\)\n +existed before +20\d\d-.*Z \(UTC\)/);
    assert.match(stamped.err, /trusted from now on because http.* told it/);
    assert.match(stamped.err, /TEST: .*no evidence/);
    assert.ok(gateway.seen.every(({ body }) => !body.includes("a text")));

    const verified = await chrono(["verify", at("a.txt.chrono"), at("a.txt")], { url: NOBODY });
    assert.equal(verified.status, 0, verified.err);
    assert.match(verified.out, /^VALID .*\n +existed before .*\n +signed by nodes 0, 1, 2 of 4, network 7, epoch 1\n/);
    assert.match(verified.out, /the node set kept at first use/);
    assert.match(verified.err, /TEST: /);

    writeFileSync(at("a.txt"), "another text");
    const changed = await chrono(["verify", at("a.txt.chrono"), at("a.txt")], { url: NOBODY });
    assert.equal(changed.status, 1);
    assert.match(changed.out, /^NOT VALID .*not what was stamped/);
  });

  it("keeps an account until it is told to forget it", async () => {
    await chrono(["sign-up", "one"]);
    const again = await chrono(["sign-up", "two"]);
    assert.equal(again.status, 2);
    assert.match(again.err, /already holds a key .*--replace/);
    assert.equal((await chrono(["sign-up", "two", "--replace", "--json"])).status, 0);
  });

  it("sends the kept key to its own gateway alone", async () => {
    await chrono(["sign-up", "one"]);
    const other = new StubGateway();
    await other.start();
    const { status, err } = await chrono(["stamp", at("a.txt")], { url: other.url });
    const headers = other.seen.map(({ headers }) => headers.authorization);
    other.stop();
    assert.equal(status, 1);
    assert.match(err, /CHRONO_API_KEY/);
    assert.ok(headers.every((each) => each === undefined));
  });

  it("refuses other keys for an epoch that it knows", async () => {
    await chrono(["stamp", at("a.txt")], { key: STUB_KEY });
    const other = new StubGateway();
    await other.start();
    const { status, err } = await chrono(["stamp", at("a.txt")], { key: STUB_KEY, url: other.url });
    other.stop();
    assert.equal(status, 1);
    assert.match(err, /other keys than before/);
  });

  it("verifies against the node set that it is given", async () => {
    const [ours, theirs] = [gateway.oracle.quorum.set, newQuorum({ n: 4 }).set];
    writeFileSync(at("ours.json"), JSON.stringify(nodeSetToJson(ours)));
    writeFileSync(at("theirs.json"), JSON.stringify(nodeSetToJson(theirs)));
    await chrono(["stamp", at("a.txt"), "--node-set", at("ours.json")], { key: STUB_KEY });
    assert.ok(!existsSync(at("config/chrono/node-sets")));
    const verify = (set: string) =>
      chrono(["verify", at("a.txt.chrono"), at("a.txt"), "--node-set", at(set), "--json"], { url: NOBODY });
    const [good, bad, none] = [await verify("ours.json"), await verify("theirs.json"), await verify("none.json")];
    assert.deepEqual([good.status, bad.status, none.status], [0, 1, 2]);
    assert.equal(json<{ valid: boolean; test: boolean }>(good).test, true);
    assert.equal(json<{ code: string }>(bad).code, "certificate/signature");
    assert.match(none.err, /none\.json cannot be used/);
  });

  it("tells a proof that is none from a file that is not there", async () => {
    writeFileSync(at("set.json"), JSON.stringify(nodeSetToJson(gateway.oracle.quorum.set)));
    writeFileSync(at("junk.chrono"), "junk");
    const verify = (...files: string[]) => chrono(["verify", ...files.map(at), "--node-set", at("set.json")]);
    assert.deepEqual(
      [
        (await verify("junk.chrono", "a.txt")).status,
        (await verify("none.chrono", "a.txt")).status,
        (await verify("junk.chrono")).status,
      ],
      [1, 2, 2],
    );
    const alone = await chrono(["verify", at("a.txt"), at("a.txt")], { url: NOBODY });
    assert.equal(alone.status, 1);
  });

  it("says how to verify when no keys are known and no gateway is there", async () => {
    await chrono(["stamp", at("a.txt")], { key: STUB_KEY });
    rmSync(at("config"), { recursive: true });
    const { status, err } = await chrono(["verify", at("a.txt.chrono"), at("a.txt")], { url: NOBODY });
    assert.equal(status, 2);
    assert.match(err, /no node set is known .*--node-set FILE/);
  });

  it("stamps standard input, and many files in one round", async () => {
    writeFileSync(at("b.txt"), "b");
    const piped = await chrono(["stamp", "-", "-o", at("in.chrono")], { key: STUB_KEY, input: "a text" });
    assert.equal(piped.status, 0, piped.err);
    assert.equal((await chrono(["verify", at("in.chrono"), at("a.txt")])).status, 0);
    const many = await chrono(["batch", at("a.txt"), at("b.txt"), "--json"], { key: STUB_KEY });
    const { count, items } = json<{ count: number; items: { file: string }[] }>(many);
    assert.deepEqual([count, items.length, items[1]?.file], [2, 2, at("b.txt")]);
    for (const name of ["a.txt", "b.txt"])
      assert.equal((await chrono(["verify", at(`${name}.chrono`), at(name)])).status, 0, name);
    assert.equal((await chrono(["verify", at("a.txt.chrono"), at("b.txt")])).status, 1);
  });

  it("schedules by the network's clock, follows and cancels", async () => {
    const target = `0x${"a".repeat(40)}`;
    const before = gateway.oracle.clock.utcNow();
    const made = await chrono(["schedule", target, "0x01", "+90s", "--gas", "50000", "--window", "5s", "--json"], {
      key: STUB_KEY,
    });
    assert.equal(made.status, 0, made.err);
    const { id, executeTime } = json<{ id: string; executeTime: string }>(made);
    assert.ok(BigInt(executeTime) > before + 90_000_000_000n);
    const status = json<{ state: string; window: string }>(await chrono(["status", id, "--json"], { key: STUB_KEY }));
    assert.deepEqual([status.state, status.window], ["accepted", "5000000000"]);
    const cancelled = await chrono(["cancel", id], { key: STUB_KEY });
    assert.equal(cancelled.status, 0);
    assert.match(cancelled.out, /will not run/);
    const wrong = await chrono(["schedule", target, "0x01", "soon"], { key: STUB_KEY });
    assert.equal(wrong.status, 2);
    assert.match(wrong.err, /"soon" is no time\. Write 20/);
  });

  it("checks answers from a file, and asks when there is none", async () => {
    const answers = [
      ...["EU", "trading desk", "venue-member", "hft", "?", "nonsense", "50us", "100ns", "y"],
      ...["documented-chain", "not-used", "continuous", "?", "3", "7", "?"],
    ];
    const asked = await chrono(["check", "--at", "2026-06-01T00:00:00Z", "--json"], {
      input: `${answers.join("\n")}\n`,
      url: NOBODY,
    });
    assert.match(asked.err, /"nonsense" is not understood/);
    const { verdict, systems } = json<{ verdict: string; systems: { classes: string[] }[] }>(asked);
    assert.ok(systems[0]?.classes.includes("hft"), asked.out);
    assert.equal(asked.status, verdict === "meets" ? 0 : 1);
    const short = await chrono(["check", "--at", "1772323200000000000"], { input: "EU\n" });
    assert.equal(short.status, 2);
    assert.match(short.err, /the input ended/);
    writeFileSync(at("answers.json"), "{}");
    assert.equal((await chrono(["check", at("answers.json")])).status, 2);
  });

  it("says what is missing on this machine", async () => {
    const without = await chrono(["doctor"], { url: NOBODY });
    assert.equal(without.status, 1);
    assert.match(without.out, /✓ Node\.js +\d+\.\d+/);
    assert.match(without.out, /✗ gateway +.*cannot be reached[\s\S]*→ .*npm start/);
    const keyless = await chrono(["doctor", "--json"]);
    const { checks } = json<{ checks: { what: string; state: string; remedy?: string }[] }>(keyless);
    assert.equal(keyless.status, 1);
    assert.ok(checks.every(({ state, remedy }) => state === "ok" || remedy !== undefined));
    assert.ok(checks.some(({ what, state }) => what === "key" && state === "missing"));
    assert.equal((await chrono(["doctor"], { key: STUB_KEY })).status, 0);
  });

  it("explains itself, and names what it does not understand", async () => {
    const overview = await chrono(["--help"]);
    assert.equal(overview.status, 0);
    for (const command of COMMANDS) {
      assert.match(overview.out, new RegExp(`^  ${command} `, "m"));
      const help = await chrono([command, "--help"]);
      assert.equal(help.status, 0);
      assert.match(help.out, new RegExp(`^chrono ${command}`));
    }
    for (const [args, message] of [
      [["stmap"], /"stmap"/],
      [["stamp"], /FILE is missing/],
      [["stamp", "--colour", "x"], /--colour/],
      [["stamp", "nowhere.txt"], /nowhere\.txt cannot be read/],
      [["status", "a", "b"], /"b" is one argument too many/],
      [["batch"], /FILE\.\.\. or --count/],
    ] as const) {
      const { status, err } = await chrono(args);
      assert.equal(status, 2, err);
      assert.match(err, message);
    }
    assert.equal((await chrono([])).status, 2);
    const failed = await chrono(["stamp", at("a.txt"), "--json"], { url: NOBODY, key: STUB_KEY });
    assert.equal(json<{ error: { code: string } }>(failed).error.code, "process/failed");
  });

  it("writes no colours into a pipe", async () => {
    const { out } = await chrono(["doctor"]);
    assert.ok(!out.includes("\u001b"));
  });

  it("runs a service with its arguments and ends as it ends", async () => {
    const help = await chrono(["aggregator", "--help"]);
    assert.equal(help.status, 0, help.err);
    assert.match(help.out, /AGGREGATOR_/);
    const unset = await chrono(["node"]);
    assert.equal(unset.status, 1);
  });

  it("passes signals on to the service", async () => {
    writeFileSync(
      at("service.mjs"),
      `process.on("SIGTERM", () => process.exit(7)); setInterval(() => {}, 1000); console.log("serves");`,
    );
    const module = new URL("./commands/run-service.ts", import.meta.url).href;
    const code = `import { supervise } from ${JSON.stringify(module)};
      process.exitCode = await supervise(${JSON.stringify(at("service.mjs"))}, []);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", code]);
    await untilPrinted(child, /serves/);
    child.kill("SIGTERM");
    const [status] = (await once(child, "close")) as [number | null];
    assert.equal(status, 7);
  });

  it("is an executable file, as package.json says", () => {
    const { bin } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
      bin: { chrono: string };
    };
    const file = fileURLToPath(new URL(`../../${bin.chrono}`, import.meta.url));
    assert.equal(file, MAIN);
    assert.ok((statSync(file).mode & 0o111) !== 0);
    assert.match(readFileSync(file, "utf8"), /^#!\/usr\/bin\/env node\n/);
  });
});

/** What a stream said so far. */
function collect(stream: ChildProcess["stdout"]): () => string {
  let text = "";
  stream?.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  return () => text;
}
