import {
  bytesToHex,
  ChronoError,
  decodeCertificate,
  decodeStatement,
  equalBytes,
  FLAG,
  isZero,
  type NodeSet,
  quorumThreshold,
  type TaiNs,
  type UnixNs,
  type VerifiedProof,
  verifyProof,
} from "@chronoledger/core";
import type { ReadProof } from "./read-proof.ts";
import type { HashedFile } from "./stamped-file.ts";

/** An earlier certificate that the leaf may be bound to. */
export type Bracket = { readonly certificate: Uint8Array; readonly nonce: Uint8Array };

/** All that the page says about a proof that holds. Times in TAI nanoseconds. */
export type Judgement = VerifiedProof & {
  readonly imprint: string;
  /** Whether the given file is what was stamped; undefined without a file. */
  readonly fileMatches: boolean | undefined;
  /** What somebody stated: an event's hash and its time, UTC in nanoseconds. That it is true is not proven. */
  readonly claim: { readonly event: string; readonly time: UnixNs } | undefined;
  readonly taiMinusUtc: number;
  /** No signer's clock was worse than this. */
  readonly signersUncertainty: bigint;
  readonly previousTime: TaiNs;
  readonly signers: readonly number[];
  readonly n: number;
  readonly k: number;
  readonly f: number;
  readonly networkId: number;
  readonly epoch: number;
  readonly policyId: number;
  /** The leaf is bound to something that was not given, so what it says is not judged. */
  readonly unjudgedContext: string | undefined;
};

/** @throws the codes of verifyProof */
export function judgeProof(
  { proof, claim }: ReadProof,
  set: NodeSet,
  given: { readonly file?: HashedFile | undefined; readonly after?: Bracket | undefined } = {},
): Judgement {
  const verified = verifyProof(proof, set, given.after === undefined ? {} : { after: given.after });
  const certificate = decodeCertificate(proof.certificate);
  const { taiMinusUtc, uncertainty, previousTime, networkId, epoch, policyId } = decodeStatement(certificate.statement);
  const { leaf } = verified;
  if (claim !== undefined && !equalBytes(claim.imprint, leaf.imprint))
    throw new ChronoError("proof/path", { reason: "the event and its stated time are not what was stamped" });
  return {
    ...verified,
    test: verified.test || (leaf.flags & FLAG.test) !== 0,
    imprint: bytesToHex(leaf.imprint),
    fileMatches:
      given.file === undefined
        ? undefined
        : claim === undefined
          ? equalBytes(given.file.bytes, leaf.imprint)
          : given.file.event !== undefined && equalBytes(given.file.event, claim.event),
    claim: claim === undefined ? undefined : { event: bytesToHex(claim.event), time: claim.timestamp },
    taiMinusUtc,
    signersUncertainty: uncertainty,
    previousTime,
    signers: certificate.signers,
    n: set.keys.length,
    k: quorumThreshold(set.keys.length, set.f),
    f: set.f,
    networkId,
    epoch,
    policyId,
    unjudgedContext: given.after !== undefined || isZero(leaf.context) ? undefined : bytesToHex(leaf.context),
  };
}
