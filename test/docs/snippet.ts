import { posix } from 'node:path';
import type { Document } from './program.ts';
import type { Scope } from './scope.ts';

/** What the code of a snippet stands between. */
export const opening = 'async function snippet(): Promise<void> {\n';
export const closing = '\n}\n';

/**
 * The module that a snippet is: imports, its own and of what it uses, then the fixtures that it uses, and its code as a function, which may
 * declare any of these names anew.
 */
export function moduleOf(path: string, code: string, { imports, fixtures }: Scope): Document {
  const words = new Set(code.match(/[A-Za-z_$][\w$]*/g));
  const { own, body } = splitImports(code);
  const lines = [own];
  for (const [name, { module, isType }] of imports) {
    if (!words.has(name) || new RegExp(`\\b${name}\\b`).test(own)) continue;
    lines.push(`import { ${isType ? 'type ' : ''}${name} } from '${specifier(path, module)}';`);
  }
  const taken = fixtures.names.filter((name) => words.has(name));
  if (taken.length > 0) {
    lines.push(`import { ${fixtures.function} } from '${specifier(path, fixtures.module)}';`);
    lines.push(`const { ${taken.join(', ')} } = ${fixtures.function}();`);
  }
  return { path, text: `${lines.join('\n')}\n${opening}${body}${closing}export {};\n` };
}

function splitImports(code: string): { readonly own: string; readonly body: string } {
  const own = /^(import [^;]*;\n)*/.exec(code)?.[0] ?? '';
  return { own, body: code.slice(own.length).replace(/^export (?=class|function|const)/gm, '') };
}

/** How the module at `path` names a package, or a file of the repository. */
function specifier(path: string, module: string): string {
  if (module.startsWith('@')) return module;
  const found = posix.relative(posix.dirname(path), module);
  return found.startsWith('.') ? found : `./${found}`;
}
