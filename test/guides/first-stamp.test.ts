import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { type Devnet, freePortBase, startDevnet } from "../support/devnet.ts";
import { blocksOf, commandsIn, ROOT } from "./document.ts";
import { GuideProject } from "./guide-project.ts";

const NEWCOMER_MS = 300_000;
/** Of the default base, 4700. */
const GATEWAY_PORT = 4_714;
const CLI = "node packages/sdk/src/cli/main.ts";

describe("the first stamp", function () {
  this.timeout(NEWCOMER_MS + 60_000);
  const first = blocksOf("README.md", "First stamp");
  const guide = blocksOf("docs/guides/first-stamp.md");
  let project: GuideProject;
  let network: Devnet | undefined;

  before(() => {
    project = new GuideProject([...first, ...guide], {});
    // The folder stands for the clone: its own state, the clone's files.
    for (const name of ["packages", "node_modules", "README.md", "LICENSE"])
      symlinkSync(join(ROOT, name), join(project.folder, name));
  });
  after(async () => {
    if (network !== undefined && network.child.exitCode === null) {
      network.child.kill("SIGINT");
      await network.exited;
    }
    await project?.remove();
  });

  it("takes a newcomer less than five minutes from npm start: the first page's commands, in order", async () => {
    assert.ok(commandsIn(blocksOf("README.md", "Two commands")).includes("npm start"));
    const begin = performance.now();
    const base = await freePortBase();
    project.port = { printed: GATEWAY_PORT, real: base + GATEWAY_PORT - 4_700 };
    network = startDevnet(["--port-base", String(base), "--data-dir", join(project.folder, ".chrono", "devnet")]);
    await network.printed(/the network is up/);
    const output = await project.session(commandsIn(first));
    // The issue's own requirement, not a measure of speed.
    assert.ok(performance.now() - begin < NEWCOMER_MS);
    assert.match(output, /^VALID {2}README\.md$/m);
    assert.match(output, /^arrived at \d{19} ± \d+ ns, existed before \d{19}\nvalid$/m);
  });

  it("works from the command line, offline at the end, and finds a changed file", async () => {
    await project.output(`${CLI} sign-up "Your name"`);
    const stamped = await project.output(`${CLI} stamp LICENSE -o .chrono/LICENSE.chrono`);
    assert.match(stamped, /existed before {2}\d{4}-/);
    const verify = `${CLI} verify .chrono/LICENSE.chrono LICENSE`;
    const offline = { CHRONO_URL: "http://127.0.0.1:1" };
    const [valid, prices] = project.outputs;
    const verified = await project.output(verify, offline);
    assert.ok(verified.startsWith(valid ?? "?"), verified);
    assert.equal(await project.output("node .chrono/prove-order.ts"), prices);
    project.replace("LICENSE", "another licence");
    const changed = await project.run(verify, offline);
    assert.equal(changed.status, 1);
    assert.match(changed.out, /NOT VALID {2}LICENSE/);
    assert.deepEqual(project.left, []);
  });
});
