/** The layers that are timed. */
export const layerNames = [
  'conv3x3',
  'conv3x3-128',
  'conv3x3-256',
  'pointwise',
  'depthwise',
  'depthwise-separable',
  'grouped8',
  'dilated2',
  'transposed',
  'spatially-separable',
  'deform-v1',
  'deform-v2',
  'conv3d',
  'conv1d',
  'linear',
  'relu-maxpool',
  'gemm1024',
  'conv5x5',
  'conv3x3-stride2',
  'conv3x3-stride2-4x4',
  'conv3x3-2x2',
  'pointwise-2x2',
  'whole-image',
  'depthwise-stride2',
  'depthwise5x5',
  'depthwise7x7',
  'avgpool',
] as const;
export type LayerName = (typeof layerNames)[number];

/** Layers that are timed when `--only` names them: larger kernels, strides and tiny images, as the ends of nets have them. */
export const otherLayerNames: readonly LayerName[] = layerNames.slice(layerNames.indexOf('conv5x5'));

/** The nets that are trained. */
export const netNames = ['lenet', 'cnn', 'separable-net', 'deform-net'] as const;
export type NetName = (typeof netNames)[number];

/** Training steps, by net and batch. */
export const stepNames = ['lenet-b1', 'lenet-b16', 'lenet-b64', 'lenet-b256', 'cnn-b64', 'separable-net-b64', 'deform-net-b64'] as const;
const inferenceNames = netNames.flatMap((net) => [`${net}-b1`, `${net}-b64`]);

/** What of a workload is run. */
export type Pass = 'forward' | 'forward+backward' | 'step' | 'inference';

/** One line of the table: a workload and the pass that is timed. */
export interface Task {
  readonly workload: string;
  readonly pass: Pass;
}

/** Everything that the table may hold, in its order. */
export const tasks: readonly Task[] = [
  ...layerNames.flatMap((workload): Task[] => [
    { workload, pass: 'forward' },
    ...(workload === 'gemm1024' ? [] : [{ workload, pass: 'forward+backward' } as const]),
  ]),
  ...stepNames.map((workload): Task => ({ workload, pass: 'step' })),
  ...inferenceNames.map((workload): Task => ({ workload, pass: 'inference' })),
];

/** The names that `--only` knows. */
export const workloadNames: readonly string[] = [...new Set(tasks.map(({ workload }) => workload))];

/** Those that are timed without it. */
export const usualNames: readonly string[] = workloadNames.filter((name) => !otherLayerNames.some((other) => other === name));

/** A net of a size: `lenet-b16`, or `growth-b16-s28-c32` for a net made to measure. */
export interface NetSize {
  readonly net: NetName | 'growth';
  readonly batch: number;
  /** Height and width of the images. */
  readonly side: number;
  /** Channels of the net made to measure. */
  readonly channels: number;
}

/** Reads the name of a net's workload; null for that of a layer. */
export function netSize(workload: string): NetSize | null {
  const [, batch, side, channels] = /^growth-b(\d+)-s(\d+)-c(\d+)$/.exec(workload) ?? [];
  if (channels !== undefined) return { net: 'growth', batch: Number(batch), side: Number(side), channels: Number(channels) };
  const [, name, count] = /^(.+)-b(\d+)$/.exec(workload) ?? [];
  const net = netNames.find((known) => known === name);
  return net === undefined ? null : { net, batch: Number(count), side: 28, channels: 0 };
}

/** The name of a step of the net made to measure. */
export function growthName({ batch, side, channels }: Omit<NetSize, 'net'>): string {
  return `growth-b${batch}-s${side}-c${channels}`;
}
