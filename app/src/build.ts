import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { build, type Metafile } from "esbuild";

const SOURCE = import.meta.dirname;

/** Pages: the name is the file's, and of the folder that holds the script. */
const PAGES = [
  {
    name: "home",
    path: "/",
    nav: "Time",
    title: "ChronoLedger: attested time",
    description: "Attested time for systems that already exist: stamps and proofs that anybody verifies offline.",
  },
  {
    name: "verify",
    path: "/verify",
    nav: "Verify",
    title: "Verify a proof · ChronoLedger",
    description: "Verify a temporal proof in your browser. Your file is never sent.",
  },
  {
    name: "check",
    path: "/check",
    nav: "Compliance",
    title: "Compliance checker · ChronoLedger",
    description: "Which clock rules apply to your systems, and what is missing.",
  },
  {
    name: "roi",
    path: "/roi",
    nav: "Cost",
    title: "Cost comparison · ChronoLedger",
    description: "Own grandmaster clocks against a subscription, with every assumption shown.",
  },
] as const;

/**
 * Builds the web page into `outDir`: `home.html`, `verify.html`, `check.html`, `roi.html`, and `assets/` with hashed names, each
 * with a gzip copy. What the folder held before stays, so pages that are open keep their assets.
 */
export async function buildPage(outDir: string): Promise<void> {
  const assets = join(outDir, "assets");
  mkdirSync(assets, { recursive: true });
  const bundle = await build({
    entryPoints: Object.fromEntries(PAGES.map(({ name }) => [name, join(SOURCE, name, "page.ts")])),
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: ["es2022"],
    outdir: assets,
    entryNames: "[name]-[hash]",
    chunkNames: "part-[hash]",
    write: false,
    metafile: true,
    legalComments: "none",
    // One copy of zod, where each workspace has one of its own; and no code made at run time, which the page's policy forbids.
    alias: { zod: oneZod() },
    banner: { js: "(globalThis.__zod_globalConfig??={}).jitless=true;" },
  });
  for (const { path, contents } of bundle.outputFiles) writeAsset(assets, basename(path), contents);
  const put = (name: string): string => {
    const content = readFileSync(join(SOURCE, name));
    const hash = createHash("sha256").update(content).digest("base64url").slice(0, 8);
    const hashed = name.replace(".", `-${hash}.`);
    writeAsset(assets, hashed, content);
    return `/assets/${hashed}`;
  };
  const [style, icon] = [put("style.css"), put("icon.svg")];
  const layout = readFileSync(join(SOURCE, "pages", "layout.html"), "utf8");
  for (const page of PAGES) {
    const { script, parts } = scriptOf(bundle.metafile, page.name);
    const values: Record<string, string> = {
      title: page.title,
      description: page.description,
      style,
      icon,
      script,
      preloads: parts.map((part) => `<link rel="modulepreload" href="${part}">`).join("\n    "),
      nav: PAGES.map(
        ({ path, nav }) => `<a href="${path}"${path === page.path ? ' aria-current="page"' : ""}>${nav}</a>`,
      ).join("\n          "),
      main: readFileSync(join(SOURCE, "pages", `${page.name}.html`), "utf8").trimEnd(),
    };
    writeFileSync(
      join(outDir, `${page.name}.html`),
      layout.replace(/\{\{([a-z]+)\}\}/g, (_, name: string) => values[name] ?? ""),
    );
  }
}

function writeAsset(folder: string, name: string, content: Uint8Array): void {
  writeFileSync(join(folder, name), content);
  writeFileSync(join(folder, `${name}.gz`), gzipSync(content, { level: 9 }));
}

/** The copy that core resolves. */
const oneZod = (): string =>
  dirname(createRequire(import.meta.resolve("@chronoledger/core")).resolve("zod/package.json"));

function scriptOf({ outputs }: Metafile, name: string): { readonly script: string; readonly parts: readonly string[] } {
  const found = Object.entries(outputs).find(([, { entryPoint }]) => entryPoint?.endsWith(`${name}/page.ts`));
  if (found === undefined) throw new Error(`no script was built for ${name}`);
  const [path, { imports }] = found;
  const address = (file: string) => `/assets/${basename(file)}`;
  return {
    script: address(path),
    parts: imports.filter(({ kind }) => kind === "import-statement").map(({ path: part }) => address(part)),
  };
}
