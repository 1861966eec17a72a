import {
  argmax,
  cat,
  cumsum,
  type DType,
  type FloatDType,
  Generator,
  gather,
  grad,
  logSumExp,
  manualSeed,
  matmul,
  randint,
  randn,
  softmax,
  sort,
  type Tensor,
  where,
} from '@convgrad/core';
import {
  avgPool2d,
  type ConvOptions,
  conv1d,
  conv2d,
  conv3d,
  convTranspose2d,
  crossEntropy,
  deformConv2d,
  gridSample,
  maxPool2d,
} from '@convgrad/nn';
import { Adam, SGD } from '@convgrad/optim';
import { models } from '../../../examples/mnist/models.ts';

/** Makes tensors, always the same. */
export type Work = () => readonly Tensor[];

/** y and its gradients for a cotangent that is no constant. */
function withGradients(inputs: readonly Tensor[], run: () => Tensor): Work {
  return () => {
    const y = run().keep();
    return [y, ...grad(y.square().sum(), [...inputs]).filter((gradient) => gradient !== null)];
  };
}

function trainingSteps(name: keyof typeof models, images: Tensor, labels: Tensor, rule: 'adam' | 'sgd'): Work {
  return () => {
    manualSeed(5);
    const model = models[name]();
    model.to(images.dtype === 'float64' ? 'float64' : 'float32');
    const parameters = model.parameters();
    const optimizer = rule === 'adam' ? new Adam(parameters, { lr: 1e-3 }) : new SGD(parameters, { lr: 0.01, momentum: 0.9 });
    const losses: Tensor[] = [];
    for (let step = 0; step < 2; step++) {
      optimizer.zeroGrad();
      const loss = crossEntropy(model.forward(images), labels);
      loss.backward();
      optimizer.step();
      losses.push(loss);
    }
    return [...losses, ...parameters];
  };
}

/** Something of every family of kernels, by name, always with the same operands. */
export function works(dtype: FloatDType = 'float32'): Readonly<Record<string, Work>> {
  const generator = new Generator(3);
  const normal = (...shape: number[]): Tensor => randn(shape, { generator, dtype });
  const leaf = (...shape: number[]): Tensor => randn(shape, { generator, dtype, requiresGrad: true });
  const labels = (count: number): Tensor => randint(0, 10, [count], { generator });
  const convolution = (rank: 1 | 2 | 3, x: readonly number[], weight: readonly number[], options: ConvOptions): Work => {
    const run = { 1: conv1d, 2: conv2d, 3: conv3d }[rank];
    const [image, kernel, bias] = [leaf(...x), leaf(...weight), leaf(weight[0] ?? 0)];
    return withGradients([image, kernel, bias], () => run(image, kernel, bias, options));
  };
  const large = normal(400, 1000);
  const [small, up] = [leaf(8, 32, 14, 14), leaf(32, 24, 4, 4)];
  const [image, kernel, grid] = [leaf(6, 16, 20, 20), leaf(24, 16, 3, 3), leaf(6, 20, 20, 2)];
  const [offset, mask, bias] = [leaf(6, 18, 20, 20), leaf(6, 9, 20, 20), leaf(24)];
  const [left, right] = [leaf(300, 260), leaf(260, 280)];
  const [column, row] = [leaf(700, 1), leaf(1, 600)];
  const pooled = leaf(8, 16, 40, 40);
  const logits = leaf(500, 300);
  const batches = [normal(24, 40, 50), normal(24, 50, 30)] as const;
  const indices = randint(0, 400, [600, 1000], { generator });
  const integers = randint(-50, 50, [300, 1000], { generator });
  const double = large.to('float64');
  return {
    'a training step of LeNet-5 (Adam)': trainingSteps('lenet', normal(32, 1, 28, 28), labels(32), 'adam'),
    'a training step of the CNN (SGD)': trainingSteps('cnn', normal(16, 1, 28, 28), labels(16), 'sgd'),
    'convolution, 3x3': convolution(2, [8, 24, 28, 28], [32, 24, 3, 3], { padding: 1 }),
    'convolution, pointwise': convolution(2, [8, 64, 20, 20], [64, 64, 1, 1], {}),
    'convolution, strided': convolution(2, [8, 16, 33, 31], [24, 16, 3, 3], { stride: 2, padding: 1 }),
    'convolution, dilated': convolution(2, [8, 16, 28, 28], [24, 16, 3, 3], { dilation: 2, padding: 2 }),
    'convolution, grouped': convolution(2, [8, 32, 28, 28], [32, 8, 3, 3], { groups: 4, padding: 1 }),
    'convolution, depthwise': convolution(2, [8, 32, 28, 28], [32, 1, 3, 3], { groups: 32, padding: 1 }),
    'convolution, 5x5 on few channels': convolution(2, [32, 1, 28, 28], [6, 1, 5, 5], { padding: 2 }),
    'convolution, 1-D': convolution(1, [16, 32, 256], [32, 32, 3], { padding: 1 }),
    'convolution, 3-D': convolution(3, [4, 8, 12, 12, 12], [8, 8, 3, 3, 3], { padding: 1 }),
    'convolution, transposed': withGradients([small, up], () => convTranspose2d(small, up, null, { stride: 2, padding: 1 })),
    'convolution, deformable': withGradients([image, offset, mask, kernel, bias], () =>
      deformConv2d(image, offset, kernel, bias, mask, { padding: 1 }),
    ),
    'deformable convolution, recorded': () =>
      grad(deformConv2d(image, offset, kernel, null, null, { padding: 1 }).sum(), [image, offset, kernel], { createGraph: true }),
    'grid sampling': withGradients([image, grid], () => gridSample(image, grid)),
    'matrix product': withGradients([left, right], () => matmul(left, right)),
    'products of a batch of matrices': () => [matmul(...batches)],
    'broadcast arithmetic': withGradients([column, row], () => column.mul(row).add(column).div(row.square().add(1))),
    'max pooling': withGradients([pooled], () => maxPool2d(pooled, 2)),
    'overlapping max pooling': withGradients([pooled], () => maxPool2d(pooled, 3, { stride: 2, padding: 1 })),
    'average pooling': withGradients([pooled], () => avgPool2d(pooled, 3, { stride: 2, padding: 1 })),
    softmax: withGradients([logits], () => softmax(logits, 1)),
    'log of a sum of exponentials': withGradients([logits], () => logSumExp(logits, 0)),
    'sums and extremes': () => [large.sum(), large.sum(0), large.sum(1), large.prod(1), large.max(), large.min(), large.mean(0)],
    'sums in float64': () => [double.sum(), double.sum(0), double.sum(1)],
    'sums of integers': () => [integers.sum(), integers.sum(0), integers.sum(1)],
    'running sums and positions': () => [cumsum(large, 0), cumsum(large, 1), argmax(large, 0), argmax(large, 1)],
    sorting: () => {
      const { values, indices: order } = sort(large, 1);
      return [values, order];
    },
    'choice, comparison, copies': () => [where(large.gt(0), large, large.neg()), cat([large, large], 1), large.transpose(0, 1).clone()],
    'functions of one argument': () => [large.exp(), large.tanh(), large.sigmoid(), large.sin(), large.erf()],
    'picking rows': () => [gather(large, 0, indices), large.indexSelect(0, randint(0, 400, [700], { generator: new Generator(1) }))],
    'casts and tests': () => [...(['float64', 'int32', 'uint8'] as const).map((dtype: DType) => large.mul(3).to(dtype)), large.isNaN()],
  };
}
