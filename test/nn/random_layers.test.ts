import { ConvgradError } from '@convgrad/core';
import * as nn from '@convgrad/nn';
import { expect } from 'chai';
import fc from 'fast-check';
import { count, mostly, numbersOf, padding, paddingMode, pairsOf, perDimension } from './random_options.ts';

/** Options of a layer as a careless caller might give them. */
const calls = fc.integer({ min: 1, max: 3 }).chain((dims) =>
  fc.record({
    dims: fc.constant(dims),
    inChannels: count(1, 6),
    outChannels: count(1, 6),
    kernelSize: perDimension(dims, 1, 3),
    stride: perDimension(dims, 1, 3),
    dilation: perDimension(dims, 1, 3),
    padding: padding(dims, 2),
    paddingMode,
    groups: count(1, 3),
    depthMultiplier: count(1, 2),
    midChannels: count(1, 6),
    outputPadding: mostly(fc.constant(0), perDimension(dims, 0, 2), 3),
    offsetGroups: count(1, 3),
    offsetWarning: mostly(fc.constant(null), fc.constantFrom(3, 0, -1, Number.NaN)),
  }),
);

type Call = typeof calls extends fc.Arbitrary<infer T> ? T : never;

/** Sizes of parameters are counted in 31 bits. */
const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 1 && value < 2 ** 31;
const divides = (groups: unknown, ...channels: readonly unknown[]) =>
  isCount(groups) && channels.every((entry) => isCount(entry) && entry % groups === 0);

/** Whether what every layer takes is right. */
function fits({ dims, inChannels, outChannels, kernelSize, stride, dilation, ...call }: Call): boolean {
  const lists = [kernelSize, stride, dilation].map((value) => numbersOf(value, dims, 1));
  const ones = new Array<number>(dims).fill(1);
  const modes: readonly unknown[] = ['zeros', 'reflect', 'replicate', 'circular'];
  const hasKernel = lists[0]?.every(isCount) ?? false;
  const padded = pairsOf(call.padding, ones, ones, ones, ones);
  return (
    isCount(inChannels) && isCount(outChannels) && hasKernel && !lists.includes(null) && padded !== null && modes.includes(call.paddingMode)
  );
}

interface Kind {
  readonly layers: Readonly<Record<number, new (...args: never[]) => nn.ConvLayer>>;
  readonly args: (call: Call) => readonly unknown[];
  readonly isRight: (call: Call) => boolean;
}

const usual = ({ inChannels, outChannels, kernelSize, ...options }: Call, ...more: readonly (keyof Call)[]) => {
  const { stride, dilation, padding: rows, paddingMode: mode, groups } = options;
  const chosen = Object.fromEntries(more.map((name) => [name, Reflect.get(options, name)]));
  return [inChannels, outChannels, kernelSize, { stride, dilation, padding: rows, paddingMode: mode, groups, ...chosen }];
};
const grouped = (call: Call) => fits(call) && divides(call.groups, call.inChannels, call.outChannels);
const isRule = ({ padding: rows }: Call) => rows === 'same' || rows === 'causal';

function outputFits({ dims, outputPadding, stride, dilation }: Call): boolean {
  const [extra, steps, gaps] = [numbersOf(outputPadding, dims, 0), numbersOf(stride, dims, 1), numbersOf(dilation, dims, 1)];
  if (extra === null || steps === null || gaps === null) return false;
  return extra.every((rows, dim) => rows < Math.max(steps[dim], gaps[dim]));
}

const kinds: Readonly<Record<string, Kind>> = {
  Conv: { layers: { 1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d }, args: (call) => usual(call), isRight: grouped },
  ConvTranspose: {
    layers: { 1: nn.ConvTranspose1d, 2: nn.ConvTranspose2d, 3: nn.ConvTranspose3d },
    args: (call) => usual(call, 'outputPadding'),
    isRight: (call) => grouped(call) && !isRule(call) && outputFits(call),
  },
  ShuffledGroupConv: {
    layers: { 1: nn.ShuffledGroupConv1d, 2: nn.ShuffledGroupConv2d, 3: nn.ShuffledGroupConv3d },
    args: (call) => usual(call),
    isRight: grouped,
  },
  SpatiallySeparableConv: {
    layers: { 2: nn.SpatiallySeparableConv2d, 3: nn.SpatiallySeparableConv3d },
    args: (call) => usual(call, 'midChannels'),
    isRight: (call) => grouped(call) && divides(call.groups, call.midChannels),
  },
  DepthwiseSeparableConv: {
    layers: { 1: nn.DepthwiseSeparableConv1d, 2: nn.DepthwiseSeparableConv2d, 3: nn.DepthwiseSeparableConv3d },
    args: ({ groups: _, ...call }) => usual({ ...call, groups: undefined }, 'depthMultiplier'),
    isRight: (call) => fits(call) && isCount(call.depthMultiplier),
  },
  PackedDeformConv: {
    layers: { 1: nn.PackedDeformConv1d, 2: nn.PackedDeformConv2d, 3: nn.PackedDeformConv3d },
    args: ({ paddingMode: _, ...call }) => usual({ ...call, paddingMode: undefined }, 'offsetGroups', 'offsetWarning'),
    isRight: (call) => {
      const warns = call.offsetWarning === null || call.offsetWarning > 0;
      return grouped({ ...call, paddingMode: 'zeros' }) && divides(call.offsetGroups, call.inChannels) && warns;
    },
  },
};

describe('thousands of random options make a layer or a typed error with the numbers:', () => {
  for (const [name, { layers, args, isRight }] of Object.entries(kinds)) {
    it(name, () => {
      const runs = 600;
      let [right, refused] = [0, 0];
      const property = (call: Call): void => {
        const Layer = layers[call.dims];
        try {
          const layer = Reflect.construct(Layer, args(call));
          expect(layer).to.be.instanceOf(nn.ConvLayer);
        } catch (error) {
          if (!(error instanceof ConvgradError)) throw error;
          expect(isRight(call), `refused, and should not be: ${error.message}`).to.equal(false);
          expect(error.message).to.match(/^\w+: .*(\d|'|NaN|Infinity|null|object)/);
          refused++;
          return;
        }
        expect(isRight(call), 'must be refused').to.equal(true);
        right++;
      };
      const known = calls.filter(({ dims }) => dims in layers);
      fc.assert(fc.property(known, property), { seed: 21, numRuns: runs });
      expect(right).to.be.greaterThan(runs / 20);
      expect(refused).to.be.greaterThan(runs / 8);
    });
  }
});
