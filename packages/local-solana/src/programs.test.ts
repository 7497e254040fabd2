import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  Keypair,
  PublicKey,
  SYSVAR_CLOCK_PUBKEY,
  SYSVAR_RENT_PUBKEY,
  type TransactionError,
  TransactionInstruction,
} from "@solana/web3.js";
import { UPGRADEABLE_LOADER } from "./account.ts";
import { programDataAddress } from "./programs.ts";
import { SOL, TestRig } from "./test-rig.ts";

const BUILT = join(import.meta.dirname, "..", "..", "..", "programs", "built");
const elfOf = (name: string) => Uint8Array.from(readFileSync(join(BUILT, `${name}.so`)));
/** The larger of two programs, at the address it was built for. */
const [LARGE, LARGE_ADDRESS, SMALL] = ["ticket_sale", "TicketSa1e111111111111111111111111111111111", "mock_target"];
const NO_SUCH_INSTRUCTION = { InstructionError: [0, { Custom: 101 }] };
/** What Anchor says when a program runs at another address than it was built for. */
const OTHER_ADDRESS = { InstructionError: [0, { Custom: 4100 }] };
const meta = (pubkey: PublicKey, isWritable: boolean, isSigner = false) => ({ pubkey, isWritable, isSigner });

describe("programs from the settings", () => {
  const authority = Keypair.generate();
  const upgradeAuthority = authority.publicKey.toBase58();
  let rig: TestRig;

  beforeEach(async () => {
    rig = await TestRig.start({
      finalizeAfter: 9,
      programs: [{ address: LARGE_ADDRESS, elf: join(BUILT, `${LARGE}.so`), upgradeAuthority }],
    });
    rig.solana.advance(2);
  });
  afterEach(() => rig.stop());

  const callError = async (): Promise<TransactionError | null> => {
    const call = new TransactionInstruction({
      programId: new PublicKey(LARGE_ADDRESS),
      keys: [],
      data: Buffer.alloc(8, 1),
    });
    return (await rig.connection.simulateTransaction(await rig.transaction([call]))).value.err;
  };

  it("lie there as the upgradeable loader would have put them", () => {
    const program = rig.solana.account(LARGE_ADDRESS);
    assert.equal(program?.owner, UPGRADEABLE_LOADER);
    assert.equal(program?.executable, true);
    const dataAddress = programDataAddress(LARGE_ADDRESS);
    assert.deepEqual(program?.data, Uint8Array.from([2, 0, 0, 0, ...new PublicKey(dataAddress).toBytes()]));
    const data = rig.solana.account(dataAddress);
    assert.equal(data?.owner, UPGRADEABLE_LOADER);
    assert.deepEqual([...(data?.data.subarray(0, 13) ?? [])], [3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]);
    assert.equal(new PublicKey(data?.data.subarray(13, 45) ?? []).toBase58(), upgradeAuthority);
    assert.deepEqual(data?.data.subarray(45), elfOf(LARGE));
    assert.ok((data?.lamports ?? 0n) > SOL / 2n);
  });

  it("may have no authority", async () => {
    const other = await TestRig.start({ programs: [{ address: LARGE_ADDRESS, elf: elfOf(LARGE) }] });
    const data = other.solana.account(programDataAddress(LARGE_ADDRESS))?.data;
    await other.stop();
    assert.deepEqual([...(data?.subarray(12, 45) ?? [])], Array(33).fill(0));
  });

  it("come from the settings, whatever became of them, and are not in the state file", async () => {
    const folder = mkdtempSync(join(tmpdir(), "local-solana-"));
    const stateFile = join(folder, "state");
    const options = { stateFile, programs: [{ address: LARGE_ADDRESS, elf: elfOf(LARGE) }] };
    try {
      const first = await TestRig.start(options);
      first.solana.fund(LARGE_ADDRESS, SOL);
      first.solana.advance();
      const funded = first.solana.account(LARGE_ADDRESS)?.lamports ?? 0n;
      await first.stop();
      assert.ok(!readFileSync(stateFile, "utf8").includes(LARGE_ADDRESS));
      const second = await TestRig.start(options);
      assert.equal(second.solana.account(LARGE_ADDRESS)?.lamports, funded - SOL);
      await second.stop();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("run, are upgraded by their authority, and go back with a fork", async () => {
    assert.deepEqual(await callError(), NO_SUCH_INSTRUCTION);
    const buffer = Keypair.generate().publicKey;
    const header = Buffer.concat([Buffer.from([1, 0, 0, 0, 1]), authority.publicKey.toBytes()]);
    const elf = elfOf(SMALL);
    assert.ok(elf.length <= elfOf(LARGE).length);
    rig.solana.setAccount(buffer.toBase58(), {
      lamports: 10n * SOL,
      data: Uint8Array.from([...header, ...elf]),
      owner: UPGRADEABLE_LOADER,
      executable: false,
    });
    rig.solana.advance();
    const upgrade = new TransactionInstruction({
      programId: new PublicKey(UPGRADEABLE_LOADER),
      keys: [
        meta(new PublicKey(programDataAddress(LARGE_ADDRESS)), true),
        meta(new PublicKey(LARGE_ADDRESS), true),
        meta(buffer, true),
        meta(rig.payer.publicKey, true),
        meta(SYSVAR_RENT_PUBKEY, false),
        meta(SYSVAR_CLOCK_PUBKEY, false),
        meta(authority.publicKey, false, true),
      ],
      data: Buffer.from([3, 0, 0, 0]),
    });
    await rig.send([upgrade], { signers: [authority] });
    rig.solana.advance(2);
    assert.deepEqual(await callError(), OTHER_ADDRESS);
    rig.solana.fork(2);
    assert.deepEqual(await callError(), NO_SUCH_INSTRUCTION);
  });
});
