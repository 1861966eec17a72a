import { ConvgradError, customFunction, grad, randint, randn, type Tensor, tensor } from '@convgrad/core';
import { Conv2d, crossEntropy, Flatten, Linear, MaxPool2d, Module, ReLU, Sequential } from '@convgrad/nn';
import { Adam } from '@convgrad/optim';

const batch = 64;

/** LeNet-5, which shows the result of its first layer to those who want to reach inside. */
class Net extends Module {
  readonly first = new Conv2d(1, 6, 5, { padding: 2 });
  readonly rest = new Sequential(
    new ReLU(),
    new MaxPool2d(2),
    new Conv2d(6, 16, 5),
    new ReLU(),
    new MaxPool2d(2),
    new Flatten(),
    new Linear(400, 120),
    new ReLU(),
    new Linear(120, 84),
    new ReLU(),
    new Linear(84, 10),
  );

  forward(x: Tensor, between: (h: Tensor) => Tensor): Tensor {
    return this.rest.forward(between(this.first.forward(x)));
  }
}

/** The net with one batch of random images and its optimizer. */
class Training {
  readonly net = new Net();
  readonly parameters = this.net.parameters();
  readonly optimizer = new Adam(this.parameters, { lr: 1e-3 });
  readonly images = randn([batch, 1, 28, 28]);
  readonly labels = randint(0, 10, [batch]);

  /** The loss of one forward pass; `between` sees the first layer's result. */
  loss(between: (h: Tensor) => Tensor = (h) => h): Tensor {
    return crossEntropy(this.net.forward(this.images, between), this.labels);
  }

  step(loss: Tensor): void {
    this.optimizer.zeroGrad();
    loss.backward();
    this.optimizer.step();
  }
}

/** Makes the function of one step. */
export type Scenario = () => () => void;

function scaledData({ data, shape }: Tensor): Tensor {
  const scaled = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) scaled[i] = 1.5 * data[i];
  return tensor(scaled).reshape(shape);
}

const scaled = customFunction({
  name: 'scaled',
  forward: (_context, x: Tensor) => scaledData(x),
  backward: (_context, g) => scaledData(g),
});

/** Training steps that must not leak, each with something that users do. */
export const training: Readonly<Record<string, Scenario>> = {
  plain() {
    const run = new Training();
    return () => run.step(run.loss());
  },
  'a detached activation kept for one step'() {
    const run = new Training();
    const kept: { last: Tensor | null } = { last: null };
    return () => {
      run.step(
        run.loss((h) => {
          kept.last?.sum();
          kept.last = h.detach();
          return h;
        }),
      );
    };
  },
  'a forward hook that keeps its output for one step'() {
    const run = new Training();
    const kept: { last: Tensor | null } = { last: null };
    run.net.first.registerForwardHook((_module, _inputs, output) => {
      kept.last = output;
    });
    return () => run.step(run.loss());
  },
  'a custom function over .data'() {
    const run = new Training();
    return () => run.step(run.loss(scaled));
  },
  'a penalty through createGraph'() {
    const run = new Training();
    return () => {
      const loss = run.loss();
      const [g] = grad(loss, [run.parameters[0]], { createGraph: true });
      run.step(loss.add(g.square().sum().mul(0.01)));
    };
  },
  'a side branch that is only logged'() {
    const run = new Training();
    const log: number[] = [];
    return () => {
      run.step(
        run.loss((h) => {
          log.push(h.abs().mean().item());
          return h;
        }),
      );
    };
  },
};

/** What never calls backward, or not to the end: the budget bounds it. */
export const unfinished: Readonly<Record<string, Scenario>> = {
  'forward passes in grad mode'() {
    const run = new Training();
    const expected = run.loss().item();
    return () => {
      if (run.loss().item() !== expected) throw new Error('another loss');
    };
  },
  'steps whose retainGraph is never finished'() {
    const run = new Training();
    const reference = grad(run.loss(), [run.parameters[0]])[0].toTypedArray();
    return () => {
      run.optimizer.zeroGrad();
      run.loss().backward({ retainGraph: true });
      if (run.parameters[0].grad?.toTypedArray()[0] !== reference[0]) throw new Error('another gradient');
    };
  },
  'steps that end in a caught exception'() {
    const run = new Training();
    const expected = run.loss().item();
    return () => {
      const loss = run.loss();
      try {
        loss.add(tensor([1, 2, 3])).backward();
        throw new Error('no exception');
      } catch (error) {
        if (!(error instanceof ConvgradError)) throw error;
      }
      if (loss.item() !== expected) throw new Error('another loss');
    };
  },
};
