import { inspect } from 'node:util';
import type { Tensor } from '@convgrad/core';
import {
  AvgPool1d,
  AvgPool2d,
  Conv1d,
  Conv2d,
  Conv3d,
  CrossEntropyLoss,
  Dropout,
  Embedding,
  Flatten,
  Identity,
  Linear,
  MaxPool2d,
  MaxPool3d,
  Module,
  MSELoss,
  ReLU,
  Sequential,
} from '@convgrad/nn';
import { expect } from 'chai';

describe('a printed module', () => {
  it('is laid out as PyTorch prints it', () => {
    const model = new Sequential(
      new Conv2d(1, 6, 5, { padding: 2 }),
      new ReLU(),
      new Sequential({ pool: new MaxPool2d(2), flatten: new Flatten() }),
      new Linear(1176, 10, { bias: false }),
    );
    const text = [
      'Sequential(',
      '  (0): Conv2d(1, 6, kernelSize=[5, 5], stride=[1, 1], padding=[2, 2])',
      '  (1): ReLU()',
      '  (2): Sequential(',
      '    (pool): MaxPool2d(kernelSize=2, stride=2, padding=0, dilation=1, ceilMode=false)',
      '    (flatten): Flatten(startDim=1, endDim=-1)',
      '  )',
      '  (3): Linear(inFeatures=1176, outFeatures=10, bias=false)',
      ')',
    ].join('\n');
    expect(String(model)).to.equal(text);
    expect(inspect(model)).to.equal(text);
    expect(inspect({ model }, { depth: 0 })).to.contain('Sequential');
  });

  it('leaves out the options of a convolution that have their defaults', () => {
    expect(String(new Conv1d(4, 8, 3))).to.equal('Conv1d(4, 8, kernelSize=[3], stride=[1])');
    expect(
      String(new Conv2d(4, 8, [3, 5], { stride: 2, padding: 'same', dilation: [1, 2], groups: 2, bias: false, paddingMode: 'circular' })),
    ).to.equal('Conv2d(4, 8, kernelSize=[3, 5], stride=[2, 2], padding=same, dilation=[1, 2], groups=2, bias=false, paddingMode=circular)');
    expect(String(new Conv3d(1, 1, 1, { padding: [[1, 0], 2, 0] }))).to.equal(
      'Conv3d(1, 1, kernelSize=[1, 1, 1], stride=[1, 1, 1], padding=[[1, 0], [2, 2], [0, 0]])',
    );
  });

  it('prints the options of the other layers', () => {
    expect(String(new Embedding(10, 3))).to.equal('Embedding(10, 3)');
    expect(String(new Embedding(10, 3, { paddingIdx: -1 }))).to.equal('Embedding(10, 3, paddingIdx=9)');
    expect(String(new MaxPool3d([1, 2, 2], { padding: [0, 1, 1] }))).to.equal(
      'MaxPool3d(kernelSize=[1, 2, 2], stride=[1, 2, 2], padding=[0, 1, 1], dilation=1, ceilMode=false)',
    );
    expect(
      String(
        new AvgPool2d(3, {
          stride: 2,
          padding: [
            [0, 1],
            [1, 1],
          ],
        }),
      ),
    ).to.equal('AvgPool2d(kernelSize=3, stride=2, padding=[[0, 1], [1, 1]])');
    expect(String(new AvgPool1d(2, { padding: 'same' }))).to.equal('AvgPool1d(kernelSize=2, stride=2, padding=same)');
    expect(String(new Dropout(0.25))).to.equal('Dropout(p=0.25)');
    expect([new Identity(), new MSELoss(), new CrossEntropyLoss()].map(String)).to.deep.equal([
      'Identity()',
      'MSELoss()',
      'CrossEntropyLoss()',
    ]);
  });

  it('prints the options of a user before the children', () => {
    class Net extends Module {
      readonly layers = [new ReLU(), new ReLU()];
      forward(x: Tensor): Tensor {
        return x;
      }
      protected override extraRepr(): string {
        return 'depth=2\nname=net';
      }
    }
    expect(String(new Net())).to.equal('Net(\n  depth=2\n  name=net\n  (layers.0): ReLU()\n  (layers.1): ReLU()\n)');
  });
});
