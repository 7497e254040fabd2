import { isIPv6 } from "node:net";
import { ChronoError } from "@chronoledger/core";
import { type Clock, RateLimiter } from "@chronoledger/service";
import type { FastifyReply } from "fastify";

const HOUR_S = 3_600;

/** Sign-ups of one address and hour, counted by this gateway alone. */
export class SignUpLimit {
  readonly #limiter: RateLimiter;
  readonly #perHour: number;

  constructor(clock: Pick<Clock, "monotonicNow">, perHour: number) {
    this.#perHour = perHour;
    this.#limiter = new RateLimiter(clock, { perSecond: perHour / HOUR_S, burst: perHour });
  }

  /** @throws rate/limited */
  take(address: string, reply: FastifyReply): void {
    if (this.#limiter.take(networkOf(address))) return;
    const seconds = Math.ceil(HOUR_S / this.#perHour);
    reply.header("Retry-After", String(seconds));
    reply.header("RateLimit-Policy", `"sign-up";q=${this.#perHour};w=${HOUR_S}`);
    reply.header("RateLimit", `"sign-up";r=0;t=${seconds}`);
    throw new ChronoError(
      "rate/limited",
      { perHour: this.#perHour },
      { remedy: "too many accounts were opened from this network; ask later, or ask the operator" },
    );
  }
}

/** Whoever has one IPv6 address has 2^64 of them: they count as one, by their first four groups. */
export function networkOf(address: string): string {
  if (!isIPv6(address) || address.includes(".")) return address;
  const [head = "", tail] = (address.split("%")[0] ?? "").split("::");
  const groups = (text: string) => (text === "" ? [] : text.split(":"));
  const [first, last] = [groups(head), groups(tail ?? "")];
  const middle = tail === undefined ? [] : Array.from({ length: 8 - first.length - last.length }, () => "0");
  return [...first, ...middle, ...last]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":");
}
