/** A node of solc's syntax tree, of Solidity or of Yul. */
export type AstNode = { readonly nodeType: string; readonly src: string; readonly [key: string]: unknown };

/** Byte offsets, the end excluded. */
export type Span = { readonly start: number; readonly end: number };

/** One edit of a source. */
export type Change = Span & { readonly kind: ChangeKind; readonly text: string };

export type ChangeKind = "comparison" | "arithmetic" | "logic" | "condition" | "statement" | "constant" | "modifier";

/** A node with those above it, the nearest last, and the source's text: latin1, so that an index is a byte offset. */
export type Place = { readonly node: AstNode; readonly above: readonly AstNode[]; readonly source: string };

export const isNode = (value: unknown): value is AstNode =>
  typeof value === "object" && value !== null && typeof (value as AstNode).nodeType === "string";

export function spanOf(node: AstNode): Span {
  const [start, length] = node.src.split(":").map(Number) as [number, number];
  return { start, end: start + length };
}

export const textOf = (source: string, node: AstNode): string => {
  const { start, end } = spanOf(node);
  return source.slice(start, end);
};

/** Types have no behaviour to mutate; a loop without its step only runs until it is out of gas. */
const PASSED_OVER = new Set(["typeName", "typeDescriptions", "baseContracts", "overrides", "loopExpression", "post"]);

export function* placesIn(source: string, node: AstNode, above: readonly AstNode[] = []): Generator<Place> {
  yield { node, above, source };
  const inside = [...above, node];
  for (const [key, value] of Object.entries(node)) {
    if (PASSED_OVER.has(key)) continue;
    for (const child of Array.isArray(value) ? value : [value])
      if (isNode(child)) yield* placesIn(source, child, inside);
  }
}

/** The name of the function, or else of the contract, that a node is in. */
export function whereOf(above: readonly AstNode[]): string {
  const around = (type: RegExp) => above.findLast(({ nodeType }) => type.test(nodeType));
  const found = around(/^(Function|Modifier)Definition$/) ?? around(/^ContractDefinition$/);
  return found === undefined ? "file" : String(found.name || found.kind);
}
