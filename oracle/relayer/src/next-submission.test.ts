import assert from "node:assert/strict";
import { type SubmissionState, submissionReason } from "./next-submission.ts";

const S = 1_000_000_000n;
const NOW = 1_795_000_000n * S;
const due: SubmissionState = {
  newest: { sequence: 11n, time: NOW - S / 10n },
  stored: { sequence: 10n, time: NOW - 12n * S },
  inFlight: false,
  sinceLast: 12n * S,
  heartbeat: 12n * S,
  blockInterval: S,
  demands: [],
  fellBack: false,
  now: NOW,
};
const reason = (change: Partial<SubmissionState>) => submissionReason({ ...due, ...change });
const early = { sinceLast: S };

describe("what is put on chain", () => {
  it("is the newest certificate at the heartbeat, not before", () => {
    assert.equal(reason({}), "heartbeat");
    assert.equal(reason({ sinceLast: 12n * S - 1n }), undefined);
  });

  it("is nothing while there is nothing newer than what the chain has", () => {
    assert.equal(reason({ newest: undefined }), undefined);
    assert.equal(reason({ newest: { sequence: 10n, time: NOW } }), undefined);
    assert.equal(reason({ newest: { sequence: 11n, time: NOW - 12n * S } }), undefined);
  });

  it("is nothing while the chain has not been read, or a submission is under way", () => {
    assert.equal(reason({ stored: undefined }), undefined);
    assert.equal(reason({ inFlight: true, demands: [NOW - S] }), undefined);
  });

  it("is at once what a demand waits for, when the newest certificate serves it and the chain does not yet", () => {
    assert.equal(reason({ ...early, demands: [NOW - S] }), "demand");
    assert.equal(reason({ ...early, demands: [NOW - S / 10n] }), "demand", "exactly at the instant");
    assert.equal(reason({ ...early, demands: [NOW] }), undefined, "not served by it");
    assert.equal(reason({ ...early, demands: [NOW - 12n * S] }), undefined, "served already");
  });

  it("is sent again at once when the chain lost it", () => {
    assert.equal(reason({ ...early, fellBack: true }), "reorganisation");
  });

  it("holds a heartbeat back that would be in a demand's way, but not for long", () => {
    assert.equal(reason({ demands: [NOW + S] }), undefined);
    assert.equal(reason({ demands: [NOW + 2n * S] }), "heartbeat", "far enough");
    assert.equal(reason({ demands: [NOW + S], sinceLast: 15n * S }), "heartbeat");
  });
});
