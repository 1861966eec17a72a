import { memoryBudget, setMemoryBudget, settle, stagingMark } from '@convgrad/core';
import { expect } from 'chai';
import { examplesIn, filesWithExamples } from './docstrings.ts';
import { Program } from './program.ts';
import { run } from './run.ts';
import { type Scope, scopeOf } from './scope.ts';
import { moduleOf } from './snippet.ts';

/** An example as a module of its own. */
interface ExampleModule {
  /** The source and the line. */
  readonly where: string;
  readonly path: string;
  readonly code: string;
  readonly scope: Scope;
}

describe('the examples in the docstrings', () => {
  const modules = new Map<string, ExampleModule[]>();
  let program: Program;
  let budget: number;

  before(() => {
    const sources = new Program();
    for (const file of filesWithExamples()) {
      const scope = scopeOf(sources, file);
      const found = examplesIn(sources, file).map(({ line, code }) => {
        return { where: `${file}:${line}`, path: `test/docs/examples/${file.replaceAll('/', '_')}_${line}.ts`, code, scope };
      });
      modules.set(file, found);
    }
    sources.close();
    program = new Program([...modules.values()].flat().map(({ path, code, scope }) => moduleOf(path, code, scope)));
    budget = memoryBudget();
  });

  afterEach(() => setMemoryBudget(budget));
  after(() => program.close());

  for (const file of filesWithExamples()) {
    it(`of ${file} compile, run, and give what they say`, async function () {
      const failures: string[] = [];
      const found = modules.get(file) ?? [];
      let checked = 0;
      for (const { where, path, code } of found) {
        const mark = stagingMark();
        try {
          const errors = program.errorsIn(path);
          if (errors.length > 0) throw new Error(errors.join('; '));
          if ((await run(program, path)) > 0) checked++;
        } catch (error) {
          failures.push(`${where}: ${error instanceof Error ? error.message : String(error)}\n${code}`);
        } finally {
          settle(mark);
        }
      }
      expect(failures.join('\n\n')).to.equal('');
      if (this.test !== undefined) this.test.title = `of ${file}: ${found.length} compile and run, ${checked} give the values they say`;
    });
  }
});
