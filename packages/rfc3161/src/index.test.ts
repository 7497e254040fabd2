import assert from "node:assert/strict";
import * as rfc3161 from "./index.ts";

describe("exports of @chronoledger/rfc3161", () => {
  it("are exactly these: a name is added or taken away on purpose", () => {
    assert.deepEqual(Object.keys(rfc3161).toSorted(), [
      "FAILURE_BITS",
      "MAX_REQUEST_BYTES",
      "MAX_TOKEN_BYTES",
      "PROOF_EXTENSION_OID",
      "REQUEST_MEDIA_TYPE",
      "RESPONSE_MEDIA_TYPE",
      "TOKEN_MEDIA_TYPE",
      "failureOf",
      "issueToken",
      "parseRequest",
      "parseResponse",
      "parseToken",
      "rejection",
      "requestFor",
      "selfSignedTsaCertificate",
      "tokenResponse",
      "verifyToken",
    ]);
  });
});
