import { relu, sigmoid, type Tensor, tanh } from '@convgrad/core';
import { logSigmoid } from '../functional/log_sigmoid.ts';
import { Module } from './module.ts';
import { declarePure } from './pure_layers.ts';

/**
 * max(x, 0), elementwise.
 *
 * @example new ReLU().forward(tensor([1, -2])) // [1, 0]
 */
export class ReLU extends Module {
  forward(x: Tensor): Tensor {
    return relu(x);
  }
}

/**
 * 1 / (1 + e^-x), elementwise.
 *
 * @example new Sigmoid().forward(tensor([0, 1])) // [0.5, 0.7311]
 */
export class Sigmoid extends Module {
  forward(x: Tensor): Tensor {
    return sigmoid(x);
  }
}

/**
 * The hyperbolic tangent, elementwise.
 *
 * @example new Tanh().forward(tensor([0, 1])) // [0, 0.7616]
 */
export class Tanh extends Module {
  forward(x: Tensor): Tensor {
    return tanh(x);
  }
}

/**
 * log(1 / (1 + e^-x)), elementwise.
 *
 * @example new LogSigmoid().forward(tensor([0, -100])) // [-0.6931, -100]
 */
export class LogSigmoid extends Module {
  forward(x: Tensor): Tensor {
    return logSigmoid(x);
  }
}

declarePure(ReLU, Sigmoid, Tanh, LogSigmoid);
