import { expect } from 'chai';
import { type ConvolutionSizes, conv, convInput, convWeight } from '../../../packages/core/src/kernels/convolution.ts';
import { type Pointer, scratch, views } from '../../../packages/core/src/kernels/memory.ts';
import { expectSameOnAnyThreads } from './any_threads.ts';
import { forEachRun, lengthsOf } from './convolution_reference.ts';
import { Random } from './numbers.ts';
import { clearPlaces, place, read, room } from './places.ts';

/** The three maps of a convolution by one algorithm, in float32. */
export interface ThreeMaps {
  readonly forward: (x: Pointer, weight: Pointer, bias: Pointer, y: Pointer, sizes: ConvolutionSizes) => void;
  readonly input: (gradOutput: Pointer, weight: Pointer, bias: Pointer, x: Pointer, sizes: ConvolutionSizes) => void;
  readonly weight: (x: Pointer, gradOutput: Pointer, weight: Pointer, sizes: ConvolutionSizes) => void;
}

const usualMaps: ThreeMaps = {
  forward: (...args) => conv('float32', ...args),
  input: (...args) => convInput('float32', ...args),
  weight: (...args) => convWeight('float32', ...args),
};

interface Operands {
  readonly x: readonly number[];
  readonly weight: readonly number[];
  readonly y: readonly number[];
}

function operandsOf(random: Random, s: ConvolutionSizes): Operands {
  const lengths = lengthsOf(s);
  const values = (size: number) => random.values('float32', size);
  return { x: values(lengths.x), weight: values(lengths.weight), y: values(lengths.y) };
}

function placesOf({ x, weight, y }: Operands) {
  return { x: place('float32', x), weight: place('float32', weight), y: place('float32', y) };
}

// The rounding error is a small multiple of the largest result that lies within reach, not of the result itself: 5.1e-6 of it is the most
// that was seen, where products and sums are rounded one by one.
function expectNear(got: readonly number[], want: Float64Array, what: string): void {
  const largest = want.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (let i = 0; i < want.length; i++) {
    if (!(Math.abs(got[i] - want[i]) <= 6e-6 * largest))
      expect.fail(`${what}: element ${i} is ${got[i]}, not ${want[i]} (largest ${largest})`);
  }
}

/** Bytes of the kernels' working memory that are overwritten before each map: none of them may count what it finds there. */
const poisonedBytes = 6 << 20;
/** Every number of it is NaN. */
const poison = 0xff;

function poisonScratch(): void {
  const start = scratch(poisonedBytes);
  views().u8.fill(poison, start, start + poisonedBytes);
}

/** Compares all three maps with naive loops in float64. */
export function expectThreeMaps(maps: ThreeMaps, random: Random, s: ConvolutionSizes): void {
  clearPlaces();
  const operands = operandsOf(random, s);
  const lengths = lengthsOf(s);
  const want = { x: new Float64Array(lengths.x), weight: new Float64Array(lengths.weight), y: new Float64Array(lengths.y) };
  const [x, weight, y] = [operands.x, operands.weight, operands.y].map((values) => Float64Array.from(values));
  forEachRun(s, (i, iStep, j, jStep, k, count) => {
    let sum = 0;
    for (let c = 0; c < count; c++, i += iStep, j += jStep) {
      sum += x[i] * weight[j];
      want.x[i] += y[k] * weight[j];
      want.weight[j] += x[i] * y[k];
    }
    want.y[k] += sum;
  });
  const places = placesOf(operands);
  const what = JSON.stringify(s);
  const directions = [
    { name: 'conv', from: 'x', to: 'y', run: maps.forward },
    { name: 'convInput', from: 'y', to: 'x', run: maps.input },
  ] as const;
  for (const { name, from, to, run } of directions) {
    const channels = s.groups * (to === 'y' ? s.outChannels : s.inChannels);
    const bias = random.values('float32', channels);
    const volume = lengths[to] / (s.batch * channels);
    const result = room('float32', lengths[to]);
    poisonScratch();
    run(places[from], places.weight, 0, result, s);
    expectNear(read('float32', result, lengths[to]), want[to], `${name} ${what}`);
    poisonScratch();
    run(places[from], places.weight, place('float32', bias), result, s);
    const biased = want[to].map((value, i) => value + bias[Math.floor(i / volume) % channels]);
    expectNear(read('float32', result, lengths[to]), biased, `${name} with bias ${what}`);
  }
  const result = room('float32', lengths.weight);
  poisonScratch();
  maps.weight(places.x, places.y, result, s);
  expectNear(read('float32', result, lengths.weight), want.weight, `convWeight ${what}`);
}

/** Calculates y, x and weight from random operands. */
function resultsOf({ forward, input, weight }: ThreeMaps, s: ConvolutionSizes): number[][] {
  clearPlaces();
  const lengths = lengthsOf(s);
  const places = placesOf(operandsOf(new Random('results'), s));
  const results = { y: room('float32', lengths.y), x: room('float32', lengths.x), weight: room('float32', lengths.weight) };
  forward(places.x, places.weight, 0, results.y, s);
  input(places.y, places.weight, 0, results.x, s);
  weight(places.x, places.y, results.weight, s);
  return [
    [...read('float32', results.y, lengths.y)],
    [...read('float32', results.x, lengths.x)],
    [...read('float32', results.weight, lengths.weight)],
  ];
}

/** Float32 convolutions of these sizes run these maps: the results are the same to the bit. */
export function expectUsual(maps: ThreeMaps, s: ConvolutionSizes): void {
  expect(resultsOf(usualMaps, s)).to.deep.equal(resultsOf(maps, s));
}

/** The results are the same to the bit on 1, 2, 3 and 8 threads. */
export function expectBitsOnAnyThreads(maps: ThreeMaps, s: ConvolutionSizes): void {
  expectSameOnAnyThreads(() => resultsOf(maps, s), JSON.stringify(s));
}
