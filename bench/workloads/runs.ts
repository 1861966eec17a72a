import { inferenceMode, manualSeed, Parameter, rand, randint, randn, StateBuffer, type Tensor } from '@convgrad/core';
import { crossEntropy } from '@convgrad/nn';
import { Adam } from '@convgrad/optim';
import { layers } from './layers.ts';
import { layerNames, type NetSize, netSize, type Task } from './names.ts';
import { makeNet } from './nets.ts';

/**
 * What is timed: one pass of a workload on random numbers, through the public functions, everything included. A layer's operands lie where
 * those of a layer in a net do: kernels get ordinary arrays, such as a batch of images, through a copy.
 */
export function runOf({ workload, pass }: Task): () => void {
  manualSeed(0);
  const size = netSize(workload);
  if (size !== null) return pass === 'inference' ? inference(size) : trainingStep(size);
  const name = layerNames.find((known) => known === workload);
  if (name === undefined) throw new RangeError(`there is no workload '${workload}'`);
  const { leaves, output, compute } = layers[name];
  const inputs = leaves.map((shape) => new Parameter(randn(shape).mul(0.5)));
  if (pass === 'forward') {
    return () => {
      inferenceMode(() => {
        readOnce(compute(...inputs));
      });
    };
  }
  const gradOutput = new StateBuffer(randn(output));
  return () => {
    for (const input of inputs) input.grad = null;
    const result = compute(...inputs);
    readOnce(result);
    result.backward(gradOutput);
  };
}

/**
 * Reads the first element by one more function, as in a net the next layer reads all: a large result that nothing has read is copied
 * out for whoever holds it when its memory is recycled, which takes longer than many a layer.
 */
function readOnce(result: Tensor): void {
  result.flatten().narrow(0, 0, 1);
}

function batchOf({ batch, side }: NetSize): [images: Tensor, labels: Tensor] {
  return [rand([batch, 1, side, side]), randint(0, 10, [batch])];
}

function trainingStep(size: NetSize): () => void {
  const net = makeNet(size);
  const optimizer = new Adam(net.parameters(), { lr: 1e-3 });
  const [images, labels] = batchOf(size);
  return () => {
    optimizer.zeroGrad();
    crossEntropy(net.forward(images), labels).backward();
    optimizer.step();
  };
}

function inference(size: NetSize): () => void {
  const net = makeNet(size).eval();
  const [images] = batchOf(size);
  return () => {
    inferenceMode(() => {
      net.forward(images);
    });
  };
}
