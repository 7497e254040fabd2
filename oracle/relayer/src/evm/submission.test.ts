import assert from "node:assert/strict";
import { chronoOracleAbi } from "@chronoledger/bindings";
import { ChronoError, type ErrorCode, type TaiNs } from "@chronoledger/core";
import { RpcError } from "@chronoledger/txm";
import { decodeFunctionData, encodeErrorResult } from "viem";
import { certificateBytes } from "../../../../test/support/certificate-bytes.ts";
import { newQuorum } from "../../../../test/support/quorum.ts";
import { refusalOf, submissionData } from "./submission.ts";

const quorum = newQuorum({ n: 4 });
const errors = chronoOracleAbi.filter((item) => item.type === "error");
/** Errors of other functions: a submission never ends in them. */
const ELSEWHERE = /Stale|OnlyRegistry|Path|Leaf|Intent|NotFirst|OutOfGas|SignaturesLength/;

/** Any value of the Solidity type. */
const anyValue = (type: string): unknown => {
  if (type === "address") return `0x${"00".repeat(20)}`;
  if (type.startsWith("bytes")) return `0x${"00".repeat(Number(type.slice(5)))}`;
  return /int(8|16|32)$/.test(type) ? 1 : 1n;
};
const encoded = (name: string): `0x${string}` => {
  const inputs = errors.find((item) => item.name === name)?.inputs ?? [];
  return encodeErrorResult({
    abi: chronoOracleAbi,
    errorName: name,
    args: inputs.map(({ type }) => anyValue(type)),
  } as never);
};

describe("a submission", () => {
  it("is the certificate cut into the contract's arguments", () => {
    const certificate = quorum.certify({ time: 1_795_000_000_000_000_000n as TaiNs, sequence: 4n });
    const { functionName, args } = decodeFunctionData({
      abi: chronoOracleAbi,
      data: submissionData(certificateBytes(certificate)),
    });
    assert.equal(functionName, "submit");
    assert.deepEqual(args, [certificate.statement, certificate.signers, certificate.signatures]);
  });

  it("is not made of bytes that are no certificate", () => {
    assert.throws(() => submissionData(new Uint8Array(164).fill(1)), { code: "certificate/malformed" });
  });
});

describe("a refusal by the oracle", () => {
  const cases: readonly [string, string, ErrorCode][] = [
    ["OracleSequenceNotNewer", "stale", "certificate/stale"],
    ["OracleTimeNotNewer", "stale", "certificate/stale"],
    ["OracleFromTheFuture", "later", "certificate/future"],
    ["OraclePaused", "later", "transaction/reverted"],
    ["OracleSignatureInvalid", "refused", "certificate/signature"],
    ["OracleQuorumShort", "refused", "certificate/quorum-short"],
    ["OracleHeaderMismatch", "refused", "statement/network"],
  ];
  for (const [name, kind, code] of cases)
    it(`by ${name} is ${kind}`, () => {
      assert.deepEqual(refusalOf(new RpcError(3, "execution reverted", encoded(name))), { kind, code, name });
    });

  it("has a meaning for every error that a submission can end in", () => {
    const names = errors.map(({ name }) => name).filter((name) => name.startsWith("Oracle") && !ELSEWHERE.test(name));
    assert.ok(names.length >= 14, names.join());
    for (const name of names) {
      const refusal = refusalOf(new RpcError(3, "execution reverted", encoded(name)));
      assert.equal(refusal?.name, name);
      if (name !== "OraclePaused") assert.notEqual(refusal?.code, "transaction/reverted", `${name} is not classified`);
    }
  });

  it("is found wherever nodes put it", () => {
    const data = encoded("OracleTimeNotNewer");
    assert.equal(refusalOf(new RpcError(-32000, "reverted", { data }))?.name, "OracleTimeNotNewer");
    assert.equal(
      refusalOf(new ChronoError("rpc/rejected", {}, { cause: new RpcError(3, "x", data) }))?.name,
      "OracleTimeNotNewer",
    );
  });

  it("is refused when the reason is missing or unknown", () => {
    assert.deepEqual(refusalOf(new RpcError(3, "execution reverted")), {
      kind: "refused",
      code: "transaction/reverted",
      name: "no reason given",
    });
    assert.equal(refusalOf(new RpcError(3, "x", "0x12345678"))?.name, "unknown error 0x12345678");
  });

  it("is not what an unreachable node or another error is", () => {
    assert.equal(refusalOf(new ChronoError("rpc/unavailable")), undefined);
    assert.equal(refusalOf(new RpcError(-32601, "the method does not exist")), undefined);
  });
});
