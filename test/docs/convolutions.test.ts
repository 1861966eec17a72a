import { readFileSync } from 'node:fs';
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
      'Packed deformable',
    ]);
  });

  it('stand beside a picture, the costs, the gradients of both orders, the use and the paper', () => {
    const page = readFileSync('docs/convolutions.md', 'utf8');
    for (const { heading } of examples) {
      const section = page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
      const definition = section.split('**Gradients.**')[0];
      expect(definition, `${heading}: picture`).to.match(/^ {4}.*(#|1|x --|->)/m);
      expect(definition, `${heading}: costs`).to.match(/\| parameters \| multiply-adds \|\n/);
      expect(section, `${heading}: use`).to.include('\n**When.** ');
      expect(section, `${heading}: paper`).to.match(/\nPapers?: /);
      const gradients = section.split('**Gradients.**')[1]?.split('**When.**')[0] ?? '';
      const isLinked = gradients.includes('(#three-maps)');
      expect(isLinked || /g[wWx]/.test(gradients), `${heading}: first order`).to.equal(true);
      expect(isLinked || /d[GgWw]/.test(gradients), `${heading}: second order`).to.equal(true);
    }
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
