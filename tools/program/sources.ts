import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "..", "..");
export const ARTIFACTS = "programs/built";
export const SOURCE_DIGEST_FILE = `${ARTIFACTS}/sources.sha256`;
/** Folders of programs/, each a crate. */
export const PROGRAMS = ["chronoledger", "mock-relay", "mock-target", "ticket-sale"] as const;

/** SHA-256 over the names and contents of all that goes into the built programs, in the order of their names. */
export function sourceDigest(): string {
  const hash = createHash("sha256");
  const files = globSync(
    ["programs/Cargo.toml", "programs/Cargo.lock", "programs/*/Cargo.toml", "programs/*/src/**/*.rs"],
    {
      cwd: ROOT,
    },
  );
  for (const file of files.map((each) => each.replaceAll("\\", "/")).sort()) {
    const content = readFileSync(join(ROOT, file));
    hash.update(`${file}\n${content.length}\n`).update(content);
  }
  return hash.digest("hex");
}
