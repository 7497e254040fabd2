import assert from "node:assert/strict";
import { chronoSchedulerAbi } from "@chronoledger/bindings";
import type { Hex } from "@chronoledger/txm";
import { encodeAbiParameters, encodeEventTopics, numberToHex, parseAbiParameters } from "viem";
import { sampleRun } from "../planner/sample-run.ts";
import { decodeLogs, type RawLog } from "./decode-log.ts";

const { id, schedule, data } = sampleRun();
const KEEPER = `0x${"cc".repeat(20)}` as const;
const HASH = `0x${"77".repeat(32)}` as const;
let index = 0;

const log = (topics: readonly unknown[], body: Hex): RawLog => ({
  blockNumber: "0x10",
  blockHash: HASH,
  transactionHash: `0x${"99".repeat(32)}`,
  logIndex: numberToHex(index++),
  topics: topics as Hex[],
  data: body,
});
const executed = (success: boolean): RawLog =>
  log(
    encodeEventTopics({ abi: chronoSchedulerAbi, eventName: "Executed", args: { id, keeper: KEEPER } }),
    encodeAbiParameters(parseAbiParameters("bool, int64, uint64, uint96"), [success, 5n, 0n, 7n]),
  );
const callReverted = (reason: Hex): RawLog =>
  log(
    encodeEventTopics({ abi: chronoSchedulerAbi, eventName: "CallReverted", args: { id } }),
    encodeAbiParameters(parseAbiParameters("bytes"), [reason]),
  );
const topicsOf = (eventName: "Cancelled" | "Expired" | "Underfunded" | "SeriesAdvanced" | "ScheduledExtras") =>
  encodeEventTopics({ abi: chronoSchedulerAbi, eventName, args: { id } });
const cancelled = (): RawLog => log(topicsOf("Cancelled"), "0x");
const expired = (from: number, to: number): RawLog =>
  log(topicsOf("Expired"), encodeAbiParameters(parseAbiParameters("uint32, uint32"), [from, to]));
const underfunded = (from: number, to: number): RawLog =>
  log(topicsOf("Underfunded"), encodeAbiParameters(parseAbiParameters("uint32, uint32, uint128"), [from, to, 3n]));
const advanced = (run: number): RawLog =>
  log(topicsOf("SeriesAdvanced"), encodeAbiParameters(parseAbiParameters("uint32, uint128"), [run, 3n]));
const extras = (encoded: Hex): RawLog =>
  log(topicsOf("ScheduledExtras"), encodeAbiParameters(parseAbiParameters("bytes"), [encoded]));
const sealed = (): RawLog =>
  log(
    encodeEventTopics({ abi: chronoSchedulerAbi, eventName: "ScheduledSealed", args: { id, owner: schedule.owner } }),
    encodeAbiParameters(parseAbiParameters("bytes32, uint256"), [HASH, 3n]),
  );
const updated = (): RawLog =>
  log(encodeEventTopics({ abi: chronoSchedulerAbi, eventName: "Updated", args: { id, newId: HASH } }), "0x");
const scheduledEvent = chronoSchedulerAbi.find((item) => item.type === "event" && item.name === "Scheduled") as {
  inputs: readonly { indexed: boolean }[];
};
const scheduled = (): RawLog =>
  log(
    encodeEventTopics({ abi: chronoSchedulerAbi, eventName: "Scheduled", args: { id, owner: schedule.owner } }),
    encodeAbiParameters(scheduledEvent.inputs.filter(({ indexed }) => !indexed) as never, [schedule, data] as never),
  );
const fail = () => assert.fail("every log decodes");

describe("the scheduler's logs", () => {
  it("become events with their place", () => {
    const [event] = decodeLogs([scheduled()], fail);
    assert.ok(event?.kind === "scheduled");
    assert.deepEqual(
      { ...event.schedule, owner: event.schedule.owner.toLowerCase(), target: event.schedule.target.toLowerCase() },
      schedule,
    );
    assert.deepEqual([event.id, event.blockNumber, event.blockHash, event.data], [id, 16, HASH, data]);
    assert.deepEqual(
      decodeLogs([cancelled(), sealed(), updated()], fail).map(({ kind }) => kind),
      ["cancelled", "sealed", "updated"],
    );
    const ranges = decodeLogs([expired(2, 5), underfunded(5, 6)], fail);
    assert.deepEqual(
      ranges.map((one) => (one.kind === "expired" || one.kind === "underfunded") && [one.kind, one.from, one.to]),
      [
        ["expired", 2, 5],
        ["underfunded", 5, 6],
      ],
    );
  });

  it("give a schedule the extras that follow it, and an execution the run that comes next", () => {
    const [plain, series] = decodeLogs([scheduled(), scheduled(), extras("0x0102")], fail);
    assert.ok(plain?.kind === "scheduled" && plain.extras === null);
    assert.ok(series?.kind === "scheduled" && series.extras === "0x0102");
    const found = decodeLogs([executed(true), advanced(7), executed(true)], fail);
    assert.deepEqual(
      found.map((event) => [event.kind, event.kind === "advanced" ? event.next : null]),
      [
        ["advanced", 7],
        ["executed", null],
      ],
    );
  });

  it("tell of an attempt when the target reverted and nothing was executed", () => {
    const found = decodeLogs([callReverted("0x"), callReverted("0x"), cancelled()], fail);
    assert.deepEqual(found.map(({ kind }) => kind).sort(), ["attempted", "attempted", "cancelled"]);
    assert.equal(new Set(found.map(({ logIndex }) => logIndex)).size, 3);
    const both = decodeLogs([callReverted("0x"), callReverted("0x"), executed(false), advanced(1)], fail);
    assert.deepEqual(
      both.map(({ kind }) => kind),
      ["attempted", "advanced"],
    );
  });

  it("are not mixed up when what belongs before them is missing", () => {
    const bad: RawLog[] = [];
    const other = { ...advanced(2), transactionHash: `0x${"98".repeat(32)}` } as const;
    const found = decodeLogs([executed(true), other, extras("0x01")], (one) => bad.push(one));
    assert.deepEqual([found.map(({ kind }) => kind), bad.length], [["executed"], 2]);
  });

  it("carry the target's reason over to the execution that they stand before", () => {
    const reason =
      `0x08c379a0${encodeAbiParameters(parseAbiParameters("string"), ["no \u001b[31mway"]).slice(2)}` as const;
    const [event] = decodeLogs([callReverted(reason), executed(false)], fail);
    assert.ok(event?.kind === "executed");
    assert.deepEqual([event.success, event.reward], [false, 7n]);
    assert.equal(event.reason, "Error(no ?[31mway)");
    const [fine] = decodeLogs([executed(true)], fail);
    assert.ok(fine?.kind === "executed" && fine.reason === null);
  });

  it("are left out and reported when they do not decode, and never stop the rest", () => {
    const bad: RawLog[] = [];
    const found = decodeLogs(
      [
        log([`0x${"01".repeat(32)}`], "0x"),
        { ...executed(true), data: "0x12" },
        log([], "0x"),
        { ...scheduled(), data: `0x${"ff".repeat(64)}` },
        executed(true),
      ],
      (one) => bad.push(one),
    );
    assert.equal(bad.length, 4);
    assert.deepEqual(
      found.map(({ kind }) => kind),
      ["executed"],
    );
  });

  it("do not count when the node says that they were removed", () => {
    assert.deepEqual(decodeLogs([{ ...executed(true), removed: true }], fail), []);
  });
});
