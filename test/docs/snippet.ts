import { posix } from 'node:path';
import { runInThisContext } from 'node:vm';
import { transform } from 'esbuild';
import { getTrailingCommentRanges, isExpressionStatement, isVariableStatement, type Node, type VariableStatement } from 'typescript/unstable/ast';
import { type Expectation, parseExpectation, satisfies } from './expectation.ts';
import type { Document, Program } from './program.ts';
import type { Scope } from './scope.ts';


const opening = 'export async function snippet(): Promise<void> {\n';
const closing = '\n}\n';

/** The module that a snippet is: what it uses is imported outside of a function, so that it may declare the same names anew. */
export function moduleOf(path: string, code: string, { imports, fixtures }: Scope): Document {
  const words = new Set(code.match(/[A-Za-z_$][\w$]*/g));
  const { head, body } = splitImports(code);
  const lines = [head];
  for (const [name, { module, isType }] of imports) {
    if (!words.has(name) || new RegExp(`\\b${name}\\b`).test(head)) continue;
    lines.push(`import { ${isType ? 'type ' : ''}${name} } from '${importFrom(path, module)}';`);
  }
  const taken = fixtures.names.filter((name) => words.has(name));
  if (taken.length > 0) {
    lines.push(`import { ${fixtures.function} as prepare } from '${importFrom(path, fixtures.module)}';`);
    lines.push(`const { ${taken.join(', ')} } = prepare();`);
  }
  return { path, text: `${lines.join('\n')}\n${opening}${body}${closing}` };
}

function splitImports(code: string): { readonly head: string; readonly body: string } {
  const head = /^(import [^;]*;\n)*/.exec(code)?.[0] ?? '';
  return { head, body: code.slice(head.length).replace(/^export (?=class|function|const)/gm, '') };
}

/** A module of the repository as another names it; a package as everybody does. */
function importFrom(path: string, module: string): string {
  if (module.startsWith('@')) return module;
  const found = posix.relative(posix.dirname(path), module);
  return found.startsWith('.') ? found : `./${found}`;
}

/** A value that a comment speaks of. */
interface Check {
  readonly comment: string;
  readonly expectation: Expectation;
}

/**
 * Runs the function of a module made by `moduleOf` in its scope, and compares what its comments say of values; gives how many did.
 *
 * @throws Error that says where, if the code throws, a value is not what its comment says, or a comment's code was never reached
 */
export async function run(program: Program, path: string, where: string, scope: Scope): Promise<number> {
  const values = await scope.values();
  const { text, checks } = withChecks(program, path);
  const { code } = await transform(text, { loader: 'ts', target: 'node20', sourcefile: where });
  const names = Object.keys(values).filter((name) => new RegExp(`\\b${name.replaceAll('$', '\\$')}\\b`).test(code));
  const reached = new Set<number>();
  const check = (index: number, value: unknown): void => {
    reached.add(index);
    const { comment, expectation } = checks[index];
    if (!satisfies(value, expectation)) throw new Error(`the comment says ${comment}, but it is ${String(value)}`);
  };
  const body: unknown = runInThisContext(`(({ ${names.join(', ')} }, __check) => {\n${code}\nreturn snippet;\n})`, { filename: where });
  if (typeof body !== 'function') throw new Error('no function');
  await body(values, check)();
  checks.forEach(({ comment }, index) => {
    if (!reached.has(index)) throw new Error(`the code before the comment ${comment} does not run`);
  });
  return checks.length;
}

/** The text of the function, with the values handed over that comments speak of. */
function withChecks(program: Program, path: string): { readonly text: string; readonly checks: readonly Check[] } {
  const { text } = program.file(path);
  const begin = text.indexOf(opening);
  const checks: Check[] = [];
  const insertions: { readonly at: number; readonly text: string }[] = [];
  const visit = (node: Node): void => {
    if (node.pos >= begin) {
      const check = checkBehind(node, text);
      if (check !== null) {
        insertions.push(...handOver(node, checks.length));
        checks.push(check);
      }
    }
    node.forEachChild(visit);
  };
  visit(program.file(path));
  let changed = text;
  for (const { at, text: added } of insertions.sort((one, other) => other.at - one.at)) changed = changed.slice(0, at) + added + changed.slice(at);
  return { text: changed.slice(begin + 'export '.length), checks };
}

function checkBehind(node: Node, text: string): Check | null {
  if (!isExpressionStatement(node) && !isVariableStatement(node)) return null;
  const range = getTrailingCommentRanges(text, node.end)?.at(-1);
  if (range === undefined) return null;
  const comment = text.slice(range.pos, range.end).replace(/^\/\/\s*/, '');
  const expectation = parseExpectation(comment);
  return expectation === null ? null : { comment, expectation };
}

function handOver(node: Node, index: number): { readonly at: number; readonly text: string }[] {
  if (isExpressionStatement(node)) {
    return [
      { at: node.expression.getStart(), text: `__check(${index}, ` },
      { at: node.expression.end, text: ')' },
    ];
  }
  if (!isVariableStatement(node)) return [];
  const names = declaredNames(node);
  return [{ at: node.end, text: `; __check(${index}, ${names.length === 1 ? names[0] : `[${names.join(', ')}]`});` }];
}

function declaredNames(statement: VariableStatement): string[] {
  return [...statement.declarationList.declarations].flatMap(({ name }) => name.getText().match(/[A-Za-z_$][\w$]*/g) ?? []);
}
