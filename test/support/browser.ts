import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import chromium, { inflate } from "@sparticuz/chromium";
import { type Browser, launch } from "puppeteer-core";

const packageFolder = dirname(dirname(createRequire(import.meta.url).resolve("@sparticuz/chromium")));
/** The package's own copy of NSS and expat, for machines that have none. */
const LIBRARIES = "al2023.tar.br";

/** The package's own names folders of the machines that it is made for. Without any font a browser draws no text. */
const fontSettings = (folder: string): string => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(folder, "fonts", "fonts")}</dir>
  <cachedir>${join(folder, "font-cache")}</cachedir>
</fontconfig>
`;

/**
 * Decompresses Chromium and the libraries that it needs into `node_modules/.cache`, once a version. Several processes may come
 * here at once: each unpacks for itself, and the first one's folder is kept.
 */
async function unpack(): Promise<string> {
  const folder = join(packageFolder, "..", "..", ".cache", `chromium-${process.arch}`);
  if (existsSync(folder)) return folder;
  mkdirSync(dirname(folder), { recursive: true });
  const fresh = mkdtempSync(`${folder}-`);
  // The package writes where TMPDIR points, and takes what it finds there for complete.
  const before = process.env.TMPDIR;
  process.env.TMPDIR = fresh;
  try {
    await Promise.all([chromium.executablePath(), inflate(join(packageFolder, "bin", LIBRARIES))]);
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
  writeFileSync(join(fresh, "fonts.conf"), fontSettings(folder));
  try {
    renameSync(fresh, folder);
  } catch {
    rmSync(fresh, { recursive: true, force: true });
  }
  return folder;
}

/**
 * A headless Chromium; the caller closes it. The one from node_modules, or that of CHROME_PATH on machines where this one
 * cannot run (it is built for Linux).
 */
export async function launchBrowser(): Promise<Browser> {
  const given = process.env.CHROME_PATH;
  const folder = given === undefined ? await unpack() : "";
  // Not the package's list of flags: they switch off the rules between origins, which a page's test must meet.
  return launch({
    executablePath: given ?? join(folder, "chromium"),
    headless: given === undefined ? "shell" : true,
    args: ["--no-sandbox", "--no-zygote", "--disable-dev-shm-usage", "--disable-gpu"],
    ...(given === undefined
      ? {
          env: {
            ...process.env,
            FONTCONFIG_FILE: join(folder, "fonts.conf"),
            LD_LIBRARY_PATH: [join(folder, "al2023", "lib"), process.env.LD_LIBRARY_PATH].filter(Boolean).join(":"),
          },
        }
      : {}),
  });
}
