import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";
import { ChronoError } from "@chronoledger/core";

export type Address = { readonly address: string; readonly family: number };
export type TargetPolicy = {
  /** Addresses of this machine and of private networks, and http. For development. */
  readonly allowPrivate: boolean;
  /** All addresses of a name; the machine's resolver unless told. */
  readonly resolve?: (host: string) => Promise<readonly Address[]>;
};
/** What may be called: a connection goes to `address`, whatever the name says by then. */
export type CheckedTarget = { readonly url: URL; readonly address: string; readonly family: 4 | 6 };

const RESOLVE_MS = 5_000;

/** IANA's special-purpose registries of IPv4 (RFC 6890 and after): nothing there is a stranger's public server. */
const SPECIAL_V4: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
];
/** Within 2000::/3: IETF protocols with Teredo, documentation, 6to4 (which carries an IPv4 address). */
const SPECIAL_V6: readonly (readonly [string, number])[] = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
];

const special = new BlockList();
for (const [net, prefix] of SPECIAL_V4) special.addSubnet(net, prefix, "ipv4");
for (const [net, prefix] of SPECIAL_V6) special.addSubnet(net, prefix, "ipv6");
/** Everything else of IPv6 is loopback, link-local, private, multicast, or IPv4 in disguise (mapped, NAT64). */
const globalUnicast = new BlockList();
globalUnicast.addSubnet("2000::", 3, "ipv6");

/** Whether an IP address belongs to the public internet. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !special.check(address, "ipv4");
    case 6:
      return globalUnicast.check(address, "ipv6") && !special.check(address, "ipv6");
    default:
      return false;
  }
}

const refused = (details: Record<string, string>, remedy: string): ChronoError =>
  new ChronoError("target/refused", details, { remedy });

/**
 * What can be told without asking anybody.
 * @throws target/refused
 */
export function parseTarget(text: string, { allowPrivate }: Pick<TargetPolicy, "allowPrivate">): URL {
  const url = URL.parse(text);
  if (url === null) throw refused({ target: text.slice(0, 100) }, "an https address is needed");
  if (url.protocol !== "https:" && !(allowPrivate && url.protocol === "http:"))
    throw refused({ protocol: url.protocol }, "an https address is needed");
  if (url.username !== "" || url.password !== "")
    throw refused({ host: url.hostname }, "an address must not hold a user or a password; check the signature instead");
  const host = hostOf(url);
  if (isIP(host) !== 0 && !allowPrivate && !isPublicAddress(host))
    throw refused({ host }, "this address is not of the public internet");
  return url;
}

/** Without the brackets of IPv6. */
const hostOf = (url: URL): string => url.hostname.replace(/^\[(.*)\]$/, "$1");

/**
 * Resolves the name and picks the address that will be called. A name of which one address is private is refused as a whole.
 * @throws target/refused; rpc/unavailable when the name does not resolve now
 */
export async function resolveTarget(url: URL, policy: TargetPolicy): Promise<CheckedTarget> {
  const host = hostOf(url);
  const family = isIP(host);
  const addresses = family === 0 ? await addressesOf(host, policy) : [{ address: host, family }];
  if (!policy.allowPrivate)
    for (const { address } of addresses)
      if (!isPublicAddress(address)) throw refused({ host }, "this name leads to an address that is not public");
  const [first] = addresses;
  if (first === undefined) throw new ChronoError("rpc/unavailable", { host }, { remedy: "the name has no address" });
  return { url, address: first.address, family: first.family === 6 ? 6 : 4 };
}

async function addressesOf(host: string, policy: TargetPolicy): Promise<readonly Address[]> {
  const resolve = policy.resolve ?? ((name: string) => lookup(name, { all: true }));
  let timer: NodeJS.Timeout | undefined;
  try {
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error("no answer in time")), RESOLVE_MS);
    });
    return await Promise.race([resolve(host), late]);
  } catch (cause) {
    throw new ChronoError("rpc/unavailable", { host }, { cause, remedy: "the name does not resolve" });
  } finally {
    clearTimeout(timer);
  }
}
