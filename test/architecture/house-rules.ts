import { basename } from "node:path";
import ts from "typescript";
import { isGenerated, isTest, type SourceFile } from "./project-files.ts";

/** Lines of a source file, and of a test. */
export const MAX_LINES = { source: 300, test: 600 } as const;

export function lengthFault({ path, text }: SourceFile): string | undefined {
  const lines = text.split("\n").length - 1;
  const most = isTest(path) ? MAX_LINES.test : MAX_LINES.source;
  return lines > most && !isGenerated(path) ? `${path} has ${lines} lines, ${most} at most` : undefined;
}

/** Names that say nothing of what is inside. */
const EMPTY_NAMES = /^(utils?|helpers?|misc|common|shared|stuff)$/i;
const KEBAB = /^\.?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/;
const PASCAL = /^[A-Z][A-Za-z0-9]*(\.[a-z0-9]+)*\.sol$/;

export function nameFault(path: string): string | undefined {
  const parts = path.split("/").map((part) => part.replace(/\..*$/, ""));
  if (parts.some((part) => EMPTY_NAMES.test(part))) return `${path} has a name that says nothing`;
  const file = basename(path);
  if (file.endsWith(".ts") && !KEBAB.test(file)) return `${path} is not in kebab-case`;
  if (file.endsWith(".sol") && !PASCAL.test(file)) return `${path} is not in PascalCase`;
  return undefined;
}

const SUITES = new Set(["describe", "it", "context", "specify", "suite", "test"]);
const ALTERED = new Set(["xit", "xdescribe", "xcontext", "xspecify", "fit", "fdescribe"]);

function altersRun(node: ts.Node): boolean {
  if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) return ALTERED.has(node.expression.text);
  if (!ts.isPropertyAccessExpression(node)) return false;
  const [object, member] = [node.expression.getText(), node.name.text];
  if (member === "only" || member === "skip") return SUITES.has(object.split(".").at(-1) ?? "") || object === "this";
  return member === "retries" && /^this$|\)$/.test(object);
}

/**
 * A runner that has loaded a file already, because another test imports it, finds no test in it, and counts that as a failure which it
 * does not name. So does it with a test file that has none.
 */
export const lostTests = ({ path, text }: SourceFile): string | undefined => {
  if (path.endsWith(".test.ts") && !/^\s*(?:for .*)?\bit\(/m.test(text)) return `${path} has no test`;
  return /\bfrom "[^"]*\.test\.ts"/.test(text) ? `${path} imports a test file` : undefined;
};

/** Tests that are singled out, left out or tried again: "path:line". */
export function alteredTests({ path, text }: SourceFile): string[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (altersRun(node)) found.push(`${path}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Folders that exist on somebody's machine. What follows a letter, a dot or a slash is part of an address or a longer path. */
const MACHINE_PATH = /(?<![\w.:/~})-])\/(?:work|home|root|Users|tmp|private|mnt|media|opt|var\/folders)\/[\w.-]/;
const DRIVE_PATH = /(?<![A-Za-z])[A-Z]:\\{1,2}[A-Za-z]/;

export const machinePaths = ({ path, text }: SourceFile): string[] =>
  text
    .split("\n")
    .flatMap((line, index) => (MACHINE_PATH.test(line) || DRIVE_PATH.test(line) ? [`${path}:${index + 1}`] : []));
