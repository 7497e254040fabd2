import * as z from "zod";
import { copyBytes, equalBytes, fromBase64Url, toBase64Url } from "./bytes.ts";
import { MAX_CERTIFICATE_BYTES } from "./certificate.ts";
import { afterContext } from "./context.ts";
import { ChronoError } from "./errors.ts";
import { decodeLeaf, LEAF_BYTES, type Leaf } from "./leaf.ts";
import { leafHash, pathDirections, rootFromPath } from "./merkle.ts";
import type { NodeSet } from "./node-set.ts";
import { FLAG } from "./statement.ts";
import type { DurationNs, TaiNs } from "./time.ts";
import { type VerifySignature, verifyCertificate } from "./verify-certificate.ts";

export const PROOF_MEDIA_TYPE = "application/vnd.chronoledger.proof+json";
/** Binary form `.chrono`: magic 8, index 4, size 4, depth 1, leaf 96, path 32 a level, the rest is the certificate. */
const MAGIC = "ChrPrf1\n";
const HEAD = 17 + LEAF_BYTES;
const MAX_DEPTH = 32;
const MAX_SIZE = 0xffff_ffff;

/** leaf + inclusion path + certificate, protocol.md section 6. All fields are the encoded bytes. */
export type TemporalProof = {
  readonly leaf: Uint8Array;
  readonly index: number;
  readonly size: number;
  readonly path: readonly Uint8Array[];
  readonly certificate: Uint8Array;
};

export type VerifiedProof = {
  readonly leaf: Leaf;
  /** One node's word. */
  readonly arrival: { readonly time: TaiNs; readonly uncertainty: DurationNs };
  /** The quorum's: what the leaf stamps existed before this instant. */
  readonly existedBefore: TaiNs;
  /** Set when an earlier certificate was given and the leaf is bound to it: the event lies after this instant. */
  readonly happenedAfter?: TaiNs;
  readonly sequence: bigint;
  readonly test: boolean;
};

/**
 * Verifies offline, with the node set alone.
 * @param options.after the certificate and nonce that the leaf's context claims to follow; its set when it is of another epoch.
 * @throws certificate/*, statement/*, proof/malformed, proof/path, proof/leaf-after-certificate, proof/context
 */
export function verifyProof(
  proof: TemporalProof,
  set: NodeSet,
  options: {
    readonly verify?: VerifySignature;
    readonly after?: { readonly certificate: Uint8Array; readonly nonce: Uint8Array; readonly set?: NodeSet };
  } = {},
): VerifiedProof {
  const leaf = decodeLeaf(proof.leaf);
  const { fields } = verifyCertificate(proof.certificate, set, options.verify);
  if (!equalBytes(rootFromPath(leafHash(proof.leaf), proof.index, proof.size, proof.path), fields.imprint))
    throw new ChronoError("proof/path", { index: proof.index, size: proof.size });
  if (leaf.time > fields.time)
    throw new ChronoError("proof/leaf-after-certificate", {
      leaf: String(leaf.time),
      certificate: String(fields.time),
    });
  const base = {
    leaf,
    arrival: { time: leaf.time, uncertainty: leaf.uncertainty },
    existedBefore: fields.time,
    sequence: fields.sequence,
    test: (fields.flags & FLAG.test) !== 0,
  };
  if (options.after === undefined) return base;
  const earlier = verifyCertificate(options.after.certificate, options.after.set ?? set, options.verify).fields;
  if (!equalBytes(leaf.context, afterContext(options.after.certificate, options.after.nonce)))
    throw new ChronoError("proof/context", { reason: "the leaf is not bound to the given certificate and nonce" });
  if (earlier.networkId !== fields.networkId)
    throw new ChronoError("proof/context", { after: earlier.networkId, network: fields.networkId });
  if (earlier.time >= fields.time)
    throw new ChronoError("proof/context", { after: String(earlier.time), before: String(fields.time) });
  return { ...base, happenedAfter: earlier.time };
}

/** The form alone: that it can lead anywhere is for {@link verifyProof}. @throws proof/malformed */
function checkForm(proof: TemporalProof): TemporalProof {
  const { leaf, index, size, path, certificate } = proof;
  const depth = size <= MAX_SIZE ? pathDirections(index, size).length : -1;
  if (path.length !== depth || path.some((hash) => hash.length !== 32))
    throw new ChronoError("proof/malformed", { index, size, depth: path.length, need: `${depth} hashes of 32 bytes` });
  if (leaf.length !== LEAF_BYTES || certificate.length > MAX_CERTIFICATE_BYTES)
    throw new ChronoError("proof/malformed", { leafBytes: leaf.length, certificateBytes: certificate.length });
  return proof;
}

/** @throws proof/malformed */
export function encodeProof(proof: TemporalProof): Uint8Array {
  const { leaf, path, certificate } = checkForm(proof);
  const bytes = new Uint8Array(HEAD + 32 * path.length + certificate.length);
  for (let i = 0; i < 8; i++) bytes[i] = MAGIC.charCodeAt(i);
  const view = new DataView(bytes.buffer);
  view.setUint32(8, proof.index);
  view.setUint32(12, proof.size);
  bytes[16] = path.length;
  bytes.set(leaf, 17);
  for (const [level, hash] of path.entries()) bytes.set(hash, HEAD + 32 * level);
  bytes.set(certificate, HEAD + 32 * path.length);
  return bytes;
}

/** @throws proof/malformed. The certificate's own form is checked when it is verified. */
export function decodeProof(bytes: Uint8Array): TemporalProof {
  const depth = bytes[16] ?? 0;
  const end = HEAD + 32 * depth;
  if (bytes.length < end || ![...MAGIC].every((char, i) => bytes[i] === char.charCodeAt(0)))
    throw new ChronoError("proof/malformed", { bytes: bytes.length, depth });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return checkForm({
    index: view.getUint32(8),
    size: view.getUint32(12),
    leaf: copyBytes(bytes, 17, HEAD),
    path: Array.from({ length: depth }, (_, level) => copyBytes(bytes, HEAD + 32 * level, HEAD + 32 * (level + 1))),
    certificate: copyBytes(bytes, end),
  });
}

/** JSON form of a temporal proof: bytes in base64url. */
export const ProofEnvelope = z.strictObject({
  version: z.literal(1),
  leaf: z.string().length(128),
  index: z.int().min(0).max(MAX_SIZE),
  size: z.int().min(1).max(MAX_SIZE),
  path: z.array(z.string().length(43)).max(MAX_DEPTH),
  certificate: z.string().max(Math.ceil((MAX_CERTIFICATE_BYTES * 4) / 3)),
});

/** The JSON envelope of {@link PROOF_MEDIA_TYPE}. @throws proof/malformed */
export function proofToJson(proof: TemporalProof): z.infer<typeof ProofEnvelope> {
  const { leaf, index, size, path, certificate } = checkForm(proof);
  return {
    version: 1,
    leaf: toBase64Url(leaf),
    index,
    size,
    path: path.map(toBase64Url),
    certificate: toBase64Url(certificate),
  };
}

/** @param value parsed JSON from anywhere. @throws proof/malformed, input/malformed */
export function proofFromJson(value: unknown): TemporalProof {
  const parsed = ProofEnvelope.safeParse(value);
  if (!parsed.success) throw new ChronoError("proof/malformed", { reason: z.prettifyError(parsed.error) });
  const { leaf, index, size, path, certificate } = parsed.data;
  return checkForm({
    leaf: fromBase64Url(leaf),
    index,
    size,
    path: path.map(fromBase64Url),
    certificate: fromBase64Url(certificate),
  });
}
