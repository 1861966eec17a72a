import { inspect } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { arenaUsage, randn, type Tensor, tensor, zeros } from '@convgrad/core';
import {
  Conv2d,
  DepthwiseSeparableConv2d,
  Dropout,
  Embedding,
  Flatten,
  Linear,
  MaxPool2d,
  Module,
  PackedDeformConv2d,
  ReLU,
  Sequential,
  summary,
} from '@convgrad/nn';
import { expect } from 'chai';

function network(): Sequential {
  return new Sequential({
    conv: new Conv2d(1, 4, 3, { padding: 1 }),
    relu: new ReLU(),
    separable: new DepthwiseSeparableConv2d(4, 8, 3, { stride: 2, padding: 1 }),
    pool: new MaxPool2d(2),
    flatten: new Flatten(),
    fc: new Linear(8 * 2 * 2, 10),
  });
}

describe('summary', () => {
  it('lists every call of a module with its shape, parameters, multiply-adds and memory', () => {
    const { layers } = summary(network(), [2, 1, 8, 8]);
    expect(
      layers.map(({ path, type, depth, outputShapes, parameters, multiplyAdds, activationBytes }) => [
        path,
        type,
        depth,
        ...outputShapes,
        parameters,
        multiplyAdds,
        activationBytes,
      ]),
    ).to.deep.equal([
      ['', 'Sequential', 0, [2, 10], 0, null, 0],
      ['conv', 'Conv2d', 1, [2, 4, 8, 8], 40, 2 * 4 * 64 * 9, 2048],
      ['relu', 'ReLU', 1, [2, 4, 8, 8], 0, null, 2048],
      ['separable', 'DepthwiseSeparableConv2d', 1, [2, 8, 4, 4], 0, 0, 0],
      ['separable.depthwise', 'DepthwiseConv2d', 2, [2, 4, 4, 4], 36, 2 * 4 * 16 * 9, 512],
      ['separable.pointwise', 'PointwiseConv2d', 2, [2, 8, 4, 4], 40, 2 * 8 * 16 * 4, 1024],
      ['pool', 'MaxPool2d', 1, [2, 8, 2, 2], 0, null, 256],
      ['flatten', 'Flatten', 1, [2, 32], 0, null, 0],
      ['fc', 'Linear', 1, [2, 10], 330, 640, 80],
    ]);
  });

  it('adds up', () => {
    const model = network();
    model.namedModules().get('conv')?.requiresGrad_(false);
    const total = summary(model, [2, 1, 8, 8]);
    expect(total.parameters).to.equal(446);
    expect(total.trainableParameters).to.equal(406);
    expect(total.parameterBytes).to.equal(4 * 446);
    expect(total.multiplyAdds).to.equal(4608 + 1152 + 1024 + 640);
    expect(total.activationBytes).to.equal(2048 + 2048 + 512 + 1024 + 256 + 80);
    expect(summary(model.to('float64'), [2, 1, 8, 8]).activationBytes).to.equal(2 * total.activationBytes);
  });

  it('is printed as a table', () => {
    const model = network();
    model.namedModules().get('conv')?.requiresGrad_(false);
    const text = String(summary(model, [2, 1, 8, 8]));
    expect(text.split('\n')).to.deep.equal([
      'layer                                   output shape  parameters  multiply-adds  activations',
      '--------------------------------------  ------------  ----------  -------------  -----------',
      'Sequential                              [2, 10]',
      '  (conv) Conv2d                         [2, 4, 8, 8]          40          4,608      2.0 KiB',
      '  (relu) ReLU                           [2, 4, 8, 8]                                 2.0 KiB',
      '  (separable) DepthwiseSeparableConv2d  [2, 8, 4, 4]',
      '    (depthwise) DepthwiseConv2d         [2, 4, 4, 4]          36          1,152        512 B',
      '    (pointwise) PointwiseConv2d         [2, 8, 4, 4]          40          1,024      1.0 KiB',
      '  (pool) MaxPool2d                      [2, 8, 2, 2]                                   256 B',
      '  (flatten) Flatten                     [2, 32]',
      '  (fc) Linear                           [2, 10]              330            640         80 B',
      '--------------------------------------  ------------  ----------  -------------  -----------',
      'total                                                        446          7,424      5.8 KiB',
      'parameters: 1.7 KiB, 40 numbers frozen',
    ]);
    expect(inspect(summary(model, [2, 1, 8, 8]))).to.equal(text);
  });

  it('leaves the model as it was', () => {
    const model = new Sequential(new Linear(4, 4), new Dropout(0.5), new Linear(4, 2));
    model.at(0)?.eval();
    const before = model.modules().map(({ training }) => training);
    summary(model, [1, 4]);
    expect(model.modules().map(({ training }) => training)).to.deep.equal(before);
    expect(() => summary(model, [1, 5])).to.throw('linear');
    expect(model.modules().map(({ training }) => training)).to.deep.equal(before);
    const seen: string[] = [];
    model.registerForwardHook(() => {
      seen.push('own hook');
      return undefined;
    });
    model.forward(zeros([1, 4]));
    expect(seen).to.deep.equal(['own hook']);
  });

  it('lets every result go that the model does not need any more', () => {
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    const held: number[] = [];
    class Look extends Module {
      forward(x: Tensor): Tensor {
        // The first collection finds the arrays, the second waits until they are freed.
        collect();
        collect();
        held.push(process.memoryUsage().arrayBuffers + arenaUsage().live);
        return x;
      }
    }
    const layers = Array.from({ length: 12 }, () => [new ReLU(), new Look()]).flat();
    const total = summary(new Sequential(...layers), [1, 512, 1024]);
    const megabytes = held.map((bytes) => (bytes - held[0]) / 2 ** 20);
    expect(total.activationBytes).to.equal(12 * 2 ** 21);
    expect(Math.max(...megabytes), `${megabytes} MiB more than at the beginning`).to.be.below(3);
  });

  it('counts shared parameters once, and tells of modules that were not called', () => {
    class Twice extends Module {
      readonly fc = new Linear(3, 3);
      readonly unused = new Linear(3, 4);
      forward(x: Tensor): Tensor {
        return this.fc.forward(this.fc.forward(x));
      }
    }
    const total = summary(new Twice(), [5, 3]);
    expect(total.layers.map(({ parameters, multiplyAdds }) => [parameters, multiplyAdds])).to.deep.equal([
      [0, null],
      [12, 45],
      [0, 45],
    ]);
    expect(total.parameters).to.equal(28);
    expect(String(total)).to.include('in modules that were not called: 16 parameters');
  });

  it('separates what a layer does itself from what layers inside do', () => {
    const layer = new PackedDeformConv2d(2, 3, 3, { modulated: false });
    const { layers, multiplyAdds } = summary(layer, [1, 2, 5, 5]);
    const inside = layer.offsetConv.multiplyAdds([1, 2, 5, 5]);
    expect(layers.map((row) => row.multiplyAdds)).to.deep.equal([layer.multiplyAdds([1, 2, 5, 5]) - inside, inside]);
    expect(layers.map((row) => row.parameters)).to.deep.equal([3 * 2 * 9 + 3, 18 * 2 * 9 + 18]);
    expect(multiplyAdds).to.equal(layer.multiplyAdds([1, 2, 5, 5]));
  });

  it('takes the inputs themselves, and modules that count their own multiply-adds', () => {
    class Gate extends Module {
      forward(x: Tensor, gate: Tensor): readonly [Tensor, Tensor] {
        return [x.mul(gate), gate.mul(2)];
      }
      multiplyAdds(inputShape: readonly number[]): number {
        return 2 * inputShape[0];
      }
    }
    const { layers, multiplyAdds } = summary(new Gate(), [randn([6]), randn([6])]);
    expect(layers[0].outputShapes).to.deep.equal([[6], [6]]);
    expect(layers[0].activationBytes).to.equal(48);
    expect(multiplyAdds).to.equal(12);
    expect(summary(new Embedding(5, 3), tensor([1, 2], { dtype: 'int32' })).layers[0].outputShapes).to.deep.equal([[2, 3]]);
  });
});
