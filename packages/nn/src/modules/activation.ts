import { relu, sigmoid, type Tensor, tanh } from '@convgrad/core';
import { logSigmoid } from '../functional/log_sigmoid.ts';
import { Module } from './module.ts';
import { declarePure } from './pure_layers.ts';

/** max(x, 0), elementwise. */
export class ReLU extends Module {
  forward(x: Tensor): Tensor {
    return relu(x);
  }
}

/** 1 / (1 + e^-x), elementwise. */
export class Sigmoid extends Module {
  forward(x: Tensor): Tensor {
    return sigmoid(x);
  }
}

/** The hyperbolic tangent, elementwise. */
export class Tanh extends Module {
  forward(x: Tensor): Tensor {
    return tanh(x);
  }
}

/** log(1 / (1 + e^-x)), elementwise. */
export class LogSigmoid extends Module {
  forward(x: Tensor): Tensor {
    return logSigmoid(x);
  }
}

declarePure(ReLU, Sigmoid, Tanh, LogSigmoid);
