import { arange, tensor, zeros } from '@convgrad/core';
import { expect } from 'chai';
import { parseExpectation, satisfies } from './expectation.ts';
import { Program } from './program.ts';
import { run } from './run.ts';
import { scopeOf } from './scope.ts';
import { moduleOf } from './snippet.ts';

/** Comments, values that they are true of, and values that they are not true of. */
const comments: Readonly<Record<string, { readonly of: readonly unknown[]; readonly notOf: readonly unknown[] }>> = {
  '2: 1 + 1': { of: [2, tensor([2]).sum()], notOf: [2.4, '2', tensor([2])] },
  '0.67': { of: [2 / 3, 0.67], notOf: [0.66, 0.68] },
  '1.5e-3': { of: [0.00149, 0.0015], notOf: [0.0016] },
  '[0, 0.125]': { of: [tensor([0, 0.125]), [0, 0.1251]], notOf: [tensor([0, 0.126]), [0], [0, 0.125, 0]] },
  '[[1, 2], [3, NaN]]': { of: [[Int32Array.of(1, 2), tensor([3, NaN])]], notOf: [[[1, 2, 3, NaN]]] },
  '[0, 1], [2], two of them': { of: [arange(3).split(2)], notOf: [arange(3), [arange(2)]] },
  '[-Infinity, true, null]': {
    of: [[-Infinity, true, null]],
    notOf: [
      [Infinity, true, null],
      [-Infinity, 1, null],
    ],
  },
  "{ a: 1, b: ['x'] }": { of: [{ a: 1, b: ['x'] }], notOf: [{ a: 1 }, { a: 1, b: ['y'] }, { a: 1, b: ['x'], c: 0 }] },
  "'two\\nlines': of text": { of: ['two\nlines'], notOf: ['two lines'] },
  'Float32Array [0, 0]': { of: [new Float32Array(2)], notOf: [new Float64Array(2), [0, 0]] },
  'shape [2, 3]': { of: [zeros([2, 3])], notOf: [zeros([3, 2]), [2, 3]] },
  'shape [2], all 3': { of: [tensor([3, 3])], notOf: [tensor([3, 4])] },
  'shapes [2] and []': { of: [[zeros([2]), zeros([])]], notOf: [[zeros([2]), zeros([2])], zeros([2])] },
  'throws RangeError': { of: [new RangeError('no')], notOf: [new Error('no'), 'RangeError'] },
};

describe('a comment behind an example', () => {
  for (const [comment, { of, notOf }] of Object.entries(comments)) {
    it(`that says ${comment} is compared`, () => {
      const expectation = parseExpectation(comment);
      if (expectation === null) throw new Error('it was read as prose');
      for (const value of of) expect(satisfies(value, expectation), String(value)).to.equal(true);
      for (const value of notOf) expect(satisfies(value, expectation), String(value)).to.equal(false);
    });
  }

  it('is left alone if it is prose', () => {
    for (const comment of ['', 'zeros and twos', 'a batch of 3', 'shape of the input', 'throws nothing at all']) {
      expect(parseExpectation(comment), comment).to.equal(null);
    }
  });

  it('is refused if it begins like a value', () => {
    for (const comment of ['[1, 2', '4/9 in the corners', '{ a = 1 }', '[1 2]', '3 apples']) {
      expect(() => parseExpectation(comment), comment).to.throw(SyntaxError, 'cannot be read as a value');
    }
  });

  it('fails the example if it is not true, or its code is not reached', async () => {
    const codes = {
      wrong: 'zeros([2]) // [0, 1]',
      declared: 'const [a, b] = [1, 2]; // [2, 1]',
      missed: 'if (zeros([1]).item() > 0) {\n  ones([2]) // [1, 1]\n}',
      harmless: 'reshape(zeros([4]), [2, 2]) // throws ShapeError',
    };
    const sources = new Program();
    const scope = scopeOf(sources);
    const path = (name: string): string => `test/docs/example_${name}.ts`;
    const program = new Program(Object.entries(codes).map(([name, code]) => moduleOf(path(name), code, scope)));
    const messages: string[] = [];
    for (const name of Object.keys(codes)) {
      messages.push(
        await run(program, path(name)).then(
          () => '',
          (error: Error) => error.message,
        ),
      );
    }
    sources.close();
    program.close();
    expect(messages[0]).to.include('the comment says [0, 1], but it is tensor([0., 0.])');
    expect(messages[1]).to.include('the comment says [2, 1], but it is [ 1, 2 ]');
    expect(messages[2]).to.include('[1, 1] speaks of was not computed');
    expect(messages[3]).to.equal("the comment says throws ShapeError, but it is 'no error'");
  });
});
