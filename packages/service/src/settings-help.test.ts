import assert from "node:assert/strict";
import * as z from "zod";
import { settingsHelp } from "./settings-help.ts";

describe("the help on settings", () => {
  const schema = z.object({
    X_PORT: z.coerce.number().default(7).describe("where to listen"),
    X_FILE: z.string().min(1),
    X_URL: z.string().optional().describe("a server"),
    X_LIST: z
      .string()
      .transform((text) => text.split(","))
      .prefault("a,b"),
  });
  const text = settingsHelp("X: does things.", schema);

  it("names every setting with its default, or that it is needed", () => {
    assert.match(text, /^X: does things\.\n/);
    assert.match(text, /X_PORT \(default 7\)\n {6}where to listen\n/);
    assert.match(text, /X_FILE \(required\)\n/);
    assert.match(text, /X_URL \(optional\)\n {6}a server\n/);
    assert.match(text, /X_LIST \(default a,b\)\n/);
  });
});
