import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { ChronoError } from "@chronoledger/core";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";

/** Address and file of each page. */
const PAGES = { "/": "home.html", "/verify": "verify.html", "/check": "check.html", "/roi": "roi.html" } as const;

/**
 * Own scripts, styles and pictures alone, and no text that becomes markup: what a proof or a name holds cannot run. `connect-src`
 * is the gateway itself, so the page could not send a file away even if it were changed by a stamp.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const HEADERS = {
  "Content-Security-Policy": POLICY,
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
} as const;

/**
 * Serves the web page that the app's build put into `dir`, without an account: `/`, `/verify`, `/check`, `/roi`, and `/assets/`,
 * whose names change with their content, so browsers may keep them for good.
 * @throws config/invalid when the folder holds no page
 */
export function addPage(app: FastifyInstance, dir: string): void {
  const root = resolve(dir);
  const missing = Object.values(PAGES).find((file) => !existsSync(join(root, file)));
  if (missing !== undefined || !existsSync(join(root, "assets")))
    throw new ChronoError(
      "config/invalid",
      { GATEWAY_PAGE_DIR: dir, missing: missing ?? "assets" },
      { remedy: "build the page into it: node app/src/main.ts FOLDER" },
    );
  app.register((scope, _, done) => {
    scope.addHook("onRequest", async (_request, reply) => {
      reply.headers(HEADERS);
    });
    scope.register(fastifyStatic, {
      root: join(root, "assets"),
      prefix: "/assets/",
      index: false,
      dotfiles: "ignore",
      preCompressed: true,
      immutable: true,
      maxAge: "365d",
    });
    for (const [path, file] of Object.entries(PAGES))
      scope.get(path, (_request, reply) =>
        // Pages name their assets: an old one would ask for what is gone.
        reply.sendFile(file, root, { maxAge: 0, immutable: false }),
      );
    done();
  });
}
