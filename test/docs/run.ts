import { inspect } from 'node:util';
import { runInThisContext } from 'node:vm';
import { transform } from 'esbuild';
import { type ImportDeclaration, isImportDeclaration, isNamedImports, isStringLiteral } from 'typescript/unstable/ast';
import { type Check, checksIn, withChecks } from './checks.ts';
import { satisfies } from './expectation.ts';
import { shortMnist } from './fixtures.ts';
import type { Program } from './program.ts';

/** What snippets get instead of what they import or find: an epoch of MNIST is short, and nothing is printed. */
const replacements = { mnist: shortMnist, console: { log: () => undefined } };

/**
 * Runs a module that `moduleOf` made, and compares what its comments say with what it computes; tells how many comments those were.
 *
 * @throws whatever the code throws; Error if it computes something else than a comment says, or never comes to it
 */
export async function run(program: Program, path: string): Promise<number> {
  const file = program.file(path);
  const checks = checksIn(file);
  const imports = file.statements.filter(isImportDeclaration);
  const code = withChecks(file.text, checks).slice(imports.at(-1)?.end ?? 0);
  const reached = new Set<Check>();
  const values = {
    ...(await importedBy(imports, path)),
    ...replacements,
    check: (index: number, evaluate: () => unknown): void => {
      reached.add(checks[index]);
      compare(checks[index], evaluate);
    },
  };
  const plain = await transform(code.replace(/export \{\};\n$/, ''), { loader: 'ts', target: 'node20' });
  const names = Object.keys(values).join(', ');
  const snippet: unknown = runInThisContext(`(({ ${names} }) => {\n${plain.code}\nreturn snippet;\n})`, { filename: path });
  if (typeof snippet !== 'function') throw new Error(`${path} is not a function`);
  await snippet(values)();
  const missed = checks.find((check) => !reached.has(check));
  if (missed !== undefined) throw new Error(`what the comment ${missed.comment} speaks of was not computed`);
  return checks.length;
}

/** The values that import declarations of the module at `path` bring. */
async function importedBy(imports: readonly ImportDeclaration[], path: string): Promise<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  for (const { importClause, moduleSpecifier } of imports) {
    const names = importClause?.namedBindings;
    if (names === undefined || !isNamedImports(names) || !isStringLiteral(moduleSpecifier)) throw new Error(`${path}: import by names`);
    const { text } = moduleSpecifier;
    const module = await import(text.startsWith('.') ? new URL(text, new URL(`../../${path}`, import.meta.url)).href : text);
    for (const { name, isTypeOnly } of names.elements) if (!isTypeOnly) values[name.text] = module[name.text];
  }
  return values;
}

function compare({ comment, expectation }: Check, evaluate: () => unknown): void {
  const value = expectation.kind === 'throws' ? thrownBy(evaluate) : evaluate();
  if (!satisfies(value, expectation)) throw new Error(`the comment says ${comment}, but it is ${inspect(value)}`);
}

function thrownBy(evaluate: () => unknown): unknown {
  try {
    evaluate();
  } catch (error) {
    return error;
  }
  return 'no error';
}
