import { type AdamOptions, adam, type SgdOptions, sgd } from '../../../packages/core/src/kernels/optimizer.ts';
import { expectClose, expectEqual, Random } from './numbers.ts';
import { clearPlaces, place, read } from './places.ts';

/** Sizes of the parameters of one launch: tails of vectors, an empty one, one that is cut into several tasks. */
const sizes = [1, 5, 16, 0, 200_003, 33];
const steps = 3;

const plainSgd: SgdOptions = { lr: 0.1, momentum: 0, dampening: 0, weightDecay: 0, nesterov: false, maximize: false };
const sgdCases: Record<string, SgdOptions> = {
  'without momentum': plainSgd,
  'with weight decay': { ...plainSgd, weightDecay: 0.01 },
  'with momentum and dampening': { ...plainSgd, momentum: 0.9, dampening: 0.2, weightDecay: 0.01 },
  'with Nesterov momentum, upwards': { ...plainSgd, momentum: 0.8, nesterov: true, maximize: true },
};

const plainAdam: AdamOptions = {
  lr: 0.01,
  beta1: 0.9,
  beta2: 0.999,
  eps: 1e-8,
  weightDecay: 0,
  decoupled: false,
  amsgrad: false,
  maximize: false,
};
const adamCases: Record<string, AdamOptions> = {
  'by its defaults': plainAdam,
  'with weight decay in the gradient, upwards': { ...plainAdam, weightDecay: 0.1, maximize: true },
  'with decoupled weight decay (AdamW)': { ...plainAdam, weightDecay: 0.1, decoupled: true },
  'with amsgrad': { ...plainAdam, amsgrad: true, beta2: 0.9 },
  'with amsgrad and weight decay': { ...plainAdam, amsgrad: true, beta2: 0.9, weightDecay: 0.1 },
};

/** torch.optim.SGD for one number. */
function sgdStep(p: number, gradient: number, buffer: number, first: boolean, o: SgdOptions): [number, number] {
  let g = (o.maximize ? -gradient : gradient) + o.weightDecay * p;
  let b = buffer;
  if (o.momentum !== 0) {
    b = first ? g : o.momentum * b + (1 - o.dampening) * g;
    g = o.nesterov ? g + o.momentum * b : b;
  }
  return [p - o.lr * g, b];
}

/** torch.optim.Adam and AdamW for one number with moments m, v and the largest v. */
function adamStep(p: number, gradient: number, [m, v, largest]: readonly number[], step: number, o: AdamOptions): [number, number[]] {
  let [parameter, g] = [p, o.maximize ? -gradient : gradient];
  if (o.decoupled) parameter *= 1 - o.lr * o.weightDecay;
  else g += o.weightDecay * parameter;
  const nextM = m + (1 - o.beta1) * (g - m);
  const nextV = o.beta2 * v + (1 - o.beta2) * g * g;
  const nextLargest = Math.max(largest, nextV);
  const denominator = Math.sqrt(o.amsgrad ? nextLargest : nextV) / Math.sqrt(1 - o.beta2 ** step) + o.eps;
  return [parameter - ((o.lr / (1 - o.beta1 ** step)) * nextM) / denominator, [nextM, nextV, nextLargest]];
}

describe('optimizer kernels', () => {
  beforeEach(clearPlaces);

  for (const dtype of ['float32', 'float64'] as const) {
    const tolerance = dtype === 'float32' ? 1e-5 : 1e-14;

    for (const [name, options] of Object.entries(sgdCases)) {
      it(`SGD of ${dtype} ${name}, all parameters in one launch`, () => {
        const random = new Random(`sgd ${name}`);
        const states = sizes.map((size) => ({ p: random.values(dtype, size), buffer: random.values(dtype, size) }));
        const places = states.map(({ p, buffer }) => ({ parameter: place(dtype, p), momentumBuffer: place(dtype, buffer) }));
        for (let step = 1; step <= steps; step++) {
          const gradients = sizes.map((size) => random.values(dtype, size));
          const rows = places.map((row, i) => ({
            ...row,
            gradient: place(dtype, gradients[i]),
            size: sizes[i],
            isFirstStep: step === 1,
          }));
          sgd(dtype, rows, options);
          states.forEach(({ p, buffer }, i) => {
            gradients[i].forEach((g, j) => {
              [p[j], buffer[j]] = sgdStep(p[j], g, buffer[j], step === 1, options);
            });
          });
        }
        states.forEach(({ p, buffer }, i) => {
          expectClose(read(dtype, places[i].parameter, sizes[i]), p, tolerance, `parameter ${i}`);
          expectClose(read(dtype, places[i].momentumBuffer, sizes[i]), buffer, tolerance, `momentum buffer ${i}`);
        });
      });
    }

    for (const [name, options] of Object.entries(adamCases)) {
      it(`Adam of ${dtype} ${name}, all parameters in one launch`, () => {
        const random = new Random(`adam ${name}`);
        const states = sizes.map((size) => ({ p: random.values(dtype, size), moments: Array.from({ length: size }, () => [0, 0, 0]) }));
        const places = states.map(({ p }) => ({
          parameter: place(dtype, p),
          firstMoment: place(dtype, new Float64Array(p.length)),
          secondMoment: place(dtype, new Float64Array(p.length)),
          largestSecondMoment: options.amsgrad ? place(dtype, new Float64Array(p.length)) : 0,
        }));
        for (let step = 1; step <= steps; step++) {
          const gradients = sizes.map((size) => random.values(dtype, size).map((g) => g / step ** 2));
          adam(
            dtype,
            places.map((row, i) => ({ ...row, gradient: place(dtype, gradients[i]), size: sizes[i], step })),
            options,
          );
          states.forEach(({ p, moments }, i) => {
            gradients[i].forEach((g, j) => {
              [p[j], moments[j]] = adamStep(p[j], g, moments[j], step, options);
            });
          });
        }
        states.forEach(({ p, moments }, i) => {
          expectClose(read(dtype, places[i].parameter, sizes[i]), p, tolerance, `parameter ${i}`);
          const { firstMoment, secondMoment } = places[i];
          const secondMoments = moments.map((m) => m[1]);
          expectClose(
            read(dtype, firstMoment, sizes[i]),
            moments.map((m) => m[0]),
            tolerance,
            `first moment ${i}`,
          );
          expectClose(read(dtype, secondMoment, sizes[i]), secondMoments, tolerance, `second moment ${i}`);
        });
      });
    }
  }

  it('no weight decay leaves an infinite parameter infinite', () => {
    const parameter = place('float32', [Number.POSITIVE_INFINITY]);
    sgd('float32', [{ parameter, gradient: place('float32', [1]), momentumBuffer: 0, size: 1, isFirstStep: true }], plainSgd);
    expectEqual(read('float32', parameter, 1), [Number.POSITIVE_INFINITY], 'parameter');
  });

  it('no parameters are no work', () => {
    sgd('float32', [], plainSgd);
    adam('float64', [], plainAdam);
  });
});
