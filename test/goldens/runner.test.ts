import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { listFolder } from './golden_folder.ts';
import { summaryTable } from './report.ts';
import { type Outcome, runFolder } from './runner.ts';

type Json = Record<string, unknown>;

function golden(data: readonly (number | string)[], shape: readonly number[] = [data.length], dtype = 'float64'): Json {
  return { shape, dtype, data };
}

/** y = a + b with everything that a case has. */
function addition(change: Json = {}): Json {
  return {
    name: 'add/one',
    op: 'add',
    attrs: {},
    inputs: { a: golden([1, 2]), b: golden([3], []) },
    output: golden([4, 5]),
    cotangent: golden([1, 10]),
    grads: { a: golden([1, 10]), b: golden([11], []) },
    ...change,
  };
}

describe('the runner of golden cases', () => {
  let folder = '';

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'convgrad-goldens-'));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  function write(name: string, ...cases: readonly (Json | string)[]): void {
    const text = cases.map((entry) => (typeof entry === 'string' ? entry : JSON.stringify(entry))).join('\n');
    writeFileSync(join(folder, name), name.endsWith('.gz') ? gzipSync(text) : text);
  }

  function run(...families: string[]): Outcome[] {
    return [...runFolder(listFolder(folder), families)];
  }

  /** What the only case of a folder fails with. */
  function failureOf(family: string, only: Json | string): string | null {
    write(`${family}.jsonl`, only);
    const outcomes = run();
    expect(outcomes).to.have.lengthOf(1);
    return outcomes[0].failure;
  }

  it('passes a case that is right, from a plain and from a packed file', () => {
    write('tensor.jsonl', addition());
    write('linear.jsonl.gz', {
      ...addition({ name: 'linear/one', op: 'linear' }),
      inputs: { x: golden([1, 2], [1, 2]), weight: golden([3, 4], [1, 2]) },
      output: golden([11], [1, 1]),
      cotangent: golden([2], [1, 1]),
      grads: { x: golden([6, 8], [1, 2]), weight: golden([2, 4], [1, 2]) },
    });
    expect(run().map(({ name, failure }) => [name, failure])).to.deep.equal([
      ['linear/one', null],
      ['add/one', null],
    ]);
  });

  it('fails a wrong output, a wrong gradient and a wrong shape, with the place and both numbers', () => {
    expect(failureOf('tensor', addition({ output: golden([4, 5.001]) }))).to.match(
      /float64: Mismatch: output: element 1 is 5, expected 5\.001; off by 0\.00100/,
    );
    expect(failureOf('tensor', addition({ grads: { a: golden([1, 10]), b: golden([12], []) } }))).to.match(
      /gradient by b: element 0 is 11, expected 12/,
    );
    expect(failureOf('tensor', addition({ output: golden([4, 5], [2, 1]) }))).to.contain('output has shape [2], expected [2, 1]');
  });

  it('fails NaN and infinities that differ, and passes those that do not', () => {
    const special = { inputs: { a: golden(['NaN', 'Infinity']), b: golden([3], []) } };
    expect(failureOf('tensor', addition({ ...special, output: golden(['NaN', 'Infinity']) }))).to.equal(null);
    expect(failureOf('tensor', addition({ ...special, output: golden([1, 'Infinity']) }))).to.contain('element 0 is NaN, expected 1');
    expect(failureOf('tensor', addition({ ...special, output: golden(['NaN', '-Infinity']) }))).to.contain('element 1 is Infinity');
  });

  it('takes gradients through the views by which an input reaches the op', () => {
    const a = {
      ...golden([1, 2, 3, 4], [2, 2]),
      view: [
        { op: 'permute', dims: [1, 0] },
        { op: 'slice', dim: 0, start: 1, stop: 2, step: 1 },
        { op: 'expand', shape: [2, 2] },
      ],
    };
    const viewed = { inputs: { a, b: golden([0], []) }, output: golden([2, 4, 2, 4], [2, 2]), cotangent: golden([1, 2, 3, 4], [2, 2]) };
    expect(failureOf('tensor', addition({ ...viewed, grads: { a: golden([0, 4, 0, 6], [2, 2]), b: golden([10], []) } }))).to.equal(null);
  });

  it('checks second-order gradients, the one by the cotangent among them', () => {
    const square = {
      name: 'square/one',
      op: 'square',
      attrs: {},
      inputs: { a: golden([3]) },
      output: golden([9]),
      cotangent: golden([2]),
      grads: { a: golden([12]) },
    };
    const second = (byA: number, byCotangent: number): Json => ({
      ...square,
      gradgrads: { v: { a: golden([5]) }, wrt: { a: golden([byA]), cotangent: golden([byCotangent]) } },
    });
    expect(failureOf('tensor', second(20, 30))).to.equal(null);
    expect(failureOf('tensor', second(21, 30))).to.contain('second gradient by a: element 0 is 20, expected 21');
    expect(failureOf('tensor', second(20, 31))).to.contain('second gradient by cotangent');
  });

  it('wants the right error class where a call must fail', () => {
    const failing = {
      name: 'add/wrong',
      op: 'add',
      attrs: {},
      inputs: { a: golden([1, 2]), b: golden([1, 2, 3]) },
      error: { type: 'RuntimeError', message: 'The size of tensor a must match' },
    };
    expect(failureOf('tensor', failing)).to.equal(null);
    expect(failureOf('tensor', { ...failing, error: { type: 'IndexError', message: 'index out of range in self' } })).to.contain(
      'must fail with IndexError, but failed with ShapeError',
    );
    expect(failureOf('tensor', { ...failing, inputs: addition().inputs })).to.contain(
      'must fail with ShapeError (PyTorch: The size of tensor a must match), but did not fail',
    );
  });

  it('counts what it cannot run as failed: unknown ops, arguments, optimizers, families and files', () => {
    expect(failureOf('tensor', addition({ op: 'fourier' }))).to.contain('convgrad has no fourier');
    expect(failureOf('tensor', addition({ attrs: { alpha: 2 } }))).to.contain('attrs: not understood: alpha 2');
    expect(failureOf('tensor', addition({ surprise: 1 }))).to.contain('case: not understood: surprise 1');
    expect(failureOf('tensor', '{"name":')).to.contain('SyntaxError');
    rmSync(join(folder, 'tensor.jsonl'));
    expect(failureOf('optim', { name: 'Sophia/one', op: 'Sophia' })).to.contain('convgrad has no optimizer Sophia');
    rmSync(join(folder, 'optim.jsonl'));
    write('spectral.jsonl', addition());
    write('notes.txt', 'x');
    write('FORMAT.md', 'x');
    mkdirSync(join(folder, 'sub'));
    expect(run().map(({ family, name, failure }) => [family, name, failure])).to.deep.equal(
      ['notes.txt', 'spectral.jsonl', 'sub'].map((name) => [
        'unknown file',
        name,
        'not a file of golden cases: FAMILY.jsonl or FAMILY.jsonl.gz',
      ]),
    );
  });

  it('runs the families asked for, and fails for one that is not there', () => {
    write('tensor.jsonl', addition());
    write('linear.jsonl', addition({ op: 'nothing' }));
    expect(run('tensor').map(({ failure }) => failure)).to.deep.equal([null]);
    expect(run('conv').map(({ name, failure }) => [name, failure])).to.deep.equal([
      ['conv', 'the folder has no conv.jsonl; it has linear, tensor'],
    ]);
  });

  it('ends with passed and failed by family', () => {
    const outcomes: Outcome[] = [
      { family: 'conv', name: 'a', failure: null },
      { family: 'conv', name: 'b', failure: 'x' },
      { family: 'loss', name: 'c', failure: null },
    ];
    const rows = summaryTable(outcomes)
      .split('\n')
      .map((line) =>
        line
          .split('│')
          .map((cell) => cell.trim())
          .filter(Boolean),
      );
    expect(rows.filter((row) => row.length === 3)).to.deep.equal([
      ['family', 'passed', 'failed'],
      ['conv', '1', '1'],
      ['loss', '1', '0'],
      ['all', '2', '1'],
    ]);
  });

  it('as a command takes the folder from CONVGRAD_GOLDENS, and exits with 1 for a failure or for no case', () => {
    const command = (...families: string[]) => {
      const args = ['--import', 'tsx', '--conditions=@convgrad/source', join(import.meta.dirname, 'run.ts'), ...families];
      return spawnSync(process.execPath, args, { env: { ...process.env, CONVGRAD_GOLDENS: folder }, encoding: 'utf8' });
    };
    const empty = command();
    expect(empty.stdout).to.contain(`there are no golden cases in ${folder}`);
    expect(empty.status).to.equal(1);
    write('tensor.jsonl', addition());
    write('linear.jsonl', addition({ name: 'nothing/one', op: 'nothing' }));
    const all = command();
    expect(all.stdout).to.match(/^FAILED nothing\/one: float64: CaseError: convgrad has no nothing/);
    expect(all.stdout).to.match(/│ all +│ +1 │ +1 │/);
    expect(all.status).to.equal(1);
    expect(command('tensor').status).to.equal(0);
  });
});
