import { hex, named, statementBytes, ZERO } from "./encoder.ts";
import { privateKeyOf, publicKeyOf, sha256, signMessage } from "./p256.ts";

export type TestSet = {
  name: string;
  networkId: number;
  epoch: number;
  policyId: number;
  n: number;
  f: number;
  k: number;
  maxUncertaintyNs: bigint;
  maxLeadNs: bigint;
  allowTest: boolean;
  validFrom: bigint;
  validUntil: bigint;
  secrets: bigint[];
  keys: Buffer[];
  evidence: Buffer[];
};

/** 2026-01-01T00:00:00Z on the TAI scale. */
export const START = 1_767_225_637_000_000_000n;
export const DAY = 86_400_000_000_000n;

function makeSet(options: Partial<TestSet> & { name: string; n: number; f: number; k: number }): TestSet {
  const secrets = Array.from({ length: options.n }, (_, index) => privateKeyOf(`${options.name} node ${index}`));
  return {
    networkId: 7,
    epoch: 1,
    policyId: 1,
    maxUncertaintyNs: 50_000_000n,
    maxLeadNs: 10_000_000_000n,
    allowTest: false,
    validFrom: START,
    validUntil: START + 90n * DAY,
    secrets,
    keys: secrets.map(publicKeyOf),
    evidence: secrets.map((_, index) => (options.allowTest ? ZERO : named(`${options.name} evidence ${index}`))),
    ...options,
  };
}

/** One of each shape that a verifier must know; index 0 is the usual one. */
export const SETS: readonly TestSet[] = [
  makeSet({ name: "four", n: 4, f: 1, k: 3 }),
  makeSet({
    name: "four, next epoch",
    n: 4,
    f: 1,
    k: 3,
    epoch: 2,
    validFrom: START + 90n * DAY,
    validUntil: START + 180n * DAY,
  }),
  makeSet({ name: "test network", n: 4, f: 1, k: 3, networkId: 31_337, allowTest: true }),
  makeSet({ name: "single", n: 1, f: 0, k: 1, networkId: 8 }),
  makeSet({ name: "five", n: 5, f: 1, k: 4, networkId: 9 }),
  makeSet({ name: "seven", n: 7, f: 2, k: 5, networkId: 10, policyId: 2, maxUncertaintyNs: 1_000_000n }),
  makeSet({ name: "ten", n: 10, f: 3, k: 7, networkId: 11 }),
  makeSet({
    name: "thirty-two",
    n: 32,
    f: 10,
    k: 22,
    networkId: 4_294_967_295,
    epoch: 4_294_967_295,
    policyId: 4_294_967_295,
  }),
];

export const set = (index: number): TestSet => {
  const found = SETS[index];
  if (found === undefined) throw new Error(`no set ${index}`);
  return found;
};

/** Kind 5: what a node key signs to join (proof of possession). */
const registration = (of: TestSet, index: number): Buffer =>
  statementBytes({
    kind: 5,
    flags: 0,
    taiMinusUtc: 0,
    networkId: of.networkId,
    epoch: of.epoch,
    policyId: 0,
    timeTaiNs: 0n,
    uncertaintyNs: 0n,
    sequence: 0n,
    previousTimeTaiNs: 0n,
    imprint: of.evidence[index] ?? ZERO,
    link: sha256(of.keys[index] ?? ZERO),
    anchor: ZERO,
  });

/** Smallest k such that two sets of k out of n share more than f: counted, not by the formula. */
function threshold(n: number, f: number): number {
  for (let k = 1; k <= n; k++) if (k + k - n >= f + 1) return k;
  throw new Error("no threshold");
}

export function nodeSetVectors() {
  const thresholds = [];
  for (let n = 1; n <= 32; n++) for (let f = 0; 3 * f + 1 <= n; f++) thresholds.push({ n, f, k: threshold(n, f) });
  const sets = SETS.map((one) => {
    const statements = one.keys.map((_, index) => registration(one, index));
    return {
      name: one.name,
      networkId: one.networkId,
      epoch: one.epoch,
      policyId: one.policyId,
      n: one.n,
      f: one.f,
      k: one.k,
      maxUncertaintyNs: String(one.maxUncertaintyNs),
      maxLeadNs: String(one.maxLeadNs),
      allowTest: one.allowTest,
      validFromTaiNs: String(one.validFrom),
      validUntilTaiNs: String(one.validUntil),
      keys: one.keys.map(hex),
      evidence: one.evidence.map(hex),
      registrations: statements.map(hex),
      registrationSignatures: statements.map((bytes, index) => hex(signMessage(one.secrets[index] ?? 0n, bytes))),
    };
  });
  return { sets, thresholds };
}
