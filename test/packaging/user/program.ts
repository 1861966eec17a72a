// A user's file, checked against the declarations in the unpacked packages.
import { grad, ShapeError, type Tensor, tensor } from '@convgrad/core';
import { DataLoader, TensorDataset } from '@convgrad/data';
import { Linear, Sequential } from '@convgrad/nn';
import { SGD } from '@convgrad/optim';

const model = new Sequential(new Linear(2, 3), new Linear(3, 1));
const optimizer = new SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });

export function step(x: Tensor, target: Tensor): number {
  optimizer.zeroGrad();
  const loss = model.forward(x).sub(target).square().mean();
  loss.backward();
  optimizer.step();
  return loss.item();
}

export function gradientOfSquare(value: number): number {
  const x = tensor([value], { requiresGrad: true });
  const [gradient] = grad(x.mul(x).sum(), [x]);
  return gradient?.item() ?? 0;
}

export function epoch(inputs: Tensor, targets: Tensor): void {
  for (const [x, target] of new DataLoader(new TensorDataset(inputs, targets), { batchSize: 4, shuffle: true })) {
    try {
      step(x, target);
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error;
    }
  }
}

// @ts-expect-error: a learning rate is a number, or an expression of the epoch where a schedule takes one
export const wrong = new SGD(model.parameters(), { lr: [0.1] });
