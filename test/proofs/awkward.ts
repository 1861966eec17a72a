import type { Tensor } from '@convgrad/core';
import * as nn from '@convgrad/nn';
import { type ProofCase, sample, sampleBetween } from './case.ts';

/** What every function over images is proven with, in each rank: by name, so that none can be forgotten. */
type Awkward =
  | 'everything asymmetric'
  | 'groups with multiplier'
  | 'stride > kernel'
  | 'dilation'
  | 'one-pixel output'
  | 'batch 0'
  | 'batch 33';

/** A convolution over three dimensions; over fewer, the last entries count. */
interface Sizes {
  readonly batch?: number;
  readonly size: readonly number[];
  readonly kernel: readonly number[];
  readonly stride?: readonly number[];
  readonly dilation?: readonly number[];
  readonly padding?: readonly (readonly [number, number])[];
  readonly groups?: number;
  readonly offsetGroups?: number;
  /** Per group, in and out. */
  readonly channels?: readonly [number, number];
}

const awkward: Readonly<Record<Awkward, Sizes>> = {
  'everything asymmetric': {
    size: [2, 3, 4],
    kernel: [1, 2, 3],
    stride: [2, 1, 2],
    dilation: [1, 2, 1],
    padding: [
      [1, 0],
      [0, 1],
      [2, 1],
    ],
    channels: [2, 1],
  },
  'groups with multiplier': { size: [1, 2, 3], kernel: [1, 2, 2], groups: 2, offsetGroups: 2, channels: [1, 2] },
  'stride > kernel': { size: [2, 3, 5], kernel: [1, 1, 2], stride: [2, 2, 3] },
  dilation: { size: [1, 3, 5], kernel: [1, 2, 2], dilation: [2, 2, 3] },
  'one-pixel output': { batch: 2, size: [1, 2, 2], kernel: [1, 2, 2] },
  'batch 0': { batch: 0, size: [1, 2, 3], kernel: [1, 1, 2] },
  'batch 33': { batch: 33, size: [1, 1, 2], kernel: [1, 1, 2] },
};

const ranks = [1, 2, 3] as const;
type Rank = (typeof ranks)[number];

const last = <T>(list: readonly T[] | undefined, rank: Rank, missing: T): readonly T[] =>
  list === undefined ? new Array<T>(rank).fill(missing) : list.slice(-rank);

/** The sizes of a case in a rank, everything spelt out. */
function spelt({ batch = 1, groups = 1, offsetGroups = 1, channels = [1, 1], ...sizes }: Sizes, rank: Rank) {
  const options = {
    stride: last(sizes.stride, rank, 1),
    dilation: last(sizes.dilation, rank, 1),
    padding: last(sizes.padding, rank, [0, 0] as const),
  };
  const [size, kernel] = [last(sizes.size, rank, 1), last(sizes.kernel, rank, 1)];
  const outSize = size.map((length, dim) => {
    const [before, after] = options.padding[dim];
    return Math.floor((length + before + after - options.dilation[dim] * (kernel[dim] - 1) - 1) / options.stride[dim]) + 1;
  });
  const taps = kernel.reduce((product, length) => product * length, 1);
  return { batch, groups, offsetGroups, inChannels: channels[0], outChannels: channels[1], options, size, kernel, outSize, taps };
}

type Spelt = ReturnType<typeof spelt>;

/** The cases of one function. */
function eachCase(
  rank: Rank,
  cases: (sizes: Spelt) => readonly Omit<ProofCase, 'what'>[],
  versions: readonly string[] = [''],
): ProofCase[] {
  return Object.entries(awkward).flatMap(([what, sizes]) =>
    cases(spelt(sizes, rank)).map((proof, version) => ({ what: `${what}${versions[version]}`, ...proof })),
  );
}

const conv = { 1: nn.conv1d, 2: nn.conv2d, 3: nn.conv3d } as const;
const convTranspose = { 1: nn.convTranspose1d, 2: nn.convTranspose2d, 3: nn.convTranspose3d } as const;
const deformConv = { 1: nn.deformConv1d, 2: nn.deformConv2d, 3: nn.deformConv3d } as const;

function convolution(rank: Rank): ProofCase[] {
  return eachCase(rank, ({ batch, groups, inChannels, outChannels, size, kernel, options }) => [
    {
      f: (x, w, b) => conv[rank](x, w, b, { ...options, groups }),
      inputs: [
        sample(101, [batch, groups * inChannels, ...size]),
        sample(102, [groups * outChannels, inChannels, ...kernel]),
        sample(103, [groups * outChannels]),
      ],
    },
  ]);
}

/** From an image of the size that the convolution gives to one of the size that it takes. */
function transposed(rank: Rank): ProofCase[] {
  return eachCase(rank, ({ batch, groups, inChannels, outChannels, size, outSize, kernel, options }) => [
    {
      f: (x, w, b) => convTranspose[rank](x, w, b, { ...options, groups, outputSize: size }),
      inputs: [
        sample(104, [batch, groups * inChannels, ...outSize]),
        sample(105, [groups * inChannels, outChannels, ...kernel]),
        sample(106, [groups * outChannels]),
      ],
    },
  ]);
}

function deformable(rank: Rank): ProofCase[] {
  return eachCase(
    rank,
    ({ batch, groups, offsetGroups, inChannels, outChannels, size, outSize, kernel, taps, options }) => {
      const f = deformConv[rank];
      const inputs = [
        sample(107, [batch, groups * inChannels, ...size]),
        sampleBetween(108, [batch, rank * offsetGroups * taps, ...outSize]),
        sample(109, [groups * outChannels, inChannels, ...kernel]),
        sample(110, [groups * outChannels]),
      ];
      return [
        { f: (x, p, w, b) => f(x, p, w, b, null, options), inputs },
        { f: (x, p, w, b, m) => f(x, p, w, b, m, options), inputs: [...inputs, sample(111, [batch, offsetGroups * taps, ...outSize])] },
      ];
    },
    [', version 1', ', version 2'],
  );
}

function unfolded(rank: Rank): ProofCase[] {
  return eachCase(rank, ({ batch, groups, size, kernel, options }) => [
    { f: (x) => nn.unfold(x, kernel, options), inputs: [sample(112, [batch, groups, ...size])] },
  ]);
}

function folded(rank: Rank): ProofCase[] {
  return eachCase(rank, ({ batch, groups, size, outSize, kernel, taps, options }) => {
    const patches = outSize.reduce((product, length) => product * length, 1);
    return [{ f: (y) => nn.fold(y, size, kernel, options), inputs: [sample(113, [batch, groups * taps, patches])] }];
  });
}

/** Images of a size, sampled in another one: there are no kernels, groups or steps here. */
const resizings = {
  'everything asymmetric': { batch: 1, size: [2, 3, 4], outSize: [1, 2, 3] },
  larger: { batch: 1, size: [1, 3, 2], outSize: [2, 2, 5] },
  'one-pixel output': { batch: 2, size: [2, 3, 2], outSize: [1, 1, 1] },
  'one-pixel input': { batch: 2, size: [1, 1, 1], outSize: [1, 2, 2] },
  'batch 0': { batch: 0, size: [1, 2, 2], outSize: [1, 2, 3] },
  'batch 33': { batch: 33, size: [1, 1, 2], outSize: [1, 1, 1] },
} as const;

function gridded(rank: Rank): ProofCase[] {
  return Object.entries(resizings).flatMap(([what, { batch, size, outSize }]) => {
    // Positions on the seams between pixels, or at a border, are kinks: the seeds are such that there are none.
    const inputs = [sample(114, [batch, 2, ...size.slice(-rank)]), sample(115, [batch, ...outSize.slice(-rank), rank], -1.4, 1.4)];
    const nearest = inputs[1].detach();
    return [
      { what: `${rank} dimensions, ${what}`, f: (x: Tensor, grid: Tensor) => nn.gridSample(x, grid), inputs },
      {
        what: `${rank} dimensions, ${what}, nearest`,
        f: (x: Tensor) => nn.gridSample(x, nearest.to(x.dtype), { mode: 'nearest', paddingMode: 'border' }),
        inputs: [inputs[0]],
      },
    ];
  });
}

const linearModes = { 1: 'linear', 2: 'bilinear', 3: 'trilinear' } as const;

function resized(rank: Rank): ProofCase[] {
  return Object.entries(resizings).flatMap(([what, { batch, size, outSize }]) =>
    [{ mode: 'nearest' } as const, { mode: linearModes[rank], alignCorners: false }, { mode: linearModes[rank], alignCorners: true }].map(
      (options) => ({
        what: `${rank} dimensions, ${what}, ${options.mode}${'alignCorners' in options && options.alignCorners ? ', corners aligned' : ''}`,
        f: (x: Tensor) => nn.interpolate(x, { size: outSize.slice(-rank), ...options }),
        inputs: [sample(116, [batch, 2, ...size.slice(-rank)])],
      }),
    ),
  );
}

/** Rearrangements of images [N, C, spatial..], given the rest of the shape. */
function rearranged(f: (x: Tensor) => Tensor, shapes: Readonly<Record<string, readonly number[]>>): ProofCase[] {
  return Object.entries(shapes).flatMap(([what, shape]) =>
    [1, 0, 33].map((batch) => ({ what: `${what}, batch ${batch}`, f, inputs: [sample(117, [batch, ...shape])] })),
  );
}

/** Proof cases with awkward parameters; they add to those of the other files. */
export const awkwardCases: Readonly<Record<string, readonly ProofCase[]>> = {
  ...Object.fromEntries(
    ranks.flatMap((rank) => [
      [`conv${rank}d`, convolution(rank)],
      [`convTranspose${rank}d`, transposed(rank)],
      [`deformConv${rank}d`, deformable(rank)],
    ]),
  ),
  unfold: ranks.flatMap((rank) => unfolded(rank).map(({ what, ...proof }) => ({ what: `${rank} dimensions, ${what}`, ...proof }))),
  fold: ranks.flatMap((rank) => folded(rank).map(({ what, ...proof }) => ({ what: `${rank} dimensions, ${what}`, ...proof }))),
  gridSample: ranks.flatMap(gridded),
  interpolate: ranks.flatMap(resized),
  pixelShuffle: rearranged((x) => nn.pixelShuffle(x, 2), { 'a row': [8, 1, 3], 'one pixel': [4, 1, 1] }),
  pixelUnshuffle: rearranged((x) => nn.pixelUnshuffle(x, 2), { 'a row': [2, 2, 6], 'one pixel': [1, 2, 2] }),
  channelShuffle: rearranged((x) => nn.channelShuffle(x, 3), {
    'a sequence': [6, 2],
    'an image': [3, 1, 1],
    'a volume': [6, 1, 2, 1],
  }),
};
