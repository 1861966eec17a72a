import { type FloatDType, Parameter, Tensor, tensor } from '@convgrad/core';
import { Adam, AdamW, SGD } from '@convgrad/optim';
import { expect } from 'chai';
import fc from 'fast-check';
import { adamReference, sgdReference } from './reference.ts';

/** Rounding of a few steps with numbers of up to some tens. */
const tolerances: Readonly<Record<FloatDType, number>> = { float64: 1e-11, float32: 2e-4 };

/** Where weight decay cancels the gradient Adam divides rounding by eps: so large that the tolerances above hold even there. */
const epsilons: Readonly<Record<FloatDType, number>> = { float64: 1e-4, float32: 1e-1 };

interface Stepping {
  step(): void;
}

/** Moves parameters of the sizes given along the same gradients, and returns where they all end. */
function follow(create: (params: Parameter[]) => Stepping, dtype: FloatDType, start: number, gradients: readonly number[]): number[] {
  // Sizes on both sides of a vector's width, so that tails are reached.
  const params = [1, 3, 8, 21].map((size) => new Parameter(tensor(new Array<number>(size).fill(start), { dtype })));
  const optimizer = create(params);
  for (const gradient of gradients) {
    for (const parameter of params) parameter.grad = tensor(new Array<number>(parameter.size).fill(gradient), { dtype });
    optimizer.step();
  }
  return params.flatMap((parameter) => Array.from(parameter.toTypedArray()));
}

function expectAll(got: readonly number[], want: number, tolerance: number): void {
  for (const number of got) expect(number).to.be.closeTo(want, tolerance * (1 + Math.abs(want)));
}

const dtype = fc.constantFrom<FloatDType>('float32', 'float64');
const number = fc.double({ min: -2, max: 2, noNaN: true }).filter((value) => Math.abs(value) > 1e-2);
const gradients = fc.array(number, { minLength: 1, maxLength: 6 });
const share = fc.double({ min: 0, max: 0.99, noNaN: true });

describe('SGD', () => {
  const settings = fc
    .record({
      lr: share,
      momentum: fc.oneof(fc.constant(0), share),
      dampening: fc.oneof(fc.constant(0), share),
      weightDecay: share,
      nesterov: fc.boolean(),
      maximize: fc.boolean(),
    })
    .map((drawn) => ({ ...drawn, nesterov: drawn.nesterov && drawn.momentum > 0 && drawn.dampening === 0 }));

  it('takes the steps of its formula, whatever the options', () => {
    fc.assert(
      fc.property(dtype, number, gradients, settings, (type, start, along, options) => {
        expectAll(
          follow((params) => new SGD(params, options), type, start, along),
          sgdReference(start, along, options),
          tolerances[type],
        );
      }),
    );
  });

  it("has PyTorch's defaults", () => {
    expect(new SGD([new Parameter(tensor([1]))]).paramGroups[0]).to.include({
      lr: 1e-3,
      momentum: 0,
      dampening: 0,
      weightDecay: 0,
      nesterov: false,
      maximize: false,
    });
  });

  it('starts the momentum with the first gradient, undamped', () => {
    const w = new Parameter(tensor([0]));
    w.grad = tensor([1]);
    new SGD([w], { lr: 1, momentum: 0.5, dampening: 0.5 }).step();
    expect(w.item()).to.equal(-1);
  });
});

describe('Adam and AdamW', () => {
  const settings = fc.record({
    lr: share,
    betas: fc.tuple(share, share),
    weightDecay: share,
    amsgrad: fc.boolean(),
    maximize: fc.boolean(),
  });

  for (const [Class, decoupled] of [
    [Adam, false],
    [AdamW, true],
  ] as const) {
    it(`${Class.name} takes the steps of its formula, whatever the options`, () => {
      fc.assert(
        fc.property(dtype, number, gradients, settings, (type, start, along, drawn) => {
          const options = { ...drawn, eps: epsilons[type] };
          const got = follow((params) => new Class(params, options), type, start, along);
          expectAll(got, adamReference(start, along, { ...options, decoupled }), tolerances[type]);
        }),
      );
    });
  }

  it("have PyTorch's defaults", () => {
    const w = new Parameter(tensor([1]));
    const common = { lr: 1e-3, eps: 1e-8, amsgrad: false, maximize: false };
    expect(new Adam([w]).paramGroups[0]).to.deep.include({ ...common, betas: [0.9, 0.999], weightDecay: 0 });
    expect(new AdamW([w]).paramGroups[0]).to.deep.include({ ...common, betas: [0.9, 0.999], weightDecay: 1e-2 });
  });

  it('step by the learning rate at first, whatever the size of the gradient', () => {
    const w = new Parameter(tensor([1, 1, 1]));
    w.grad = tensor([1e-3, -5, 1e4]);
    new Adam([w], { lr: 0.5 }).step();
    // eps is 1e-5 of the smallest gradient.
    [0.5, 1.5, 0.5].forEach((want, index) => {
      expect(w.data[index]).to.be.closeTo(want, 1e-5);
    });
  });

  it('forget a gradient that has stayed 0, rather than remember it in numbers that are slow to calculate with', () => {
    const w = new Parameter(tensor([1, 1, 1]));
    const adam = new Adam([w]);
    for (const gradient of [[1, -1, Number.NaN], ...new Array<number[]>(900).fill([0, 0, 0])]) {
      w.grad = tensor(gradient);
      adam.step();
    }
    const { expAvg } = adam.stateDict().state[0];
    // 0.1 * 0.9^900 = 7e-43 is no normal number of float32.
    expect(expAvg instanceof Tensor && expAvg.toArray()).to.deep.equal([0, 0, Number.NaN]);
  });
});
