import { type AstNode, type Change, type ChangeKind, isNode, type Place, spanOf, textOf } from "./ast.ts";

const COMPARISONS: Readonly<Record<string, readonly string[]>> = {
  "<": ["<=", ">="],
  "<=": ["<", ">"],
  ">": [">=", "<="],
  ">=": [">", "<"],
  "==": ["!="],
  "!=": ["=="],
};
const ARITHMETIC: Readonly<Record<string, string>> = {
  "+": "-",
  "-": "+",
  "*": "/",
  "/": "*",
  "%": "*",
  "**": "*",
  "<<": ">>",
  ">>": "<<",
  "&": "|",
  "|": "&",
  "^": "&",
};
const LOGIC: Readonly<Record<string, string>> = { "&&": "||", "||": "&&" };

const change = (kind: ChangeKind, node: AstNode, text: string): Change => ({ kind, ...spanOf(node), text });

/** Comments become blanks, so that a search finds code alone. */
const withoutComments = (text: string): string =>
  text.replaceAll(/\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (comment) => " ".repeat(comment.length));

/** Replaces the operator that stands between two operands. */
function replaceOperator(
  { source }: Place,
  kind: ChangeKind,
  [left, operator, right]: Operation,
  text: string,
): Change {
  const from = spanOf(left).end;
  const start = from + withoutComments(source.slice(from, spanOf(right).start)).indexOf(operator);
  return { kind, start, end: start + operator.length, text };
}
type Operation = readonly [left: AstNode, operator: string, right: AstNode];

function binary(place: Place): Change[] {
  const { node, source } = place;
  const [left, right, operator] = [
    node.leftExpression as AstNode,
    node.rightExpression as AstNode,
    String(node.operator),
  ];
  const swap = (kind: ChangeKind, text: string) => replaceOperator(place, kind, [left, operator, right], text);
  if (operator in LOGIC)
    return [
      swap("logic", LOGIC[operator] as string),
      change("logic", node, textOf(source, left)),
      change("logic", node, textOf(source, right)),
    ];
  if (operator in COMPARISONS) return (COMPARISONS[operator] ?? []).map((text) => swap("comparison", text));
  return operator in ARITHMETIC ? [swap("arithmetic", ARITHMETIC[operator] as string)] : [];
}

function assignment(place: Place): Change[] {
  const [left, operator, right] = [
    place.node.leftHandSide as AstNode,
    String(place.node.operator),
    place.node.rightHandSide as AstNode,
  ];
  const other = ARITHMETIC[operator.slice(0, -1)];
  if (other === undefined) return [];
  return [`${other}=`, "="].map((text) => replaceOperator(place, "arithmetic", [left, operator, right], text));
}

function unary({ node, source }: Place): Change[] {
  const operator = String(node.operator);
  const operand = textOf(source, node.subExpression as AstNode);
  if (operator === "!") return [change("condition", node, operand)];
  if (operator === "-" || operator === "~") return [change("arithmetic", node, operand)];
  if (operator !== "++" && operator !== "--") return [];
  const other = operator === "++" ? "--" : "++";
  return [change("arithmetic", node, node.prefix === true ? other + operand : operand + other)];
}

/** Comparisons and negations have operators of their own that do the same. */
const isNegatedElsewhere = (node: AstNode): boolean =>
  (node.nodeType === "BinaryOperation" && String(node.operator) in COMPARISONS) ||
  (node.nodeType === "UnaryOperation" && node.operator === "!");

const negated = (source: string, node: AstNode): Change[] =>
  isNegatedElsewhere(node) ? [] : [change("condition", node, `!(${textOf(source, node)})`)];

function guardsRevert(branch: AstNode): boolean {
  const statements = branch.nodeType === "Block" ? (branch.statements as AstNode[]) : [branch];
  return statements.length === 1 && statements[0]?.nodeType === "RevertStatement";
}

function branch({ node, source }: Place): Change[] {
  const condition = node.condition as AstNode;
  const fixed = guardsRevert(node.trueBody as AstNode) ? [] : ["true", "false"];
  return [...negated(source, condition), ...fixed.map((text) => change("condition", condition, text))];
}

const isBool = (node: AstNode): boolean =>
  (node.typeDescriptions as { typeIdentifier?: string } | undefined)?.typeIdentifier === "t_bool";

function call({ node, source }: Place): Change[] {
  const callee = node.expression as AstNode;
  const [first] = node.arguments as AstNode[];
  const checks = callee.nodeType === "Identifier" && (callee.name === "require" || callee.name === "assert");
  return checks && first !== undefined ? negated(source, first) : [];
}

/** A block stands wherever a statement may. */
function removed({ node, source }: Place): Change[] {
  const { start, end } = spanOf(node);
  const rest = withoutComments(source.slice(end));
  const skipped = /^\s*;/.exec(rest)?.[0].length;
  return skipped === undefined ? [] : [{ kind: "statement", start, end: end + skipped, text: "{}" }];
}

const initializes = ({ node, above }: Place): boolean => above.at(-1)?.initializationExpression === node;

function returned(place: Place): Change[] {
  const value = place.node.expression;
  if (!isNode(value)) return [];
  return [...removed(place), ...(isBool(value) ? negated(place.source, value) : [])];
}

function literal({ node, source }: Place): Change[] {
  const text = textOf(source, node);
  if (node.kind === "bool") return [change("constant", node, node.value === "true" ? "false" : "true")];
  if (node.kind === "string") return node.value === "" ? [] : [change("constant", node, '""')];
  const type = (node.typeDescriptions as { typeIdentifier?: string }).typeIdentifier ?? "";
  if (node.kind !== "number" || !type.startsWith("t_rational_")) return [];
  if (type.startsWith("t_rational_0_")) return [change("constant", node, "1")];
  return [change("constant", node, `(${text} + 1)`), change("constant", node, "0")];
}

const OPERATORS: Readonly<Record<string, (place: Place) => Change[]>> = {
  BinaryOperation: binary,
  Assignment: assignment,
  UnaryOperation: unary,
  IfStatement: branch,
  WhileStatement: ({ node, source }) => negated(source, node.condition as AstNode),
  Conditional: ({ node, source }) => negated(source, node.condition as AstNode),
  FunctionCall: call,
  ExpressionStatement: (place) => (initializes(place) ? [] : removed(place)),
  EmitStatement: removed,
  RevertStatement: removed,
  Break: removed,
  Continue: removed,
  Return: returned,
  Literal: literal,
  ModifierInvocation: ({ node }) => (node.kind === "modifierInvocation" ? [change("modifier", node, "")] : []),
};

/** What may be changed at a node of a Solidity tree. */
export const solidityChanges = (place: Place): Change[] => OPERATORS[place.node.nodeType]?.(place) ?? [];
