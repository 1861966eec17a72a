import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Node, SourceFile } from 'typescript/unstable/ast';
import { API, type Checker, type Symbol as DeclaredSymbol, type Project, SignatureKind, SymbolFlags } from 'typescript/unstable/sync';

/*
 * The checkout as TypeScript's compiler sees it. Its interface for programs is called unstable: all that these tests use of it that
 * may change, other than the shapes of syntax trees, is here.
 */

const repository = fileURLToPath(new URL('../..', import.meta.url));

export type Document = { readonly path: string; readonly text: string };

export class Program {
  readonly checker: Checker;
  private readonly api: API;
  private readonly project: Project;

  /** The sources and tests, and documents that exist only here, by their paths in the repository. */
  constructor(documents: readonly Document[] = []) {
    const texts = new Map(documents.map(({ path, text }) => [slashed(join(repository, path)), text]));
    const settings = slashed(join(repository, 'tsconfig.documents.json'));
    const files = documents.map(({ path }) => path);
    texts.set(settings, JSON.stringify({ extends: './tsconfig.check.json', include: ['packages/*/src', 'test/docs'], files }));
    const folders = new Map<string, string[]>();
    for (const path of texts.keys()) folders.set(dirname(path), [...(folders.get(dirname(path)) ?? []), path]);
    this.api = new API({
      cwd: repository,
      fs: {
        readFile: (path) => texts.get(path),
        fileExists: (path) => texts.has(path) || undefined,
        directoryExists: (path) => folders.has(path) || undefined,
      },
    });
    const project = this.api.updateSnapshot({ openProjects: [settings] }).getProject(settings);
    if (project === undefined) throw new Error('the compiler opens no project');
    this.project = project;
    this.checker = project.checker;
  }

  close(): void {
    this.api.close();
  }

  /** A file by its path in the repository. */
  file(path: string): SourceFile {
    const file = this.project.program.getSourceFile(slashed(join(repository, path)));
    if (file === undefined) throw new Error(`the program has no file ${path}`);
    return file;
  }

  /** What the compiler says against a file. */
  errorsIn(path: string): string[] {
    const { program } = this.project;
    const full = slashed(join(repository, path));
    return [...program.getSyntacticDiagnostics(full), ...program.getSemanticDiagnostics(full)].map(({ text }) => text);
  }

  /** What a file exports, by name: the symbols themselves, wherever they are declared. */
  exportsOf(path: string): Map<string, DeclaredSymbol> {
    const module = this.checker.getSymbolAtLocation(this.file(path));
    if (module === undefined) return new Map();
    return new Map(this.checker.getExportsOfModule(module).map((symbol) => [symbol.name, this.declared(symbol)]));
  }

  /** The names in the record that an exported function returns. */
  resultNames(path: string, name: string): string[] {
    const { checker } = this;
    const exported = this.exportsOf(path).get(name);
    const type = exported && checker.getTypeOfSymbol(exported);
    const result = type && checker.getReturnTypeOfSignature(checker.getSignaturesOfType(type, SignatureKind.Call)[0]);
    return result === undefined ? [] : checker.getPropertiesOfType(result).map((symbol) => symbol.name);
  }

  /** The symbol behind imports and exports. */
  declared(symbol: DeclaredSymbol): DeclaredSymbol {
    return has(symbol, SymbolFlags.Alias) ? this.checker.getAliasedSymbol(symbol) : symbol;
  }

  /** Where a symbol is declared, as far as that is in a file of the program. */
  declarationsOf(symbol: DeclaredSymbol): Node[] {
    return symbol.declarations.flatMap((handle) => handle.resolve(this.project) ?? []);
  }
}

/** Whether a symbol has one of the flags. */
export function has(symbol: DeclaredSymbol, flags: SymbolFlags): boolean {
  return (symbol.flags & flags) !== 0;
}

/** The path of a file in the repository. */
export function pathInRepository(file: string): string {
  return slashed(relative(repository, file));
}

function slashed(path: string): string {
  return path.replaceAll('\\', '/');
}
