import { Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential } from '@convgrad/nn';

/** LeNet-5 (LeCun et al., 1998) with ReLU and max pooling: 61,706 parameters. Input [N, 1, 28, 28], output [N, 10]. */
export function lenet(): Sequential {
  return new Sequential(
    new Conv2d(1, 6, 5, { padding: 2 }),
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
}

/** Two 3x3 convolutions of 32 and 64 channels and a hidden layer of 128: 421,642 parameters. Input [N, 1, 28, 28], output [N, 10]. */
export function cnn(): Sequential {
  return new Sequential(
    new Conv2d(1, 32, 3, { padding: 1 }),
    new ReLU(),
    new MaxPool2d(2),
    new Conv2d(32, 64, 3, { padding: 1 }),
    new ReLU(),
    new MaxPool2d(2),
    new Flatten(),
    new Linear(3136, 128),
    new ReLU(),
    new Linear(128, 10),
  );
}

/** The models that `--model` knows. */
export const models = { lenet, cnn } as const;
export type ModelName = keyof typeof models;
