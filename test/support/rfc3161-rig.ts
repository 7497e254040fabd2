import { spawnSync } from "node:child_process";
import { generateKeyPairSync, sign } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  concatBytes,
  type DurationNs,
  encodeLeaf,
  fromBase64Url,
  inclusionPath,
  leafHash,
  merkleRoot,
  sha256,
  type TaiNs,
  type UnixNs,
} from "@chronoledger/core";
import { parseX509 } from "../../packages/rfc3161/src/certificate.ts";
import { bitString, type DerNode, oid, readDer, sequence, tlv } from "../../packages/rfc3161/src/der.ts";
import type { SignDer } from "../../packages/rfc3161/src/ecdsa-signature.ts";
import { distinguishedName, encodeCertificate } from "../../packages/rfc3161/src/encode-certificate.ts";
import type { Extension } from "../../packages/rfc3161/src/extension.ts";
import { issueToken, type StampedReading, type TokenOptions } from "../../packages/rfc3161/src/issue-token.ts";
import { OID } from "../../packages/rfc3161/src/object-identifiers.ts";
import { selfSignedTsaCertificate } from "../../packages/rfc3161/src/self-signed-tsa-certificate.ts";
import { signedData } from "../../packages/rfc3161/src/signed-data.ts";
import { encodeTstInfo, type TstInfo } from "../../packages/rfc3161/src/tst-info.ts";
import { certificateBytes } from "./certificate-bytes.ts";
import { newQuorum, type Quorum } from "./quorum.ts";

export const POLICY = "1.3.6.1.4.1.99999.1.1";
export const IMPRINT = sha256(new TextEncoder().encode("a document"));
/** 2026-11-25T15:54:00.123456780Z and the TAI reading of it. */
export const GEN_TIME = 1_795_622_040_123_456_780n as UnixNs;
export const READING = (GEN_TIME + 37_000_000_000n) as TaiNs;
const DAY = 86_400_000_000_000n;

export const VALIDITY = { notBefore: (GEN_TIME - DAY) as UnixNs, notAfter: (GEN_TIME + 365n * DAY) as UnixNs };

export type SoftwareKey = { readonly sign: SignDer; readonly publicKey: Uint8Array };
export type Tsa = SoftwareKey & { readonly certificate: Uint8Array };

export function newKey(): SoftwareKey {
  const key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  const { x = "", y = "" } = key.export({ format: "jwk" });
  return {
    sign: async (tbs) => sign("sha256", tbs, key),
    publicKey: concatBytes(fromBase64Url(x), fromBase64Url(y)),
  };
}

export async function newTsa(
  options: { readonly notBefore?: UnixNs; readonly notAfter?: UnixNs; readonly commonName?: string } = {},
): Promise<Tsa> {
  const key = newKey();
  const certificate = await selfSignedTsaCertificate({
    commonName: "Test TSA 1",
    serial: 7n,
    ...VALIDITY,
    ...key,
    ...options,
  });
  return { ...key, certificate };
}

export const extension = (name: string, value: Uint8Array, critical = true): Extension => ({
  oid: name,
  critical,
  value,
});
export const TIME_STAMPING = extension(OID.extendedKeyUsage, sequence(oid(OID.timeStamping)));
export const SIGNING = extension(OID.keyUsage, bitString(Uint8Array.of(0x80), 7));

/** A certificate with exactly these extensions, by the issuer or, without one, by itself. */
export async function certify(options: {
  readonly extensions: readonly Extension[];
  readonly name?: string;
  readonly issuer?: { readonly name: string; readonly sign: SignDer };
  readonly notAfter?: UnixNs;
}): Promise<Tsa> {
  const key = newKey();
  const name = (text: string) => distinguishedName("Test", "Test", text);
  const certificate = await encodeCertificate({
    issuer: name(options.issuer?.name ?? options.name ?? "A"),
    subject: name(options.name ?? "A"),
    serial: 3n,
    ...VALIDITY,
    ...(options.notAfter === undefined ? {} : { notAfter: options.notAfter }),
    publicKey: key.publicKey,
    extensions: options.extensions,
    sign: options.issuer?.sign ?? key.sign,
  });
  return { ...key, certificate };
}

/** A token with whatever content, signed as it should be. */
export const signInfo = (info: Omit<TstInfo, "ordering">, by: Tsa, carried = [by.certificate]): Promise<Uint8Array> =>
  signedData(encodeTstInfo(info), { signer: parseX509(by.certificate), certificates: carried, sign: by.sign });

/** Three leaves share a round; the middle one is the stamp. */
export function stamped(
  quorum: Quorum,
  fields: { imprint?: Uint8Array; time?: TaiNs; uncertainty?: DurationNs } = {},
): StampedReading {
  const { imprint = IMPRINT, time = READING, uncertainty = 1_234_567n as DurationNs } = fields;
  const leaf = encodeLeaf({ time, uncertainty, serial: 5n, policyId: 3, flags: 8, imprint, context: sha256(imprint) });
  const hashes = [sha256(Uint8Array.of(1)), leafHash(leaf), sha256(Uint8Array.of(2))];
  const certificate = certificateBytes(
    quorum.certify({ time: (time + 1_000_000n) as TaiNs, sequence: 9n, imprint: merkleRoot(hashes) }),
  );
  const proof = { leaf, index: 1, size: 3, path: inclusionPath(hashes, 1), certificate };
  return { proof, time, uncertainty, taiMinusUtc: 37 };
}

export const tokenOptions = (tsa: Tsa, more: Partial<TokenOptions> = {}): TokenOptions => ({
  imprint: IMPRINT,
  includeCertificates: true,
  serial: 99n,
  policy: POLICY,
  certificates: [tsa.certificate],
  sign: tsa.sign,
  maxUncertainty: 1_000_000_000n as DurationNs,
  ...more,
});

export const newToken = (quorum: Quorum, tsa: Tsa, more: Partial<TokenOptions> = {}): Promise<Uint8Array> =>
  issueToken(stamped(quorum, more.imprint === undefined ? {} : { imprint: more.imprint }), tokenOptions(tsa, more));

export const fourNodes = (): Quorum => newQuorum({ n: 4 });

/** The DER with the value at the path (an index for each level) replaced by any number of others, and every length put right. */
export function edited(
  der: Uint8Array,
  path: readonly number[],
  change: (value: DerNode) => readonly Uint8Array[],
): Uint8Array {
  const rebuild = (node: DerNode, [at, ...rest]: readonly number[]): readonly Uint8Array[] => {
    if (at === undefined) return change(node);
    return [tlv(node.tag, ...node.children.flatMap((child, i) => (i === at ? rebuild(child, rest) : [child.raw])))];
  };
  return concatBytes(...rebuild(readDer(der, der.length), path));
}

/** A folder of its own for the openssl program, which reads and writes files. */
export class OpensslRig {
  readonly #folder = mkdtempSync(join(tmpdir(), "rfc3161-"));

  write(name: string, content: Uint8Array | string): void {
    writeFileSync(join(this.#folder, name), content);
  }

  writeCertificate(name: string, der: Uint8Array): void {
    const lines = Buffer.from(der)
      .toString("base64")
      .replaceAll(/(.{64})/g, "$1\n")
      .trimEnd();
    this.write(name, `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`);
  }

  read(name: string): Uint8Array {
    return Uint8Array.from(readFileSync(join(this.#folder, name)));
  }

  /** @returns its exit status and all that it printed. */
  run(...args: readonly string[]): { readonly status: number | null; readonly output: string } {
    const { status, stdout, stderr, error } = spawnSync("openssl", args, { cwd: this.#folder, encoding: "utf8" });
    if (error !== undefined)
      throw new Error("the openssl program, version 3, is needed for this test", { cause: error });
    return { status, output: stdout + stderr };
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
