import { type DerNode, malformed } from "./der.ts";

/** Walks the members of a constructed value in order; what is not asked for is refused by {@link DerCursor.end}. */
export class DerCursor {
  readonly #what: string;
  readonly #nodes: readonly DerNode[];
  #at = 0;

  /** @throws input/malformed unless the node has this tag. */
  constructor(node: DerNode, tag: number, what: string) {
    if (node.tag !== tag) throw malformed(what, { tag: node.tag, need: tag });
    this.#what = what;
    this.#nodes = node.children;
  }

  /** @throws input/malformed unless the next member has this tag. */
  next(tag: number): DerNode {
    const node = this.optional(tag);
    if (node === undefined)
      throw malformed(this.#what, { member: this.#at, tag: this.#nodes[this.#at]?.tag ?? "none", need: tag });
    return node;
  }

  optional(tag: number): DerNode | undefined {
    const node = this.#nodes[this.#at];
    if (node?.tag !== tag) return undefined;
    this.#at++;
    return node;
  }

  /** The next member, whatever it is. @throws input/malformed when there is none. */
  any(): DerNode {
    const node = this.#nodes[this.#at++];
    if (node === undefined) throw malformed(this.#what, { member: this.#at - 1, tag: "none" });
    return node;
  }

  /** The only member. @throws input/malformed when there are none or several. */
  only(tag: number): DerNode {
    const node = this.next(tag);
    this.end();
    return node;
  }

  /** @throws input/malformed when a member is left. */
  end(): void {
    const node = this.#nodes[this.#at];
    if (node !== undefined) throw malformed(this.#what, { member: this.#at, tag: node.tag, need: "none" });
  }
}
