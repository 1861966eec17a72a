import * as core from '@convgrad/core';
import { expect } from 'chai';
import { derivative, evaluate } from 'mathjs';

/** What mathjs calls each function, and points where it is smooth. */
const expressions: Readonly<Record<string, readonly [string, readonly number[]]>> = {
  neg: ['-x', [-1.3, 0.4]],
  abs: ['abs(x)', [-1.3, 0.4]],
  exp: ['exp(x)', [-1.3, 0.4, 3]],
  expm1: ['exp(x) - 1', [-1.3, 0.4, 3]],
  log: ['log(x)', [0.1, 0.4, 3]],
  log1p: ['log(1 + x)', [-0.7, 0.4, 3]],
  log2: ['log(x, 2)', [0.1, 0.4, 3]],
  sqrt: ['sqrt(x)', [0.1, 0.4, 3]],
  rsqrt: ['x^(-0.5)', [0.1, 0.4, 3]],
  square: ['x^2', [-1.3, 0.4, 3]],
  reciprocal: ['1 / x', [-1.3, 0.4, 3]],
  sin: ['sin(x)', [-1.3, 0.4, 3]],
  cos: ['cos(x)', [-1.3, 0.4, 3]],
  tan: ['tan(x)', [-1.3, 0.4, 1]],
  asin: ['asin(x)', [-0.9, 0.4]],
  acos: ['acos(x)', [-0.9, 0.4]],
  atan: ['atan(x)', [-1.3, 0.4, 3]],
  sinh: ['sinh(x)', [-1.3, 0.4, 3]],
  cosh: ['cosh(x)', [-1.3, 0.4, 3]],
  tanh: ['tanh(x)', [-1.3, 0.4, 3]],
  sigmoid: ['1 / (1 + exp(-x))', [-1.3, 0.4, 3]],
};

const functions = { ...core } as unknown as Record<string, (x: core.Tensor) => core.Tensor>;

describe('pointwise derivatives agree with mathjs, which derives them symbolically', () => {
  for (const [name, [expression, points]] of Object.entries(expressions)) {
    it(name, () => {
      const f = functions[name];
      const x = core.tensor([...points], { dtype: 'float64', requiresGrad: true });
      const y = f(x);
      const [first] = core.grad(y.sum(), [x], { createGraph: true });
      const symbolic = derivative(expression, 'x');
      const second = name === 'neg' || name === 'abs' ? null : core.grad(first.sum(), [x])[0];
      points.forEach((point, index) => {
        const expected: number = symbolic.evaluate({ x: point });
        expect(first.toTypedArray()[index]).to.be.closeTo(expected, 1e-12 * (1 + Math.abs(expected)));
        expect(y.toTypedArray()[index]).to.be.closeTo(evaluate(expression, { x: point }), 1e-12 * (1 + Math.abs(expected)));
        if (second === null) return;
        const curvature: number = derivative(symbolic, 'x').evaluate({ x: point });
        expect(second.toTypedArray()[index]).to.be.closeTo(curvature, 1e-10 * (1 + Math.abs(curvature)));
      });
    });
  }
});
