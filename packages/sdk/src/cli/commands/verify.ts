import { readFileSync } from "node:fs";
import {
  decodeCertificate,
  decodeStatement,
  isChronoError,
  type NodeSet,
  toBase64Url,
  toIso8601,
} from "@chronoledger/core";
import { TemporalProof } from "../../temporal-proof.ts";
import { type AnyProof, type ProvenStamp, readProof, verifyProof } from "../../verify-proof.ts";
import { type Command, GATEWAY_HELP, GATEWAY_OPTIONS, type Invocation, requireArguments, text } from "../command.ts";
import { endpoint } from "../config-file.ts";
import { hashFile } from "../file-hash.ts";
import { keptNodeSets, readNodeSet, trustRoot } from "../node-set-store.ts";
import { TEST_WARNING, type Terminal } from "../terminal.ts";
import { UsageError } from "../usage-error.ts";

export const verify: Command = {
  usage: "verify PROOF FILE [--node-set FILE] [--json]",
  summary: "check a proof against a file, offline; exit status 0 valid, 1 not valid, 2 not understood",
  details: [
    "PROOF is a .chrono file or its JSON. For the proof of an event FILE holds the event as JSON.",
    "The node set is --node-set, or the one kept at first use; the gateway is asked only when there is none.",
  ],
  options: GATEWAY_OPTIONS,
  optionHelp: GATEWAY_HELP,
  async run(invocation) {
    const { terminal } = invocation;
    const [proofFile = "", file = ""] = requireArguments(invocation.positionals, "PROOF", "FILE");
    const proof = openProof(proofFile);
    const compare =
      "error" in proof
        ? undefined
        : proof.value instanceof TemporalProof
          ? { event: readEvent(file) }
          : { imprint: await hashFile(file) };
    const { sets, origin } = "error" in proof ? { sets: [], origin: "" } : await trusted(invocation, proof.value);
    const result = "error" in proof ? proof.error : verifyProof(proof.value, sets, compare);
    if (result.valid) {
      tell(terminal, { result, file, origin, sets });
      return 0;
    }
    terminal.line(`${terminal.bad("NOT VALID")}  ${file}: ${result.reason}`);
    terminal.data({ ...result, file });
    return 1;
  },
};

type Opened =
  | { readonly value: TemporalProof | ReturnType<typeof readProof> }
  | { readonly error: { readonly valid: false; readonly code: string; readonly reason: string } };

/** First byte of a `.chrono` file, which no JSON begins with. */
const MAGIC = 0x43;

/** A file that can be read and holds no proof is a proof that is not valid. */
function openProof(path: string): Opened {
  let bytes: Uint8Array;
  try {
    bytes = Uint8Array.from(readFileSync(path));
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${(error as Error).message}`);
  }
  try {
    return { value: readProof(bytes[0] === MAGIC ? bytes : (JSON.parse(new TextDecoder().decode(bytes)) as AnyProof)) };
  } catch (error) {
    const code = isChronoError(error) ? error.code : "proof/malformed";
    return { error: { valid: false, code, reason: `${path} holds no proof: ${(error as Error).message}` } };
  }
}

function readEvent(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new UsageError(`${path} does not hold the event as JSON: ${(error as Error).message}`);
  }
}

async function trusted(
  { values, terminal }: Invocation,
  proof: ReturnType<typeof readProof>,
): Promise<{ readonly sets: readonly NodeSet[]; readonly origin: string }> {
  const file = text(values, "node-set");
  if (file !== undefined) return { sets: [readNodeSet(file)], origin: `the node set in ${file}` };
  const kept = keptNodeSets();
  if (kept.some((set) => isOf(set, proof))) return { sets: kept, origin: "the node set kept at first use" };
  try {
    return await trustRoot(endpoint(text(values, "url")).url, undefined, (line) => terminal.note(line));
  } catch (error) {
    throw new UsageError(
      `no node set is known for this proof, and none could be got: ${(error as Error).message}. Give --node-set FILE.`,
    );
  }
}

function isOf(set: NodeSet, proof: ReturnType<typeof readProof>): boolean {
  const { certificate } = proof instanceof TemporalProof ? proof.proof : proof;
  try {
    const { networkId, epoch } = decodeStatement(decodeCertificate(certificate).statement);
    return set.networkId === networkId && set.epoch === epoch;
  } catch {
    // Not valid whatever the set: the verification says why.
    return true;
  }
}

type Told = {
  readonly result: ProvenStamp;
  readonly file: string;
  readonly origin: string;
  readonly sets: readonly NodeSet[];
};

function tell(terminal: Terminal, { result, file, origin, sets }: Told): void {
  const nodes = sets.find((set) => set.networkId === result.networkId && set.epoch === result.epoch)?.keys.length ?? 0;
  terminal.line(`${terminal.good("VALID")}  ${file}`);
  terminal.line(`  existed before  ${toIso8601(result.existedBefore)} (UTC)`);
  terminal.line(
    `                  signed by nodes ${result.signers.join(", ")} of ${nodes}, network ${result.networkId}, epoch ${result.epoch}`,
  );
  terminal.line(
    `  arrived         ${toIso8601(result.timestamp)} ± ${result.uncertainty} ns (UTC), the gateway's word`,
  );
  if (result.claim !== undefined)
    terminal.line(
      `  claimed time    ${toIso8601(result.claim.timestamp)} (UTC), ${result.claim.relation}: stated, not proven`,
    );
  terminal.line(`  relies on       ${origin}`);
  terminal.data({
    ...result,
    imprint: toBase64Url(result.imprint),
    context: toBase64Url(result.context),
    file,
    reliesOn: origin,
  });
  if (result.test) terminal.note(TEST_WARNING);
}
