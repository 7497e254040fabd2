import { concatBytes, hexToBytes } from "@chronoledger/core";
import type { CertificateArguments } from "./quorum.ts";

/** The encoded certificate of what `Quorum.certify` returns. */
export const certificateBytes = ({ statement, signers, signatures }: CertificateArguments): Uint8Array =>
  concatBytes(...[...statement, signers, signatures].map((part) => hexToBytes(part.slice(2))));
