import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from "node:crypto";
import { ChronoError } from "@chronoledger/core";
import { readSecretFile } from "@chronoledger/service";

const MIN_SECRET_CHARS = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Keeps what the database must not reveal: secrets are derived from, or sealed by, a secret that lies in a file of the operator. */
export class Vault {
  readonly #deriveKey: Uint8Array;
  readonly #sealKey: Uint8Array;

  /** @throws config/invalid */
  static fromFile(path: string): Vault {
    const secret = readSecretFile(path);
    if (secret.length < MIN_SECRET_CHARS)
      throw new ChronoError(
        "config/invalid",
        { GATEWAY_SECRET_FILE: "set", characters: secret.length },
        {
          remedy: `at least ${MIN_SECRET_CHARS} random characters are needed, such as those of: openssl rand -base64 48`,
        },
      );
    return new Vault(secret);
  }

  constructor(secret: string) {
    const key = (purpose: string) =>
      new Uint8Array(hkdfSync("sha256", secret, "", `ChronoLedger/gateway/${purpose}`, 32));
    this.#deriveKey = key("derive");
    this.#sealKey = key("seal");
  }

  /** 32 bytes that follow from purpose and id, for secrets that must be usable and are not stored. */
  derive(purpose: string, id: string): Buffer {
    return createHmac("sha256", this.#deriveKey).update(`${purpose}\0${id}`).digest();
  }

  /** AES-256-GCM: nonce, tag, ciphertext. `about` is authenticated with it: a sealed text cannot be moved to another row. */
  seal(text: string, about: string): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv("aes-256-gcm", this.#sealKey, nonce).setAAD(Buffer.from(about));
    const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
  }

  /** @throws journal/corrupt when it was not sealed by this secret for `about`. */
  open(sealed: Uint8Array, about: string): string {
    try {
      const decipher = createDecipheriv("aes-256-gcm", this.#sealKey, sealed.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      })
        .setAAD(Buffer.from(about))
        .setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      const text = decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES));
      return Buffer.concat([text, decipher.final()]).toString("utf8");
    } catch (cause) {
      throw new ChronoError(
        "journal/corrupt",
        { what: "a sealed value" },
        { cause, remedy: "was GATEWAY_SECRET_FILE changed? The former secret opens it" },
      );
    }
  }
}

/** What is kept of an API key's secret: it has 256 random bits, so a plain hash tells nothing about it. */
export const secretHash = (secret: string): Buffer => createHash("sha256").update(secret).digest();
