import {
  AvgPool2d,
  Conv2d,
  DepthwiseSeparableConv2d,
  Flatten,
  Linear,
  MaxPool2d,
  PackedDeformConv2d,
  ReLU,
  Sequential,
} from '@convgrad/nn';
import { cnn, lenet } from '../../examples/mnist/models.ts';
import type { NetSize } from './names.ts';

/** A small MobileNet: two depthwise separable convolutions behind a dense one. 13,130 parameters. */
function separableNet(): Sequential {
  return new Sequential(
    new Conv2d(1, 32, 3, { padding: 1 }),
    new ReLU(),
    new MaxPool2d(2),
    new DepthwiseSeparableConv2d(32, 64, 3, { padding: 1 }),
    new ReLU(),
    new MaxPool2d(2),
    new DepthwiseSeparableConv2d(64, 128, 3, { padding: 1 }),
    new ReLU(),
    new AvgPool2d(7),
    new Flatten(),
    new Linear(128, 10),
  );
}

/** Two modulated deformable convolutions, which predict offsets and masks, behind a dense one. */
function deformNet(): Sequential {
  return new Sequential(
    new Conv2d(1, 16, 3, { padding: 1 }),
    new ReLU(),
    new MaxPool2d(2),
    new PackedDeformConv2d(16, 32, 3, { padding: 1 }),
    new ReLU(),
    new MaxPool2d(2),
    new PackedDeformConv2d(32, 64, 3, { padding: 1 }),
    new ReLU(),
    new AvgPool2d(7),
    new Flatten(),
    new Linear(64, 10),
  );
}

/** A net for images and channels of any size. */
function growthNet(side: number, channels: number): Sequential {
  return new Sequential(
    new Conv2d(1, channels, 3, { padding: 1 }),
    new ReLU(),
    new MaxPool2d(2),
    new Conv2d(channels, channels, 3, { padding: 1 }),
    new ReLU(),
    new AvgPool2d(Math.floor(side / 2)),
    new Flatten(),
    new Linear(channels, 10),
  );
}

/** The net of a workload; input [batch, 1, side, side], output [batch, 10]. */
export function makeNet({ net, side, channels }: Omit<NetSize, 'batch'>): Sequential {
  switch (net) {
    case 'lenet':
      return lenet();
    case 'cnn':
      return cnn();
    case 'separable-net':
      return separableNet();
    case 'deform-net':
      return deformNet();
    case 'growth':
      return growthNet(side, channels);
  }
}
