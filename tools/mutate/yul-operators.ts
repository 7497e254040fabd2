import { type AstNode, type Change, type ChangeKind, type Place, spanOf, textOf } from "./ast.ts";

type Swap = readonly [kind: ChangeKind, ...templates: string[]];

/** `#` stands for the arguments as they are. */
const SWAPS: Readonly<Record<string, Swap>> = {
  lt: ["comparison", "gt(#)", "iszero(gt(#))"],
  gt: ["comparison", "lt(#)", "iszero(lt(#))"],
  slt: ["comparison", "sgt(#)", "iszero(sgt(#))"],
  sgt: ["comparison", "slt(#)", "iszero(slt(#))"],
  eq: ["comparison", "xor(#)"],
  iszero: ["condition", "#"],
  add: ["arithmetic", "sub(#)"],
  sub: ["arithmetic", "add(#)"],
  mul: ["arithmetic", "div(#)"],
  div: ["arithmetic", "mul(#)"],
  mod: ["arithmetic", "mul(#)"],
  and: ["arithmetic", "or(#)"],
  or: ["arithmetic", "and(#)"],
  xor: ["arithmetic", "or(#)"],
  not: ["arithmetic", "#"],
  shl: ["arithmetic", "shr(#)"],
  shr: ["arithmetic", "shl(#)"],
  sar: ["arithmetic", "shr(#)"],
};

const change = (kind: ChangeKind, node: AstNode, text: string): Change => ({ kind, ...spanOf(node), text });

function call({ node, source }: Place): Change[] {
  const name = String((node.functionName as AstNode).name);
  const [first, last] = [(node.arguments as AstNode[]).at(0), (node.arguments as AstNode[]).at(-1)];
  const swap = SWAPS[name];
  if (swap === undefined || first === undefined || last === undefined) return [];
  const [kind, ...templates] = swap;
  const inner = source.slice(spanOf(first).start, spanOf(last).end);
  // A function as replacement: a text may hold "$".
  return templates.map((template) =>
    change(
      kind,
      node,
      template.replace("#", () => inner),
    ),
  );
}

function literal({ node }: Place): Change[] {
  if (node.kind !== "number") return [];
  const value = BigInt(String(node.value));
  const texts = value === 0n ? ["1"] : [String(value + 1n), "0"];
  return texts.map((text) => change("constant", node, text));
}

function branch({ node, source }: Place): Change[] {
  const condition = node.condition as AstNode;
  const name = condition.nodeType === "YulFunctionCall" ? String((condition.functionName as AstNode).name) : "";
  return name === "iszero" ? [] : [change("condition", condition, `iszero(${textOf(source, condition)})`)];
}

const removed = ({ node }: Place): Change[] => [change("statement", node, "{ }")];

const OPERATORS: Readonly<Record<string, (place: Place) => Change[]>> = {
  YulFunctionCall: call,
  YulLiteral: literal,
  YulIf: branch,
  YulExpressionStatement: removed,
  YulAssignment: removed,
};

/** What may be changed at a node of an assembly block. */
export const yulChanges = (place: Place): Change[] => OPERATORS[place.node.nodeType]?.(place) ?? [];
