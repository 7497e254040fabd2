import assert from "node:assert/strict";
import { loadLiteSvm } from "./load-litesvm.ts";

describe("LiteSVM", () => {
  it("that is not there for the platform is named, with what to do", async () => {
    const load = () => Promise.reject(new Error("Cannot find native binding."));
    await assert.rejects(loadLiteSvm(load), (error: Error) => {
      assert.match(error.message, new RegExp(`process/failed.*${process.platform}.*${process.arch}`));
      assert.match(error.message, /Linux and macOS on x64 and arm64/);
      assert.match(String(error.cause), /Cannot find native binding/);
      return true;
    });
  });
});
