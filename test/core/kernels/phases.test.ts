import { expect } from 'chai';
import { type ConvolutionSizes, conv, convInput, convWeight } from '../../../packages/core/src/kernels/convolution.ts';
import { phaseConv, phaseInput, phaseWeight, servesPhases } from '../../../packages/core/src/kernels/phases.ts';
import { getNumThreads, setNumThreads } from '../../../packages/core/src/kernels/threads/count.ts';
import { forEachProduct, lengthsOf } from './convolution_reference.ts';
import { Random } from './numbers.ts';
import { clearPlaces, place, read, room } from './places.ts';

const plain: ConvolutionSizes = {
  batch: 3,
  groups: 1,
  inChannels: 16,
  outChannels: 16,
  inSize: [1, 20, 20],
  kernelSize: [1, 4, 4],
  outSize: [1, 10, 10],
  stride: [1, 2, 2],
  dilation: [1, 1, 1],
  padding: [0, 1, 1],
};

interface Operands {
  readonly x: readonly number[];
  readonly weight: readonly number[];
  readonly y: readonly number[];
}

const directions = [
  { name: 'conv', from: 'x', to: 'y', run: phaseConv },
  { name: 'convInput', from: 'y', to: 'x', run: phaseInput },
] as const;

function operandsOf(random: Random, s: ConvolutionSizes): Operands {
  const lengths = lengthsOf(s);
  const values = (size: number) => random.values('float32', size);
  return { x: values(lengths.x), weight: values(lengths.weight), y: values(lengths.y) };
}

function placesOf({ x, weight, y }: Operands) {
  return { x: place('float32', x), weight: place('float32', weight), y: place('float32', y) };
}

// The rounding error is a small multiple of the largest result that lies within reach, not of the result itself.
function expectNear(got: readonly number[], want: Float64Array, what: string): void {
  const largest = want.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (let i = 0; i < want.length; i++) {
    if (!(Math.abs(got[i] - want[i]) <= 5e-6 * largest))
      expect.fail(`${what}: element ${i} is ${got[i]}, not ${want[i]} (largest ${largest})`);
  }
}

/** Compares all three maps with naive loops in float64. */
function expectAllMaps(random: Random, s: ConvolutionSizes): void {
  clearPlaces();
  const operands = operandsOf(random, s);
  const lengths = lengthsOf(s);
  const want = { x: new Float64Array(lengths.x), weight: new Float64Array(lengths.weight), y: new Float64Array(lengths.y) };
  forEachProduct(s, (i, j, k) => {
    want.y[k] += operands.x[i] * operands.weight[j];
    want.x[i] += operands.y[k] * operands.weight[j];
    want.weight[j] += operands.x[i] * operands.y[k];
  });
  const places = placesOf(operands);
  const what = JSON.stringify(s);
  for (const { name, from, to, run } of directions) {
    const channels = to === 'y' ? s.outChannels : s.inChannels;
    const bias = random.values('float32', channels);
    const volume = lengths[to] / (s.batch * channels);
    const result = room('float32', lengths[to]);
    run(places[from], places.weight, 0, result, s);
    expectNear(read('float32', result, lengths[to]), want[to], `${name} ${what}`);
    run(places[from], places.weight, place('float32', bias), result, s);
    const biased = want[to].map((value, i) => value + bias[Math.floor(i / volume) % channels]);
    expectNear(read('float32', result, lengths[to]), biased, `${name} with bias ${what}`);
  }
  const result = room('float32', lengths.weight);
  phaseWeight(places.x, places.y, result, s);
  expectNear(read('float32', result, lengths.weight), want.weight, `convWeight ${what}`);
}

/** Sizes that the algorithm takes: any image, any padding, outputs that end before or behind the image. */
function randomSizes(random: Random): ConvolutionSizes {
  const axis = () => {
    const stride = random.integer(1, 2);
    const kernel = random.integer(1, 3 * stride);
    const inSize = random.integer(1, random.chance(0.2) ? 50 : 18);
    const padding = random.integer(0, random.chance(0.1) ? 7 : kernel);
    const outSize = Math.max(1, Math.floor((inSize + padding - kernel + random.integer(0, random.chance(0.1) ? 9 : kernel)) / stride) + 1);
    return { inSize, padding, outSize, stride, kernel };
  };
  const [high, wide] = [axis(), axis()];
  const channels = () => random.integer(1, random.chance(0.3) ? 70 : 20);
  return {
    ...plain,
    batch: random.integer(1, random.chance(0.2) ? 12 : 3),
    inChannels: channels(),
    outChannels: channels(),
    inSize: [1, high.inSize, wide.inSize],
    kernelSize: [1, high.kernel, wide.kernel],
    outSize: [1, high.outSize, wide.outSize],
    stride: [1, high.stride, wide.stride],
    padding: [0, high.padding, wide.padding],
  };
}

describe('kernels: convolution by the phases of its stride', () => {
  it('agrees with naive loops for random sizes', () => {
    const random = new Random('phases');
    for (let i = 0; i < 90; i++) expectAllMaps(random, randomSizes(random));
  });

  const cases: Record<string, Partial<ConvolutionSizes>> = {
    'one pixel': { batch: 1, inSize: [1, 2, 2], outSize: [1, 1, 1] },
    'many images smaller than a tile': { batch: 150, inSize: [1, 6, 6], outSize: [1, 3, 3] },
    'three taps a phase': { kernelSize: [1, 6, 6], padding: [0, 2, 2] },
    'phases of two taps and of one': { kernelSize: [1, 3, 3] },
    'kernels of two without a stride': { kernelSize: [1, 2, 2], stride: [1, 1, 1], outSize: [1, 21, 21] },
    'a stride along one axis': { kernelSize: [1, 3, 5], stride: [1, 1, 2], inSize: [1, 9, 21], outSize: [1, 9, 11], padding: [0, 1, 2] },
    'a kernel of one row': { kernelSize: [1, 1, 3], stride: [1, 1, 1], inSize: [1, 11, 13], outSize: [1, 11, 13], padding: [0, 0, 1] },
    'a kernel of one column': { kernelSize: [1, 3, 1], stride: [1, 1, 1], inSize: [1, 11, 13], outSize: [1, 11, 13], padding: [0, 1, 0] },
    'a kernel of one row with a stride': { kernelSize: [1, 1, 4], stride: [1, 1, 2], inSize: [1, 5, 26], outSize: [1, 5, 13] },
    'signals of one dimension': { kernelSize: [1, 1, 3], stride: [1, 1, 1], inSize: [1, 1, 200], outSize: [1, 1, 200], padding: [0, 0, 1] },
    'more padding than the kernel is large': { inSize: [1, 3, 3], padding: [0, 9, 8], outSize: [1, 12, 11] },
    'an image that is larger than its outputs ask for': { inSize: [1, 47, 43], outSize: [1, 5, 6] },
    'rows of many tiles': { batch: 1, inSize: [1, 6, 300], outSize: [1, 3, 150] },
    'more channels than are summed at a time, and several panels of them': { batch: 1, inChannels: 150, outChannels: 141 },
    'several blocks and chunks of tiles': { batch: 60, inChannels: 12, outChannels: 13, inSize: [1, 23, 21], outSize: [1, 11, 10] },
  };
  for (const [name, change] of Object.entries(cases)) {
    it(`does ${name}`, () => expectAllMaps(new Random(name), { ...plain, ...change }));
  }

  it('is what float32 convolutions of its sizes run, to the bit', () => {
    clearPlaces();
    const s: ConvolutionSizes = { ...plain, batch: 8 };
    expect(servesPhases('float32', s)).to.equal(true);
    const lengths = lengthsOf(s);
    const { x, weight, y } = placesOf(operandsOf(new Random('dispatch'), s));
    const compute = (size: number, run: (result: number) => void) => {
      const result = room('float32', size);
      run(result);
      return read('float32', result, size);
    };
    expect(compute(lengths.y, (r) => conv('float32', x, weight, 0, r, s))).to.deep.equal(
      compute(lengths.y, (r) => phaseConv(x, weight, 0, r, s)),
    );
    expect(compute(lengths.x, (r) => convInput('float32', y, weight, 0, r, s))).to.deep.equal(
      compute(lengths.x, (r) => phaseInput(y, weight, 0, r, s)),
    );
    expect(compute(lengths.weight, (r) => convWeight('float32', x, y, r, s))).to.deep.equal(
      compute(lengths.weight, (r) => phaseWeight(x, y, r, s)),
    );
  });

  it('gives the same bits with any number of threads', () => {
    const usual = getNumThreads();
    const s: ConvolutionSizes = { ...plain, batch: 9, inChannels: 40, outChannels: 70, inSize: [1, 26, 26], outSize: [1, 13, 13] };
    const lengths = lengthsOf(s);
    clearPlaces();
    const { x, weight, y } = placesOf(operandsOf(new Random('threads'), s));
    const results = { y: room('float32', lengths.y), x: room('float32', lengths.x), weight: room('float32', lengths.weight) };
    const compute = (threads: number) => {
      setNumThreads(threads);
      phaseConv(x, weight, 0, results.y, s);
      phaseInput(y, weight, 0, results.x, s);
      phaseWeight(x, y, results.weight, s);
      return [
        read('float32', results.y, lengths.y),
        read('float32', results.x, lengths.x),
        read('float32', results.weight, lengths.weight),
      ];
    };
    try {
      const alone = compute(1);
      for (const threads of [2, 3, 8]) expect(compute(threads), `${threads} threads`).to.deep.equal(alone);
    } finally {
      setNumThreads(usual);
    }
  });

  it('does not serve other kernels, strides, groups, dtypes, or too little work', () => {
    const sizes: ConvolutionSizes = { ...plain, batch: 8 };
    expect(servesPhases('float32', sizes)).to.equal(true);
    expect(servesPhases('float64', sizes)).to.equal(false);
    const line: Partial<ConvolutionSizes> = {
      kernelSize: [1, 1, 3],
      stride: [1, 1, 1],
      outSize: [1, 20, 20],
      inChannels: 48,
      outChannels: 48,
    };
    expect(servesPhases('float32', { ...sizes, ...line })).to.equal(true);
    expect(servesPhases('float32', { ...sizes, ...line, batch: 2 })).to.equal(false);
    expect(servesPhases('float32', { ...sizes, ...line, inChannels: 12 })).to.equal(false);
    const others: Partial<ConvolutionSizes>[] = [
      { kernelSize: [1, 7, 7] },
      { kernelSize: [1, 2, 2] },
      { kernelSize: [2, 4, 4] },
      { stride: [1, 3, 2] },
      { dilation: [1, 2, 1] },
      { groups: 2 },
      { inChannels: 4, outChannels: 5 },
      { inChannels: 512, outChannels: 512 },
      { batch: 0 },
      { inSize: [1, 12, 12], outSize: [1, 6, 6] },
    ];
    for (const change of others) expect(servesPhases('float32', { ...sizes, ...change }), JSON.stringify(change)).to.equal(false);
  });
});
