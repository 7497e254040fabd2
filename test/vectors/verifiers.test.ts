import assert from "node:assert/strict";
import { verifyCertificate, verifySignature } from "@chronoledger/core";
import { verifyByOpenSsl } from "@chronoledger/service";
import certificates from "./certificates.json" with { type: "json" };
import { fromHex, nodeSet, verdictOf } from "./load.ts";
import signatures from "./signatures.json" with { type: "json" };

describe("the services' verifier", () => {
  it("agrees with core's on every signature of the vectors", () => {
    for (const one of signatures.vectors) {
      const [message, signature, key] = [fromHex(one.message), fromHex(one.signature), fromHex(one.key)];
      assert.equal(verifyByOpenSsl(message, signature, key), one.valid, one.name);
      assert.equal(verifySignature(message, signature, key), one.valid, one.name);
    }
    assert.ok(signatures.vectors.length >= 60);
  });

  it("gives every certificate of the vectors its verdict", () => {
    for (const one of certificates.vectors)
      assert.equal(
        verdictOf(() => verifyCertificate(fromHex(one.bytes), nodeSet(one.set), verifyByOpenSsl)),
        one.verdict,
        one.name,
      );
    assert.ok(certificates.vectors.length >= 100);
  });
});
