import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import {
  bytesToHex,
  concatBytes,
  type DurationNs,
  encodeStatement,
  FLAG,
  KIND,
  type NodeSet,
  normaliseLowS,
  quorumThreshold,
  registrationStatement,
  type Statement,
  signerBitmap,
  type TaiNs,
  ZERO_HASH,
} from "@chronoledger/core";

type Hex = `0x${string}`;
const hex = (bytes: Uint8Array): Hex => `0x${bytesToHex(bytes)}`;

/** As the oracle's functions take it. */
export type CertificateArguments = {
  readonly statement: readonly [Hex, Hex, Hex, Hex, Hex];
  readonly signers: Hex;
  readonly signatures: Hex;
};

/** n software nodes of one epoch, which sign whatever they are given. */
export type Quorum = {
  readonly set: NodeSet;
  readonly proofs: readonly Uint8Array[];
  /** Signed by the first k nodes unless told otherwise. Fields not given are those of a plain heartbeat. */
  certify(
    fields: Partial<Statement> & { readonly time: TaiNs; readonly sequence: bigint },
    nodes?: readonly number[],
  ): CertificateArguments;
};

/** Software keys, P-256 and low-S as the protocol wants. */
export function newQuorum(
  options: Partial<NodeSet> & { readonly n: number; readonly privateKeys?: readonly string[] },
): Quorum {
  const { n, privateKeys, ...given } = options;
  const keys: KeyObject[] = Array.from({ length: n }, (_, i) =>
    privateKeys?.[i] === undefined
      ? generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey
      : createPrivateKey(privateKeys[i]),
  );
  const signBy = (key: KeyObject, message: Uint8Array): Uint8Array =>
    normaliseLowS(sign("sha256", message, { key, dsaEncoding: "ieee-p1363" }));
  const set: NodeSet = {
    networkId: 7,
    epoch: 1,
    f: Math.floor((n - 1) / 3),
    validFrom: 1_000_000_000_000_000_000n as TaiNs,
    validUntil: 4_000_000_000_000_000_000n as TaiNs,
    keys: keys.map(publicKeyOf),
    evidence: keys.map(() => ZERO_HASH),
    policy: {
      policyId: 3,
      maxUncertainty: 1_000_000_000n as DurationNs,
      maxLead: 5_000_000_000n as DurationNs,
      allowTest: true,
    },
    ...given,
  };
  const { networkId, epoch } = set;
  return {
    set,
    proofs: keys.map((key, i) =>
      signBy(
        key,
        registrationStatement({ networkId, epoch, key: publicKeyOf(key), evidence: set.evidence[i] ?? ZERO_HASH }),
      ),
    ),
    certify(fields, nodes = Array.from({ length: quorumThreshold(n, set.f) }, (_, i) => i)) {
      const statement = encodeStatement({
        kind: KIND.quorum,
        flags: FLAG.test,
        taiMinusUtc: 37,
        networkId,
        epoch,
        policyId: set.policy.policyId,
        uncertainty: 1_234_567n as DurationNs,
        previousTime: (fields.time - 1n) as TaiNs,
        imprint: ZERO_HASH,
        link: ZERO_HASH,
        anchor: ZERO_HASH,
        ...fields,
      });
      const signatures = nodes.map((i) => signBy(keys[i] as KeyObject, statement));
      const word = (i: number) => hex(statement.subarray(32 * i, 32 * i + 32));
      return {
        statement: [word(0), word(1), word(2), word(3), word(4)],
        signers: `0x${signerBitmap(nodes).toString(16).padStart(8, "0")}`,
        signatures: hex(concatBytes(...signatures)),
      };
    },
  };
}

function publicKeyOf(key: KeyObject): Uint8Array {
  const { x, y } = key.export({ format: "jwk" });
  return Uint8Array.from([...Buffer.from(x ?? "", "base64url"), ...Buffer.from(y ?? "", "base64url")]);
}
