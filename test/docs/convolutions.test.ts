import { expect } from 'chai';
import { codeBlocksIn } from './code_blocks.ts';
import { Program } from './program.ts';
import { run } from './run.ts';
import { scopeOf } from './scope.ts';
import { moduleOf } from './snippet.ts';

describe('the examples of docs/convolutions.md', () => {
  const examples = codeBlocksIn('docs/convolutions.md').map(({ heading, code }) => ({ heading, code }));

  it('stand under every variant', () => {
    expect(examples.map(({ heading }) => heading)).to.deep.equal([
      'Standard',
      'Strided',
      'Dilated',
      'Causal',
      'Grouped',
      'Depthwise',
      'Pointwise',
      'Depthwise separable',
      'Spatially separable',
      'Shuffled group',
      'Transposed',
      'Deformable, version 1',
      'Deformable, version 2',
    ]);
  });

  it('compile and compute what they say', async () => {
    const sources = new Program();
    const scope = scopeOf(sources);
    const documents = examples.map(({ code }, index) => moduleOf(`test/docs/convolution_${index}.ts`, code, scope));
    const program = new Program(documents);
    try {
      for (const [index, { path }] of documents.entries()) {
        const { heading } = examples[index];
        expect(program.errorsIn(path), heading).to.deep.equal([]);
        const checked = await run(program, path).catch((error: unknown) => expect.fail(`${heading}: ${error}`));
        expect(checked, heading).to.be.greaterThan(1);
      }
    } finally {
      sources.close();
      program.close();
    }
  });
});
