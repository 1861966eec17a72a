// Times the heavy kernels, one thread, float32, against the multiply-add peak of the same minute. Rates count
// a direct convolution's products, so where Winograd's algorithm serves they can exceed the peak. A filter takes some:
//   npx tsx --conditions=@convgrad/source bench/kernels.ts conv
import Table from 'cli-table3';
import { backend, instructionSet } from '../packages/core/src/kernels/module.ts';
import { setNumThreads } from '../packages/core/src/kernels/threads/count.ts';
import { cnn, convolutions, deformable, lenet, linear, product, type Step, type Workload } from './kernel_workloads.ts';
import { Ruler } from './ruler.ts';
import { median } from './statistics.ts';

setNumThreads(1);

const rounds = 15;
/** Short workloads are repeated within a sample until it takes about this long. */
const sampleMilliseconds = 4;

const filter = process.argv[2] ?? '';
const image = { batch: 16, inChannels: 64, outChannels: 64, size: 28 };
const single: Workload[] = [
  product('GEMM 1024', 1024, 1024, 1024),
  product('GEMM 1024, transposed a', 1024, 1024, 1024, { transposeA: true }),
  product('GEMM 1024, transposed b', 1024, 1024, 1024, { transposeB: true }),
  product('GEMM 256', 256, 256, 256),
  ...convolutions('conv 3x3 64-64, 28x28', { ...image, kernel: 3, padding: 1 }),
  ...convolutions('stride 2', { ...image, kernel: 3, padding: 1, stride: 2 }),
  ...convolutions('dilation 2', { ...image, kernel: 3, padding: 2, dilation: 2 }),
  ...convolutions('kernel 4, stride 2', { ...image, kernel: 4, padding: 1, stride: 2 }),
  ...convolutions('pointwise', { ...image, kernel: 1 }),
  ...convolutions('8 groups', { ...image, kernel: 3, padding: 1, groups: 8 }),
  ...convolutions('depthwise', { ...image, kernel: 3, padding: 1, groups: 64 }),
  ...convolutions('depthwise 14x14', { batch: 64, inChannels: 32, outChannels: 32, size: 14, kernel: 3, padding: 1, groups: 32 }),
  ...convolutions('depthwise 7x7', { batch: 64, inChannels: 64, outChannels: 64, size: 7, kernel: 3, padding: 1, groups: 64 }),
  ...convolutions('depthwise 112x112', { batch: 1, inChannels: 32, outChannels: 32, size: 112, kernel: 3, padding: 1, groups: 32 }),
  ...convolutions('depthwise, kernel 5', { ...image, kernel: 5, padding: 2, groups: 64 }),
  ...convolutions('depthwise, kernel 7', { ...image, kernel: 7, padding: 3, groups: 64 }),
  ...convolutions('depthwise, stride 2', { ...image, kernel: 3, padding: 1, stride: 2, groups: 64 }),
  ...convolutions('depthwise, dilation 2', { ...image, kernel: 3, padding: 2, dilation: 2, groups: 64 }),
  ...convolutions('depthwise, multiplier 2', { ...image, outChannels: 128, kernel: 3, padding: 1, groups: 64 }),
  ...convolutions('conv 3x3 128-128, 14x14', { batch: 16, inChannels: 128, outChannels: 128, size: 14, kernel: 3, padding: 1 }),
  ...convolutions('conv 3x3 256-256, 7x7', { batch: 16, inChannels: 256, outChannels: 256, size: 7, kernel: 3, padding: 1 }),
  ...deformable('deformable 64-64, 28x28', 16, 64, 64, 28),
  ...deformable('deformable 16-32, 14x14', 64, 16, 32, 14),
  ...deformable('deformable 32-64, 7x7', 64, 32, 64, 7),
  ...linear('linear 3136-128, batch 64', 64, 3136, 128),
];
const steps: Step[] = [lenet(16), lenet(64), cnn(64)];

const ruler = new Ruler();

interface Timed {
  readonly milliseconds: number;
  readonly best: number;
  /** Of the peak measured around each sample. */
  readonly share: number;
}

function time(workloads: readonly Workload[]): Timed[] {
  const repeats = workloads.map((workload) => {
    for (let i = 0; i < 3; i++) workload.run();
    const start = performance.now();
    workload.run();
    return Math.max(1, Math.round(sampleMilliseconds / (performance.now() - start)));
  });
  const samples: { readonly milliseconds: number; readonly share: number }[][] = workloads.map(() => []);
  for (let round = 0; round < rounds; round++) {
    workloads.forEach((workload, i) => {
      const before = ruler.measure();
      const count = repeats[i] ?? 1;
      const start = performance.now();
      for (let repeat = 0; repeat < count; repeat++) workload.run();
      const milliseconds = (performance.now() - start) / count;
      const peak = (before + ruler.measure()) / 2;
      samples[i]?.push({ milliseconds, share: workload.products / (milliseconds / 1000) / peak });
    });
  }
  return samples.map((timed) => {
    const milliseconds = timed.map((sample) => sample.milliseconds);
    return { milliseconds: median(milliseconds), best: Math.min(...milliseconds), share: median(timed.map((sample) => sample.share)) };
  });
}

function print(title: string, workloads: readonly Workload[], total: boolean): void {
  const timed = time(workloads);
  const table = new Table({
    head: [title, 'ms', 'GFLOP/s', 'of the peak', 'best ms', 'of the best peak'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  });
  workloads.forEach(({ name, products }, i) => {
    const { milliseconds, best, share } = timed[i] ?? { milliseconds: Number.NaN, best: Number.NaN, share: Number.NaN };
    const rate = (2 * products) / milliseconds / 1e6;
    const bestShare = products / (best / 1000) / ruler.best;
    table.push([name, milliseconds.toFixed(3), rate.toFixed(1), percent(share), best.toFixed(3), percent(bestShare)]);
  });
  if (total) {
    const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0).toFixed(3);
    table.push(['sum', sum(timed.map(({ milliseconds }) => milliseconds)), '', '', sum(timed.map(({ best }) => best)), '']);
  }
  console.log(table.toString());
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}

const chosen = single.filter(({ name }) => name.includes(filter));
if (chosen.length > 0) print(`one kernel (${backend()}, ${instructionSet()})`, chosen, false);
for (const { name, workloads } of steps) {
  if (name.includes(filter)) print(name, workloads, true);
}
const peaks = new Table({ head: ['register tile', 'GFLOP/s'], colAligns: ['left', 'right'], style: { head: [], border: [] } });
peaks.push(...ruler.tiles().map(({ name, rate }) => [name, ((2 * rate) / 1e9).toFixed(1)]));
console.log(peaks.toString());
