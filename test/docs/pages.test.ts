import { expect } from 'chai';
import { codeBlocksIn, textOfFile } from './code_blocks.ts';
import { Program } from './program.ts';
import { run } from './run.ts';
import { scopeOf } from './scope.ts';
import { moduleOf } from './snippet.ts';

const operations = 'packages/core/src/kernels/table/operations.ts';
const elements = 'packages/core/src/kernels/table/elements.ts';
const derivatives = 'packages/core/src/ops/pointwise/pointwise.ts';

describe('the TypeScript in the pages', () => {
  it('is all tested here', () => {
    const headings = ['README.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md'].flatMap((page) =>
      codeBlocksIn(page).flatMap(({ language, heading }) => (language === 'ts' ? [`${page}: ${heading}`] : [])),
    );
    expect(headings).to.deep.equal([
      'README.md: convgrad',
      'CONTRIBUTING.md: A pointwise function',
      'CONTRIBUTING.md: A function with a gradient',
      'CONTRIBUTING.md: A kernel',
      'CONTRIBUTING.md: A layer',
    ]);
  });

  it('of README.md compiles and trains', async () => {
    await compileAndRun(`${blockBelow('README.md', 'convgrad')}\nmodel.parameters().every(({ grad }) => grad !== null) // true`);
  });

  it('of CONTRIBUTING.md makes a layer whose gradients are right', async () => {
    const [, check] = /`(gradcheck\([^`]*\))`/.exec(textOfFile('CONTRIBUTING.md')) ?? [];
    const use = `
      manualSeed(0);
      const layer = new Residual(2);
      const x = randn([1, 2, 4, 3], { dtype: 'float64', requiresGrad: true });
      layer.forward(x.detach().to('float32')) // shape [1, 2, 4, 3]
      ${check} // true`;
    expect(await compileAndRun(blockBelow('CONTRIBUTING.md', 'A layer') + use)).to.equal(2);
  });

  it('of CONTRIBUTING.md shows the whole of cumsum', () => {
    const code = blockBelow('CONTRIBUTING.md', 'A function with a gradient');
    expect(textOfFile('packages/core/src/ops/reduction/cumsum.ts')).to.include(code);
  });

  it('of CONTRIBUTING.md adds a pointwise function, where a derivative that is missing does not compile', () => {
    const table = { path: operations, text: textOfFile(operations).replace(/(?<=UnaryOp: \[)/, "'softsign', ") };
    const row = blockBelow('CONTRIBUTING.md', 'A pointwise function');
    const text = textOfFile(derivatives).replace(/(?<=const unaryDerivatives\b.*= \{\n)/, row);
    expect(errorsOf([table], derivatives).join()).to.include("'softsign' is missing");
    expect(errorsOf([table, { path: derivatives, text }], derivatives)).to.deep.equal([]);
  });

  it('of CONTRIBUTING.md declares a kernel that can be launched with its fields only', () => {
    const declaration = blockBelow('CONTRIBUTING.md', 'A kernel');
    const table = { path: elements, text: textOfFile(elements).replace(/(?<=^)(?= {2}unary: \{)/m, declaration) };
    const launchWith = (fields: string) => {
      const path = 'test/docs/launch_twice.ts';
      const text = `import { launch } from '../../packages/core/src/kernels/launch.ts';\nlaunch('twice', 'f64', { ${fields} }, 1);\n`;
      return errorsOf([table, { path, text }], path);
    };
    expect(launchWith('x: 0, y: 0, size: 1')).to.deep.equal([]);
    expect(launchWith('x: 0, y: 0, count: 1').join()).to.include("'count' does not exist");
  });
});

function blockBelow(page: string, heading: string): string {
  const block = codeBlocksIn(page).find((each) => each.language === 'ts' && each.heading === heading);
  if (block === undefined) throw new Error(`${page} has no code below '${heading}'`);
  return block.code;
}

/** Compiles and runs code of a page, and tells how many comments were compared. */
async function compileAndRun(code: string): Promise<number> {
  const path = 'test/docs/page.ts';
  const sources = new Program();
  const program = new Program([moduleOf(path, code, scopeOf(sources))]);
  try {
    expect(program.errorsIn(path)).to.deep.equal([]);
    return await run(program, path);
  } finally {
    sources.close();
    program.close();
  }
}

function errorsOf(documents: ConstructorParameters<typeof Program>[0], path: string): string[] {
  const program = new Program(documents);
  try {
    return program.errorsIn(path);
  } finally {
    program.close();
  }
}
