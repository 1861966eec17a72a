import { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Node, SourceFile } from 'typescript/unstable/ast';
import {
  API,
  type APIOptions,
  type Checker,
  type Symbol as DeclaredSymbol,
  type Project,
  SignatureKind,
  type Snapshot,
  SymbolFlags,
} from 'typescript/unstable/sync';

/*
 * The checkout as TypeScript's compiler sees it. Its interface for programs is called unstable: all that these tests use of it that
 * may change, other than the shapes of syntax trees, is here.
 */

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** A text by its path in the repository, in place of the file there if there is one. */
export interface Document {
  readonly path: string;
  readonly text: string;
}

/** The sources of the packages and of these tests, compiled: syntax, symbols, types. Owns a process; `close` ends it. */
export class Program {
  readonly checker: Checker;
  private readonly api: API;
  private readonly compiler: ChildProcess | null;
  private readonly snapshot: Snapshot;
  private readonly project: Project;
  private readonly exports = new Map<string, ReadonlyMap<string, DeclaredSymbol>>();

  constructor(documents: readonly Document[] = []) {
    const texts = new Map(documents.map(({ path, text }) => [slashed(join(repository, path)), text]));
    const settings = slashed(join(repository, 'tsconfig.documents.json'));
    const files = documents.map(({ path }) => path);
    texts.set(settings, JSON.stringify({ extends: './tsconfig.check.json', include: ['packages/*/src', 'test/docs'], files }));
    const folders = new Set([...texts.keys()].map((path) => dirname(path)));
    [this.api, this.compiler] = openCompiler({
      cwd: repository,
      fs: {
        readFile: (path) => texts.get(path),
        fileExists: (path) => texts.has(path) || undefined,
        directoryExists: (path) => folders.has(path) || undefined,
      },
    });
    this.snapshot = this.api.updateSnapshot({ openProjects: [settings] });
    const project = this.snapshot.getProject(settings);
    if (project === undefined) throw new Error('the compiler opens no project');
    this.project = project;
    this.checker = project.checker;
  }

  close(): void {
    this.snapshot.dispose();
    // Asked to end, it would write to the terminal that it was.
    this.compiler?.kill('SIGKILL');
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
  exportsOf(path: string): ReadonlyMap<string, DeclaredSymbol> {
    const known = this.exports.get(path);
    if (known !== undefined) return known;
    const module = this.checker.getSymbolAtLocation(this.file(path));
    const symbols = module === undefined ? [] : this.checker.getExportsOfModule(module);
    const found = new Map(symbols.map((symbol) => [symbol.name, this.declared(symbol)]));
    this.exports.set(path, found);
    return found;
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

/** The compiler's interface, and the process that it starts. */
function openCompiler(options: APIOptions): [API, ChildProcess | null] {
  let compiler: ChildProcess | null = null;
  const note = (message: unknown): void => {
    const started = typeof message === 'object' && message !== null && 'process' in message ? message.process : null;
    if (started instanceof ChildProcess) compiler = started;
  };
  subscribe('child_process', note);
  const api = new API(options);
  unsubscribe('child_process', note);
  return [api, compiler];
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
