import { expect } from 'chai';
import type { Symbol as DeclaredSymbol } from 'typescript/unstable/sync';
import { docstringsOf, tagsOf, textOf } from './docstrings.ts';
import { Program, pathInRepository } from './program.ts';
import { callablesOf, exportedBy, isCalled } from './public_api.ts';
import { entries } from './scope.ts';
import { ThrownErrors } from './throws.ts';

/** Errors that something could throw by its source, and cannot: what it calls is given arguments that are known to be right. */
const impossible: Readonly<Record<string, readonly string[]>> = {
  // the rows that `narrow` takes are there, since k was checked
  topk: ['IndexError'],
  // places are an Int32Array, which `tensor` takes
  fold: ['DTypeError'],
  // the channels that `narrow` takes are those that the layer's own convolution gives
  'PackedDeformConvNd.predictOffsets': ['IndexError'],
};

describe('what is public', () => {
  let program: Program;
  before(() => {
    program = new Program();
  });
  after(() => program.close());

  for (const { name, path } of entries) {
    it(`in ${name} has a docstring`, () => {
      const missing = exportedBy(program, path).filter(({ symbol }) => program.checker.getDocumentationCommentOfSymbol(symbol) === '');
      expect(missing.map((exported) => exported.name)).to.deep.equal([]);
    });

    it(`in ${name} has an example, if it is a function or a class to make objects of`, () => {
      const missing = exportedBy(program, path).filter(
        (exported) => isCalled(program, exported) && tagged(program, exported.symbol, 'example').length === 0,
      );
      expect(missing.map((exported) => exported.name)).to.deep.equal([]);
    });

    it(`in ${name} names every error that it throws or that its checks throw`, () => {
      const errors = new ThrownErrors(program);
      const callables = exportedBy(program, path).flatMap((exported) => callablesOf(program, exported));
      const missing = callables.flatMap((callable) => {
        const named = new Set(callable.documentedBy.flatMap((symbol) => [...documentedErrors(program, symbol)]));
        const unnamed = [...errors.of(callable.symbol)].filter((error) => !named.has(error));
        return unnamed.filter((error) => !impossible[callable.name]?.includes(error)).map((error) => `${callable.name}: ${error}`);
      });
      expect(missing).to.deep.equal([]);
    });
  }

  it('names no error that does not exist', () => {
    const known = program.exportsOf('packages/core/src/errors.ts');
    const symbols = entries.flatMap(({ path }) => exportedBy(program, path).map(({ symbol }) => symbol));
    const unknown = symbols.flatMap((symbol) => [...documentedErrors(program, symbol)].filter((error) => !known.has(error)));
    expect(unknown).to.deep.equal([]);
  });
});

/** The errors behind a symbol's `@throws`, also where that says "as" another function of the file. */
function documentedErrors(program: Program, symbol: DeclaredSymbol): Set<string> {
  const text = tagged(program, symbol, 'throws').join('\n');
  const errors = new Set(text.match(/\b[A-Z]\w*Error\b/g));
  const [, like] = /\bas `(\w+)`/.exec(text) ?? [];
  const file = program.declarationsOf(symbol)[0]?.getSourceFile();
  const other = like === undefined || file === undefined ? undefined : program.exportsOf(pathInRepository(file.fileName)).get(like);
  return other === undefined ? errors : new Set([...errors, ...documentedErrors(program, other)]);
}

/** What stands behind the tags of one name in a symbol's docstrings. */
function tagged(program: Program, symbol: DeclaredSymbol, tag: string): string[] {
  const tags = program.declarationsOf(symbol).flatMap(docstringsOf).flatMap(tagsOf);
  return tags.filter(({ tagName }) => tagName.text === tag).map(textOf);
}
