import type { Tensor } from '../../autograd/graph.ts';
import { ArgumentError, ShapeError } from '../../errors.ts';
import { printShape } from '../../shape.ts';
import { permute } from '../movement/permute.ts';
import { viewAs } from '../movement/view.ts';
import { requireSameFloat } from '../operands.ts';
import { sum } from '../reduction/sum.ts';
import { product } from './product.ts';

/**
 * Sums of products over named dimensions: each operand's dimensions are named by letters, and letters that are not in the result are
 * summed over. Without `->` the result has the letters that occur once, in alphabetical order.
 *
 * Two operands become one (batched) matrix product; more are contracted from left to right. A letter may stand only once in an operand.
 *
 * @throws ArgumentError if the equation is not of this form; ShapeError if lengths of one letter differ; DTypeError for integers or mixed
 *   floats
 * @example einsum('bij,bjk->bik', ones([4, 2, 3]), ones([4, 3, 5])) // shape [4, 2, 5], all 3
 */
export function einsum(equation: string, ...operands: Tensor[]): Tensor {
  const { inputs, output } = parse(equation, operands);
  requireSameFloat(
    'einsum',
    operands,
    operands.map((_, index) => `operand ${index}`),
  );
  const lengths = lengthsOf(equation, inputs, operands);
  const terms = inputs.map((letters, index) => ({ letters, tensor: operands[index] }));
  let result: Term = terms[0];
  for (let index = 1; index < terms.length; index++) {
    const needed = new Set([...output, ...inputs.slice(index + 1).flat()]);
    result = contract(result, terms[index], needed, lengths);
  }
  return arrange(sumAway(result, new Set(output)), output).tensor;
}

interface Term {
  readonly letters: readonly string[];
  readonly tensor: Tensor;
}

function parse(equation: string, operands: readonly Tensor[]): { inputs: string[][]; output: string[] } {
  const match = /^([a-zA-Z]*(?:,[a-zA-Z]*)*)(?:->([a-zA-Z]*))?$/.exec(equation.replaceAll(' ', ''));
  if (match === null) throw new ArgumentError(`einsum: "${equation}" is not of the form "ij,jk->ik"`);
  const inputs = match[1].split(',').map((letters) => [...letters]);
  if (inputs.length !== operands.length) {
    throw new ArgumentError(`einsum: "${equation}" names ${inputs.length} operands, but ${operands.length} were given`);
  }
  const all = inputs.flat();
  const output = match[2] === undefined ? all.filter((letter) => all.indexOf(letter) === all.lastIndexOf(letter)).sort() : [...match[2]];
  for (const letters of [...inputs, output]) {
    if (new Set(letters).size !== letters.length)
      throw new ArgumentError(`einsum: "${equation}" repeats a letter within "${letters.join('')}"`);
  }
  for (const letter of output) {
    if (!all.includes(letter)) throw new ArgumentError(`einsum: "${equation}" asks for "${letter}", which no operand has`);
  }
  return { inputs, output };
}

function lengthsOf(equation: string, inputs: readonly string[][], operands: readonly Tensor[]): Map<string, number> {
  const lengths = new Map<string, number>();
  inputs.forEach((letters, index) => {
    const { shape } = operands[index];
    if (shape.length !== letters.length) {
      throw new ShapeError(
        `einsum: "${letters.join('')}" of "${equation}" names ${letters.length} dimensions, but operand ${index} has shape ${printShape(shape)}`,
      );
    }
    letters.forEach((letter, dim) => {
      const known = lengths.get(letter);
      if (known !== undefined && known !== shape[dim]) {
        throw new ShapeError(
          `einsum: "${letter}" of "${equation}" has length ${known}, but ${shape[dim]} in operand ${index} of shape ${printShape(shape)}`,
        );
      }
      lengths.set(letter, shape[dim]);
    });
  });
  return lengths;
}

/** Sums over the letters that are needed no more. */
function sumAway(term: Term, needed: ReadonlySet<string>): Term {
  const dims = term.letters.flatMap((letter, dim) => (needed.has(letter) ? [] : [dim]));
  if (dims.length === 0) return term;
  return { letters: term.letters.filter((letter) => needed.has(letter)), tensor: sum(term.tensor, dims) };
}

function arrange(term: Term, letters: readonly string[]): Term {
  return {
    letters,
    tensor: permute(
      term.tensor,
      letters.map((letter) => term.letters.indexOf(letter)),
    ),
  };
}

/** Two terms as one stack of matrix products: [shared and kept, kept of the left, summed] times [shared and kept, summed, kept of the right]. */
function contract(left: Term, right: Term, needed: ReadonlySet<string>, lengths: ReadonlyMap<string, number>): Term {
  const a = sumAway(left, new Set([...needed, ...right.letters]));
  const b = sumAway(right, new Set([...needed, ...left.letters]));
  const batch = a.letters.filter((letter) => b.letters.includes(letter) && needed.has(letter));
  const summed = a.letters.filter((letter) => b.letters.includes(letter) && !needed.has(letter));
  const rows = a.letters.filter((letter) => !b.letters.includes(letter));
  const columns = b.letters.filter((letter) => !a.letters.includes(letter));
  const size = (letters: readonly string[]) => letters.reduce((total, letter) => total * (lengths.get(letter) ?? 1), 1);
  const stack = viewAs(arrange(a, [...batch, ...rows, ...summed]).tensor, [size(batch), size(rows), size(summed)]);
  const other = viewAs(arrange(b, [...batch, ...summed, ...columns]).tensor, [size(batch), size(summed), size(columns)]);
  const letters = [...batch, ...rows, ...columns];
  return {
    letters,
    tensor: viewAs(
      product(stack, other),
      letters.map((letter) => lengths.get(letter) ?? 1),
    ),
  };
}
