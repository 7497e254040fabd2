import { consistency, hex, named, siblings, treeLevels, treeRoot } from "./encoder.ts";

const SIZES = Array.from({ length: 21 }, (_, size) => size);

/** The leaves, roots and proofs that the Certificate Transparency implementations share as their test data. */
const CT_LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
const CT_ROOTS = [
  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];
const CT_CONSISTENCY: [number, number, string[]][] = [
  [
    1,
    8,
    [
      "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
  ],
  [
    6,
    8,
    [
      "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
      "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
  ],
  [
    2,
    5,
    [
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
  ],
];

export const leafData = (index: number): Buffer =>
  Buffer.concat(["a", "b", "c"].map((part) => named(`merkle leaf ${index} ${part}`)));
const leaves = (size: number): Buffer[] => Array.from({ length: size }, (_, index) => leafData(index));
const flip = (bytes: Buffer): Buffer => Buffer.from(bytes.map((byte, index) => (index === 31 ? byte ^ 1 : byte)));

type Inclusion = {
  name: string;
  size: number;
  index: number;
  leaf: Buffer;
  path: Buffer[];
  directions: bigint;
  root: Buffer;
  valid: boolean;
};

function inclusions(): Inclusion[] {
  const good = SIZES.flatMap((size) => {
    const levels = treeLevels(leaves(size));
    return Array.from(
      { length: size },
      (_, index): Inclusion => ({
        name: `leaf ${index} of ${size}`,
        size,
        index,
        leaf: leafData(index),
        root: treeRoot(leaves(size)),
        valid: true,
        ...siblings(levels, index),
      }),
    );
  });
  const base = good.find((one) => one.size === 7 && one.index === 4);
  const edge = good.find((one) => one.size === 7 && one.index === 6);
  if (base === undefined || edge === undefined) throw new Error("no base case");
  const wrong = (name: string, change: Partial<Inclusion>, of = base): Inclusion => ({
    ...of,
    name,
    ...change,
    valid: false,
  });
  const [first, second, third] = base.path;
  if (first === undefined || second === undefined || third === undefined) throw new Error("path of another length");
  return [
    ...good,
    wrong("another leaf", { leaf: leafData(5) }),
    wrong("another root", { root: flip(base.root) }),
    wrong("a sibling changed", { path: [first, flip(second), third] }),
    wrong("siblings exchanged", { path: [second, first, third] }),
    wrong("path one short", { path: [first, second] }),
    wrong("path one long", { path: [first, second, third, third] }),
    wrong("no path", { path: [], directions: 0n }),
    wrong("first direction turned", { index: 5, directions: base.directions ^ 1n }),
    wrong("last direction turned", { index: 0, directions: base.directions ^ 4n }),
    wrong("the last leaf with the path of another", { index: 6 }),
    wrong("the last leaf, direction turned", { index: 0, size: 3, directions: 0n }, edge),
  ];
}

type Consistency = {
  name: string;
  oldSize: number;
  newSize: number;
  oldRoot: Buffer;
  newRoot: Buffer;
  path: Buffer[];
  valid: boolean;
};

function consistencies(): Consistency[] {
  const good = SIZES.slice(1).flatMap((newSize) =>
    Array.from(
      { length: newSize },
      (_, at): Consistency => ({
        name: `${at + 1} to ${newSize}`,
        oldSize: at + 1,
        newSize,
        oldRoot: treeRoot(leaves(at + 1)),
        newRoot: treeRoot(leaves(newSize)),
        path: consistency(leaves(newSize), at + 1),
        valid: true,
      }),
    ),
  );
  const base = good.find((one) => one.oldSize === 6 && one.newSize === 13);
  const power = good.find((one) => one.oldSize === 4 && one.newSize === 7);
  const same = good.find((one) => one.oldSize === 5 && one.newSize === 5);
  if (base === undefined || power === undefined || same === undefined) throw new Error("no base case");
  const wrong = (name: string, change: Partial<Consistency>, of = base): Consistency => ({
    ...of,
    name,
    ...change,
    valid: false,
  });
  return [
    ...good,
    wrong("another old root", { oldRoot: flip(base.oldRoot) }),
    wrong("another new root", { newRoot: flip(base.newRoot) }),
    wrong("another old root, a power of two", { oldRoot: flip(power.oldRoot) }, power),
    wrong("roots exchanged", { oldRoot: base.newRoot, newRoot: base.oldRoot }),
    wrong("sizes exchanged", { oldSize: 13, newSize: 6 }),
    wrong("old size one more", { oldSize: 7 }),
    wrong("old size zero", { oldSize: 0 }),
    wrong("path one short", { path: base.path.slice(0, -1) }),
    wrong("path without its first", { path: base.path.slice(1) }),
    wrong("path one long", { path: [...base.path, base.newRoot] }),
    wrong("no path", { path: [] }),
    wrong("a hash changed", { path: base.path.map((hash, index) => (index === 1 ? flip(hash) : hash)) }),
    wrong("same size, another root", { newRoot: flip(same.newRoot) }, same),
    wrong("same size, a path", { path: [same.newRoot] }, same),
  ];
}

export function merkleVectors() {
  const ct = CT_LEAVES.map((leaf) => Buffer.from(leaf, "hex"));
  for (const [size, root] of CT_ROOTS.entries())
    if (treeRoot(ct.slice(0, size)).toString("hex") !== root) throw new Error(`not the known root of ${size} leaves`);
  for (const [oldSize, newSize, path] of CT_CONSISTENCY)
    if (
      consistency(ct.slice(0, newSize), oldSize)
        .map((hash) => hash.toString("hex"))
        .join() !== path.join()
    )
      throw new Error(`not the known proof ${oldSize} to ${newSize}`);
  return {
    certificateTransparency: {
      leaves: CT_LEAVES.map((leaf) => `0x${leaf}`),
      roots: CT_ROOTS.map((root) => `0x${root}`),
      consistency: CT_CONSISTENCY.map(([oldSize, newSize, path]) => ({
        oldSize,
        newSize,
        path: path.map((hash) => `0x${hash}`),
      })),
    },
    leaves: leaves(20).map(hex),
    roots: SIZES.map((size) => hex(treeRoot(leaves(size)))),
    inclusion: inclusions().map((one) => ({
      name: one.name,
      size: one.size,
      index: one.index,
      leaf: hex(one.leaf),
      path: one.path.map(hex),
      directions: String(one.directions),
      root: hex(one.root),
      valid: one.valid,
    })),
    consistency: consistencies().map((one) => ({
      name: one.name,
      oldSize: one.oldSize,
      newSize: one.newSize,
      oldRoot: hex(one.oldRoot),
      newRoot: hex(one.newRoot),
      path: one.path.map(hex),
      valid: one.valid,
    })),
  };
}
