import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { leafHash, NS_PER_S, nodeHash, sha256 } from "@chronoledger/core";
import {
  certificateAddress,
  certifyTransactions,
  runTaskInstruction,
  submitCertifiedInstruction,
} from "@chronoledger/solana";
import { withUnits } from "../../tools/program/document.ts";
import { START, SvmNetwork, tai } from "../svm/support/network.ts";
import { TaskBench } from "../svm/support/tasks.ts";
import { program } from "../svm/support/vm.ts";

export const DOCUMENT = "docs/solana.md";
export const UNITS_FILE = "programs/compute-units.json";
const ROOT = join(import.meta.dirname, "..", "..");
/** What `secp256k1_recover` costs a program for each signature that it checks itself (Agave), as Pyth's receiver does. */
const RECOVER_UNITS = 25_000;
/** n for each k, the least with n >= 3f + 1 that needs k signatures. */
const SIZES = [
  [3, 4],
  [5, 7],
  [7, 10],
] as const;

export type Units = Readonly<Record<string, number>>;

/** Compute units of the built program in LiteSVM. They repeat exactly: the program, its addresses and the path are fixed. */
export async function measureUnits(): Promise<Units> {
  const units: Record<string, number> = {};
  for (const [k, n] of SIZES) units[`submit${k}`] = await submitUnits(n);
  const network = await SvmNetwork.create(4);
  Object.assign(units, await taskUnits(network), await proofUnits(network));
  return units;
}

export const committedUnits = (): Units => JSON.parse(readFileSync(join(ROOT, UNITS_FILE), "utf8")) as Units;

export async function run(options: { write?: boolean; progress?: (line: string) => void } = {}): Promise<Units> {
  const units = await measureUnits();
  if (options.write === true) {
    writeFileSync(join(ROOT, UNITS_FILE), `${JSON.stringify(units, null, 2)}\n`);
    writeFileSync(join(ROOT, DOCUMENT), withUnits(readFileSync(join(ROOT, DOCUMENT), "utf8"), units));
  }
  const times = ((5 * RECOVER_UNITS) / (units.submit5 ?? Number.NaN)).toFixed(1);
  options.progress?.(`k = 5: ${times} times below five signatures by secp256k1_recover (${5 * RECOVER_UNITS} units)`);
  return units;
}

async function submitUnits(n: number): Promise<number> {
  const network = await SvmNetwork.create(n);
  await network.advance(tai(START - 5), network.lookupTable());
  return (await network.advance(tai(START), network.lookupTable())).units;
}

async function taskUnits(network: SvmNetwork): Promise<Units> {
  const bench = await TaskBench.create(network);
  const noOp = await bench.target("noOp");
  const bare = bench.vm.ok([noOp], [bench.keeper]).units;
  const once = await bench.queue({}, [noOp]);
  const recurrence = { kind: "every", interval: 60n * NS_PER_S, count: 3 } as const;
  const recurring = await bench.queued({ recurrence }, [noOp]);
  const attested = await bench.queued({ recurrence, clock: "attested" }, [noOp]);
  bench.vm.setTime(START + 10);
  await network.advance(tai(START + 10));
  const over = async (address: typeof recurring) =>
    bench.vm.ok([await runTaskInstruction(program, bench.task(address), bench.keeper.publicKey)], [bench.keeper])
      .units - bare;
  return {
    queueTask: once.sent.units,
    runTaskOverhead: await over(once.address),
    runTaskOverheadRecurring: await over(recurring),
    runTaskOverheadAttested: await over(attested),
  };
}

async function proofUnits(network: SvmNetwork): Promise<Units> {
  const { vm, quorum } = network;
  const units: Record<string, number> = {};
  vm.setTime(START + 40);
  for (const depth of [10, 20]) {
    const leaf = new Uint8Array(96);
    const path = Array.from({ length: depth }, (_, i) => sha256(Uint8Array.of(i)));
    const root = path.reduce((node, sibling) => nodeHash(node, sibling), leafHash(leaf));
    const certificate = network.certificate(tai(START + 10 + depth), { imprint: root });
    const [certify = []] = await certifyTransactions(program, certificate, quorum.set, vm.payer.publicKey);
    units.certify3 = vm.ok(certify).units;
    const address = certificateAddress(program.programId, sha256(certificate.subarray(0, 160)));
    const verify = await program.methods
      .verifyProofV0({ leaf: [...leaf], directions: 0, path: path.map((each) => [...each]) })
      .accountsPartial({ certificate: address, nodeSet: network.nodeSet })
      .instruction();
    units[`verifyProof${depth}`] = vm.ok([verify]).units;
    if (depth === 20) {
      units.submitCertified = vm.ok([await submitCertifiedInstruction(program, certificate, quorum.set)]).units;
    }
  }
  return units;
}
