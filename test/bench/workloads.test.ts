import { readFileSync } from 'node:fs';
import { inferenceMode, randn } from '@convgrad/core';
import { expect } from 'chai';
import { costOf } from '../../bench/workloads/costs.ts';
import { layers } from '../../bench/workloads/layers.ts';
import { growthName, layerNames, netSize, tasks } from '../../bench/workloads/names.ts';
import { runOf } from '../../bench/workloads/runs.ts';

describe('the workloads of the ruler', () => {
  it('give what they say', () => {
    for (const name of layerNames) {
      const { leaves, output, compute } = layers[name];
      const shape = inferenceMode(() => compute(...leaves.map((leaf) => randn(leaf))).shape);
      expect(shape, name).to.deep.equal(output);
    }
  });

  it('run, each pass', () => {
    const passes = tasks.filter(({ workload }) => /^(relu-maxpool|depthwise|lenet-b1|separable-net-b1|deform-net-b1)$/.test(workload));
    for (const task of [...passes, { workload: growthName({ batch: 2, side: 14, channels: 8 }), pass: 'step' } as const]) runOf(task)();
    expect(passes).to.have.length(8);
  });

  it('have costs', () => {
    for (const task of tasks) {
      const { multiplyAdds, bytes } = costOf(task);
      expect(bytes, task.workload).to.be.above(0);
      if (!/pool/.test(task.workload)) expect(multiplyAdds, task.workload).to.be.above(0);
    }
    const numbers = 16 * 64 * 28 * 28;
    expect(costOf({ workload: 'conv3x3', pass: 'forward' })).to.deep.equal({
      multiplyAdds: 64 * 9 * numbers,
      bytes: 4 * (2 * numbers + 64 * 64 * 9 + 64),
    });
    // Two convolutions and three linear layers, an image: the first convolution has no gradient by its input.
    const [first, rest] = [6 * 25 * 28 * 28, 16 * 150 * 10 * 10 + 400 * 120 + 120 * 84 + 84 * 10];
    expect(costOf({ workload: 'lenet-b1', pass: 'inference' }).multiplyAdds).to.equal(first + rest);
    expect(costOf({ workload: 'lenet-b1', pass: 'step' }).multiplyAdds).to.equal(2 * first + 3 * rest);
  });

  it('are named by net and size', () => {
    expect(netSize('lenet-b16')).to.deep.equal({ net: 'lenet', batch: 16, side: 28, channels: 0 });
    expect(netSize(growthName({ batch: 4, side: 56, channels: 8 }))).to.deep.equal({ net: 'growth', batch: 4, side: 56, channels: 8 });
    expect(netSize('conv3x3')).to.equal(null);
    expect(netSize('resnet-b4')).to.equal(null);
  });

  it('are known to PyTorch by the same names', () => {
    const source = (name: string) => readFileSync(new URL(`../../bench/peers/${name}`, import.meta.url), 'utf8');
    for (const name of layerNames) expect(source('torch_layers.py'), name).to.include(`"${name}":`);
  });
});
