import { createHash, createPrivateKey, randomBytes, sign, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ChronoError, NS_PER_S, type UnixNs, unixNs } from "@chronoledger/core";
import { type SignDer, selfSignedTsaCertificate } from "@chronoledger/rfc3161";
import { type Clock, loadOrCreateKey, readIfPresent, readSecretFile, writeDurably } from "@chronoledger/service";
import type { GatewayConfig } from "../config.ts";
import { checkTsa } from "./check-tsa.ts";
import { serialOf } from "./serial-of.ts";

/** The key and the certificates of the RFC 3161 face. */
export type Tsa = {
  readonly sign: SignDer;
  /** DER, the TSA's own first, then those of its chain as the file has them. */
  readonly certificates: readonly [Uint8Array, ...Uint8Array[]];
  /** The same, as PEM. */
  readonly certificatePem: string;
};

type Parts = { readonly config: GatewayConfig; readonly clock: Pick<Clock, "utcNow"> };

/** The machine's clock may be behind the network's. */
const EARLIER_NS = 86_400n * NS_PER_S;
const VALID_NS = 10n * 366n * 86_400n * NS_PER_S;
const SERIAL_BYTES = 16;

const opened = new WeakMap<GatewayConfig, Promise<Tsa>>();

/**
 * Reads or makes key and certificate, once for a configuration, and has a token issued and verified with them. Await it when the
 * gateway starts: what is wrong then is the operator's to mend.
 * @throws config/invalid
 */
export function openTsa({ config, clock }: Parts): Promise<Tsa> {
  const before = opened.get(config);
  if (before !== undefined) return before;
  const tsa = open({ config, clock });
  opened.set(config, tsa);
  // Whoever awaits it hears of it; nobody may have to.
  tsa.catch(() => opened.delete(config));
  return tsa;
}

async function open({ config, clock }: Parts): Promise<Tsa> {
  const { GATEWAY_TSA_KEY_FILE: keyFile, GATEWAY_TSA_CERTIFICATE_FILE: certificateFile } = config;
  if ((keyFile === undefined) !== (certificateFile === undefined))
    throw invalid("GATEWAY_TSA_KEY_FILE and GATEWAY_TSA_CERTIFICATE_FILE go together: set both, or neither");
  const tsa =
    keyFile === undefined || certificateFile === undefined
      ? await ownTsa(config.GATEWAY_DATA_DIR, clock.utcNow())
      : tsaOf(readSecretFile(keyFile), readSecretFile(certificateFile));
  await checkTsa(tsa, clock.utcNow());
  return tsa;
}

/** For development: the certificate vouches for itself, and says that it is not a qualified one. */
async function ownTsa(folder: string, now: UnixNs): Promise<Tsa> {
  const keyFile = join(folder, "tsa-key.pem");
  const certificateFile = join(folder, "tsa-certificate.pem");
  const { publicKey } = loadOrCreateKey(keyFile);
  const keyPem = readFileSync(keyFile, "utf8");
  const known = readIfPresent(certificateFile)?.toString("utf8");
  if (known !== undefined) return tsaOf(keyPem, known);
  const name = createHash("sha256").update(publicKey).digest("hex").slice(0, 16);
  const der = await selfSignedTsaCertificate({
    commonName: `ChronoLedger development TSA ${name}`,
    serial: serialOf(randomBytes(SERIAL_BYTES)),
    notBefore: unixNs(now - EARLIER_NS),
    notAfter: unixNs(now + VALID_NS),
    publicKey,
    sign: signerOf(keyPem),
  });
  const pem = new X509Certificate(der).toString();
  writeDurably(certificateFile, pem, 0o644);
  return tsaOf(keyPem, pem);
}

function tsaOf(keyPem: string, pem: string): Tsa {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  const key = privateKeyOf(keyPem);
  const [own, ...chain] = blocks.map(certificateOf);
  if (own === undefined) throw invalid("there is no PEM certificate in GATEWAY_TSA_CERTIFICATE_FILE");
  if (!own.checkPrivateKey(key))
    throw invalid("the first certificate of GATEWAY_TSA_CERTIFICATE_FILE is not that of GATEWAY_TSA_KEY_FILE");
  const der = (certificate: X509Certificate) => Uint8Array.from(certificate.raw);
  return {
    sign: signerOf(keyPem),
    certificates: [der(own), ...chain.map(der)],
    certificatePem: [own, ...chain].map((each) => each.toString()).join(""),
  };
}

function certificateOf(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw invalid("a certificate in GATEWAY_TSA_CERTIFICATE_FILE cannot be read");
  }
}

function privateKeyOf(pem: string) {
  try {
    return createPrivateKey(pem);
  } catch {
    // The cause is left out: it could repeat parts of the key.
    throw invalid("GATEWAY_TSA_KEY_FILE holds no PEM private key");
  }
}

const signerOf = (pem: string): SignDer => {
  const key = privateKeyOf(pem);
  return async (tbs) => sign("sha256", tbs, key);
};

const invalid = (reason: string): ChronoError => new ChronoError("config/invalid", { reason });
