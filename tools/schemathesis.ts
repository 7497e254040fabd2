import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GatewayNetwork } from "../test/support/gateway-network.ts";

/**
 * `npm run schemathesis [-- OPTIONS OF st run]`: property-based tests of a running gateway from its own OpenAPI document. Schemathesis
 * is a Python program and no dependency of this repository: SCHEMATHESIS may say where its `st` is.
 */
const PROGRAM = process.env.SCHEMATHESIS ?? "st";
const VERSION = "4.32.5";
const CHECKS = [
  "not_a_server_error",
  "status_code_conformance",
  "content_type_conformance",
  "response_schema_conformance",
];
/** Schemathesis does not know how to write these bodies: they are bytes. */
const HOOKS = `import schemathesis
schemathesis.serializer.alias("application/timestamp-query", "application/octet-stream")
`;
/** Of one operation in one phase. */
const EXAMPLES = 60;

const { error, stdout } = spawnSync(PROGRAM, ["--version"], { encoding: "utf8" });
if (error !== undefined || !stdout.includes(VERSION)) {
  console.error(
    `${PROGRAM} is not Schemathesis ${VERSION}. To install it: python3 -m pip install schemathesis==${VERSION}`,
  );
  process.exit(1);
}

const network = new GatewayNetwork();
const folder = mkdtempSync(join(tmpdir(), "chrono-schemathesis-"));
let status = 1;
try {
  await network.start();
  const key = await network.account("regulatory");
  const args = ["run", `${network.gateway.url}/openapi.json`, "--checks", CHECKS.join(",")];
  const settings = ["--header", `Authorization: Bearer ${key}`, "--max-examples", String(EXAMPLES), "--workers", "2"];
  const hooks = join(folder, "hooks.py");
  writeFileSync(hooks, HOOKS);
  const child = spawn(PROGRAM, [...args, ...settings, "--seed", "1", ...process.argv.slice(2)], {
    stdio: "inherit",
    cwd: folder,
    env: { ...process.env, SCHEMATHESIS_HOOKS: hooks },
  });
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => child.kill(name));
  status = await new Promise((resolve) => child.once("exit", (code) => resolve(code ?? 1)));
} finally {
  await network.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(status);
