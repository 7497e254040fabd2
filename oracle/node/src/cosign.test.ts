import assert from "node:assert/strict";
import {
  anchorDigest,
  type DurationNs,
  type ErrorCode,
  FLAG,
  KIND,
  NS_PER_MS,
  NS_PER_S,
  type Statement,
  statementDigest,
  type TaiNs,
  ZERO_HASH,
} from "@chronoledger/core";
import type { VerifiedCertificate } from "@chronoledger/service";
import { newQuorum } from "../../../test/support/quorum.ts";
import { type CosignFacts, type CosignInput, checkBeforeSigning, checkOnReceipt, MAX_SEQUENCE_STEP } from "./cosign.ts";

const NOW = 1_795_000_000_000_000_000n as TaiNs;
const quorum = newQuorum({ n: 4 });
const { set } = quorum;
const anchors = [1, 2, 3, 4].map((n) => new Uint8Array(32).fill(n));
const at = (offset: bigint): TaiNs => (NOW + offset) as TaiNs;

function known(sequence: bigint, time: TaiNs): VerifiedCertificate {
  const statement = new Uint8Array(160).fill(Number(sequence % 256n));
  const fields = { ...valid.fields, sequence, time, previousTime: (time - 1n) as TaiNs };
  return { bytes: statement, statement, digest: statementDigest(statement), fields };
}

const facts: CosignFacts = {
  set,
  index: 2,
  reading: { time: NOW, uncertainty: (2n * NS_PER_MS) as DurationNs, taiMinusUtc: 37, flags: FLAG.test },
  taiMinusUtc: 37,
  standing: { sequence: 10n, time: at(-NS_PER_S), knownCertificate: 9n },
  recentAnchors: [new Uint8Array(32).fill(3)],
};

const fields: Statement = {
  kind: KIND.quorum,
  flags: FLAG.test,
  taiMinusUtc: 37,
  networkId: set.networkId,
  epoch: set.epoch,
  policyId: set.policy.policyId,
  time: at(20n * NS_PER_MS),
  uncertainty: (3n * NS_PER_MS) as DurationNs,
  sequence: 11n,
  previousTime: at(-NS_PER_S),
  imprint: ZERO_HASH,
  link: ZERO_HASH,
  anchor: anchorDigest(anchors),
};
const valid = { fields };
const latest = known(9n, at(-2n * NS_PER_S));
const input: CosignInput = { fields: { ...fields, link: latest.digest }, anchors, certificate: latest };

type Case = {
  what: string;
  code: ErrorCode;
  fields?: Partial<Statement>;
  input?: Partial<CosignInput>;
  facts?: Partial<CosignFacts>;
};
const reading = (change: Partial<CosignFacts["reading"]>): Partial<CosignFacts> => ({
  reading: { ...facts.reading, ...change },
});
const standing = (change: Partial<CosignFacts["standing"]>): Partial<CosignFacts> => ({
  standing: { ...facts.standing, ...change },
});
const stamped = new Uint8Array(32).fill(7);

const REFUSED: readonly Case[] = [
  { what: "a statement of another kind", code: "statement/kind", fields: { kind: KIND.nodeReceipt } },
  { what: "another network", code: "statement/network", fields: { networkId: 8 } },
  { what: "another epoch", code: "statement/epoch", fields: { epoch: 2 } },
  { what: "another policy", code: "statement/policy", fields: { policyId: 4 } },
  {
    what: "an instant before the epoch",
    code: "statement/validity",
    fields: { time: (set.validFrom - 1n) as TaiNs, previousTime: 1n as TaiNs },
  },
  { what: "an instant at the epoch's end", code: "statement/validity", fields: { time: set.validUntil } },
  { what: "a missing test flag", code: "statement/test-flag", fields: { flags: 0 } },
  { what: "a missing holdover flag", code: "statement/flags", facts: reading({ flags: FLAG.test | FLAG.holdover }) },
  {
    what: "a leap second that the node does not know of",
    code: "statement/flags",
    fields: { flags: FLAG.test | FLAG.leapInsertion },
  },
  {
    what: "a leap second that the statement leaves out",
    code: "statement/flags",
    facts: reading({ flags: FLAG.test | FLAG.leapDeletion }),
  },
  { what: "a wrong TAI offset", code: "statement/tai-offset", fields: { taiMinusUtc: 36 } },
  {
    what: "any TAI offset while the node does not know it",
    code: "statement/tai-offset",
    facts: { taiMinusUtc: undefined },
  },
  {
    what: "a stated uncertainty below its own",
    code: "statement/uncertainty",
    fields: { uncertainty: (2n * NS_PER_MS - 1n) as DurationNs },
  },
  {
    what: "a stated uncertainty above the policy's",
    code: "statement/uncertainty",
    fields: { uncertainty: (set.policy.maxUncertainty + 1n) as DurationNs },
  },
  { what: "an instant too far ahead", code: "statement/too-early", fields: { time: at(set.policy.maxLead + 1n) } },
  {
    what: "an instant too far behind",
    code: "statement/too-late",
    fields: { time: at(-set.policy.maxLead - 1n), previousTime: at(-set.policy.maxLead - 2n) },
  },
  {
    what: "an imprint that came after the instant might have passed",
    code: "statement/imprint-late",
    fields: { imprint: stamped, time: at(2n * NS_PER_MS - 1n) },
  },
  { what: "the sequence that it co-signed last", code: "statement/sequence", fields: { sequence: 10n } },
  {
    what: "a sequence not above the presented certificate's",
    code: "statement/sequence",
    facts: standing({ sequence: 3n, knownCertificate: 3n }),
    fields: { sequence: 9n },
  },
  {
    what: "a sequence that uses up numbers",
    code: "statement/sequence",
    fields: { sequence: 11n + MAX_SEQUENCE_STEP },
  },
  {
    what: "a span that begins before what it co-signed",
    code: "statement/span",
    fields: { previousTime: at(-NS_PER_S - 1n) },
  },
  {
    what: "a span that begins before the epoch",
    code: "statement/span",
    facts: { ...standing({ time: 0n as TaiNs }), set: { ...set, validFrom: at(-NS_PER_MS) } },
  },
  { what: "a span that ends where it begins", code: "statement/span", fields: { previousTime: at(20n * NS_PER_MS) } },
  {
    what: "an instant that it co-signed already",
    code: "statement/span",
    facts: standing({ time: at(20n * NS_PER_MS) }),
  },
  {
    what: "a span over a certified instant",
    code: "statement/span",
    facts: standing({ time: at(-3n * NS_PER_S) }),
    fields: { previousTime: at(-2n * NS_PER_S - 1n) },
  },
  {
    what: "a certificate that is not the newest known",
    code: "statement/link",
    facts: standing({ knownCertificate: 10n }),
  },
  {
    what: "no certificate while one is known",
    code: "statement/link",
    input: { certificate: null },
    fields: { link: ZERO_HASH },
  },
  { what: "a link to another statement", code: "statement/link", fields: { link: new Uint8Array(32).fill(1) } },
  {
    what: "a link where there is nothing to link to",
    code: "statement/link",
    input: { certificate: null },
    facts: standing({ knownCertificate: 0n }),
  },
  { what: "a missing anchor", code: "statement/anchor", input: { anchors: anchors.slice(1) } },
  {
    what: "anchors that are not what the statement says",
    code: "statement/anchor",
    input: { anchors: [...anchors].reverse() },
  },
  { what: "an anchor that is not the node's", code: "statement/anchor", facts: { recentAnchors: [ZERO_HASH] } },
];

const withChanges = ({ fields: f, input: i, facts: k }: Partial<Case>): [CosignInput, CosignFacts] => [
  { ...input, ...i, fields: { ...input.fields, ...f } },
  { ...facts, ...k },
];

describe("the rules of co-signing", () => {
  it("let a proper statement pass", () => {
    checkOnReceipt(input, facts);
    checkBeforeSigning(input, facts);
  });

  for (const refused of REFUSED)
    it(`refuse ${refused.what} with ${refused.code}`, () => {
      assert.throws(() => checkOnReceipt(...withChanges(refused)), { code: refused.code });
    });

  const ALLOWED: readonly { what: string; change: Partial<Case> }[] = [
    {
      what: "the first statement of a network",
      change: {
        input: { certificate: null },
        fields: { link: ZERO_HASH, sequence: 1n },
        facts: standing({ sequence: 0n, time: 0n as TaiNs, knownCertificate: 0n }),
      },
    },
    { what: "an instant exactly the lead ahead", change: { fields: { time: at(set.policy.maxLead) } } },
    {
      what: "a heartbeat exactly the lead behind",
      change: {
        fields: { time: at(-set.policy.maxLead), previousTime: at(-set.policy.maxLead - 1n) },
        facts: standing({ time: at(-6n * NS_PER_S) }),
        input: { certificate: known(9n, at(-6n * NS_PER_S)) },
      },
    },
    {
      what: "an imprint that certainly came before the instant",
      change: { fields: { imprint: stamped, time: at(2n * NS_PER_MS) } },
    },
    { what: "a span that begins exactly at what it co-signed", change: { fields: { previousTime: at(-NS_PER_S) } } },
    { what: "a test flag that this node would not need", change: { facts: reading({ flags: 0 }) } },
    { what: "the largest step of a sequence", change: { fields: { sequence: 10n + MAX_SEQUENCE_STEP } } },
  ];
  for (const { what, change } of ALLOWED)
    it(`allow ${what}`, () => {
      const [changedInput, changedFacts] = withChanges(change);
      const certificate = changedInput.certificate;
      const linked = { ...changedInput, fields: { ...changedInput.fields, link: certificate?.digest ?? ZERO_HASH } };
      checkOnReceipt(linked, changedFacts);
    });

  it("are asked again before signing: what was co-signed meanwhile", () => {
    assert.throws(() => checkBeforeSigning(...withChanges({ facts: standing({ sequence: 11n }) })), {
      code: "statement/sequence",
    });
    assert.throws(() => checkBeforeSigning(...withChanges({ facts: standing({ time: at(20n * NS_PER_MS) }) })), {
      code: "statement/span",
    });
  });

  it("are asked again before signing: an uncertainty that grew", () => {
    const grown = reading({ uncertainty: (3n * NS_PER_MS + 1n) as DurationNs });
    assert.throws(() => checkBeforeSigning(...withChanges({ facts: grown })), { code: "statement/uncertainty" });
  });

  it("are asked again before signing: a certificate learned while waiting", () => {
    assert.throws(() => checkBeforeSigning(...withChanges({ facts: standing({ knownCertificate: 10n }) })), {
      code: "statement/link",
    });
  });
});
