import ts from "typescript";
import type { SourceFile } from "./project-files.ts";

/** The one module that reads clocks. */
export const CLOCK_MODULE = "packages/service/src/clock.ts";

/** Uses of Date that take their time from the caller. */
const CONVERSIONS = new Set(["UTC", "parse"]);
const CLOCK_MODULES = new Set(["node:perf_hooks", "perf_hooks"]);

/** Whether this identifier stands for the global of that name, not for a member or a type. */
function isGlobalUse(node: ts.Identifier): boolean {
  const parent = node.parent;
  if (ts.isPropertyAccessExpression(parent))
    return parent.expression === node || parent.expression.getText() === "globalThis";
  if (ts.isTypeReferenceNode(parent) || ts.isExpressionWithTypeArguments(parent)) return false;
  if (ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.InstanceOfKeyword) return false;
  return !(ts.isPropertyAssignment(parent) && parent.name === node) && !ts.isPropertySignature(parent);
}

function readsClock(node: ts.Node): boolean {
  if (ts.isImportDeclaration(node)) return CLOCK_MODULES.has((node.moduleSpecifier as ts.StringLiteral).text);
  if (!ts.isIdentifier(node) || !isGlobalUse(node)) return false;
  const { parent } = node;
  if (node.text === "hrtime" || node.text === "performance") return true;
  if (node.text === "process" && ts.isPropertyAccessExpression(parent)) return parent.name.text === "hrtime";
  if (node.text !== "Date") return false;
  if (ts.isNewExpression(parent)) return (parent.arguments ?? []).length === 0;
  return !(ts.isPropertyAccessExpression(parent) && CONVERSIONS.has(parent.name.text));
}

/** Where a source reads a clock: "path:line". `new Date(value)`, Date.UTC and Date.parse only convert. */
export function clockReads(file: SourceFile): string[] {
  if (!/Date|performance|hrtime|perf_hooks/.test(file.text)) return [];
  const source = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (readsClock(node)) found.push(`${file.path}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}
