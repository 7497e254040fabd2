import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { type AddressInfo, connect, createServer } from "node:net";
import { GuideProject } from "./guide-project.ts";
import { network, settingsOf } from "./network.ts";

const COMMAND = "python3 stamp_file.py";

/** Asks a function of the guide about many trees; prints what it said and what it should have said. */
const PATHS = `
import hashlib
from chrono import b64, leads_to_certificate

def split(n):
    k = 1
    while 2 * k < n:
        k *= 2
    return k

def root(leaves):
    if len(leaves) == 1:
        return hashlib.sha256(b"\\x00" + leaves[0]).digest()
    k = split(len(leaves))
    return hashlib.sha256(b"\\x01" + root(leaves[:k]) + root(leaves[k:])).digest()

def path(i, leaves):
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if i < k:
        return path(i, leaves[:k]) + [root(leaves[k:])]
    return path(i - k, leaves[k:]) + [root(leaves[:k])]

count = 0
for size in range(1, 36):
    data = [bytes([size, i]) for i in range(size)]
    leaves = [bytes(32) + hashlib.sha256(d).digest() + bytes(32) for d in data]
    certificate = b64(bytes(64) + root(leaves) + bytes(64))
    for i in range(size):
        hashes = path(i, leaves)
        def leads(**change):
            proof = {"leaf": b64(leaves[i]), "index": i, "size": size, "path": list(map(b64, hashes)), "certificate": certificate}
            return leads_to_certificate({**proof, **change}, data[i])
        assert leads(), (i, size)
        assert not leads(path=list(map(b64, hashes + [bytes(32)])))
        assert not leads(index=size) and not leads(index=-1)
        if hashes:
            assert not leads(path=list(map(b64, hashes[:-1])))
            assert not leads(path=list(map(b64, [bytes(32)] + hashes[1:])))
        count += 1
print(count)
`;

describe("the guide for Python", () => {
  let project: GuideProject;
  let settings: { CHRONO_URL: string; CHRONO_API_KEY: string };

  before(async () => {
    settings = await settingsOf("professional");
    project = GuideProject.of("python", settings);
  });
  after(() => project?.remove());

  it("stamps, fetches, and verifies, and charges the repeat once", async () => {
    assert.equal(await project.output(COMMAND), project.outputs[0]);
    const { "stamp.precise": precise = 0, "stamp.basic": basic = 0 } = await network.usage(settings.CHRONO_API_KEY);
    assert.equal(precise + basic, 1);
    assert.deepEqual(project.left, []);
  });

  it("opens an account of its own without a key, and reports a wrong key with its code", async () => {
    assert.equal(await project.output(COMMAND, { CHRONO_API_KEY: "" }), project.outputs[0]);
    const { status, err } = await project.run(COMMAND, { CHRONO_API_KEY: `clk_${"A".repeat(65)}` });
    assert.equal(status, 1);
    assert.match(err, /Problem: 401 auth\/refused/);
  });

  it("repeats with the same key while the gateway is away", async () => {
    let refused = 0;
    const between = createServer((client) => {
      client.on("error", () => undefined);
      if (refused < 2) {
        refused++;
        client.destroy();
        return;
      }
      const target = connect(network.gateway.port, "127.0.0.1");
      target.on("error", () => undefined);
      client.pipe(target).pipe(client);
    });
    await new Promise<void>((resolve) => between.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(between.address() as AddressInfo).port}`;
    assert.equal(await project.output(COMMAND, { CHRONO_URL: url }), project.outputs[0]);
    assert.equal(refused, 2);
    await new Promise((resolve) => between.close(resolve));
  });

  it("follows paths as RFC 9162 does, in trees of every shape", () => {
    project.write("paths.py", PATHS);
    assert.equal(execFileSync("python3", ["paths.py"], { cwd: project.folder, encoding: "utf8" }), "630\n");
  });
});
