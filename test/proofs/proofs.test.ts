import * as core from '@convgrad/core';
import * as nn from '@convgrad/nn';
import { expect } from 'chai';
import { awkwardCases } from './awkward.ts';
import type { ProofCase } from './case.ts';
import { indexing } from './indexing.ts';
import { matmul } from './matmul.ts';
import { movement } from './movement.ts';
import { functional } from './nn.ts';
import { pointwise } from './pointwise.ts';
import { reduction } from './reduction.ts';
import { sampling } from './sampling.ts';
import { undifferentiable } from './undifferentiable.ts';
import { variants } from './variants.ts';

const proofs = together([pointwise, reduction, matmul, movement, indexing, functional, sampling, variants, awkwardCases]);

/** Cases by function; one that several files prove has the cases of all. */
function together(parts: readonly Readonly<Record<string, readonly ProofCase[]>>[]): Readonly<Record<string, readonly ProofCase[]>> {
  const all: Record<string, readonly ProofCase[]> = {};
  for (const part of parts) for (const [name, cases] of Object.entries(part)) all[name] = [...(all[name] ?? []), ...cases];
  return all;
}

/** Exported functions; classes begin with a capital letter. */
function functionsOf(exported: object): string[] {
  return Object.entries(exported).flatMap(([name, value]) => (typeof value === 'function' && /^[a-z]/.test(name) ? [name] : []));
}

describe('every exported function', () => {
  for (const [from, exported] of Object.entries({ '@convgrad/core': core, '@convgrad/nn': nn })) {
    it(`of ${from} has a proof of its gradients, or is listed as having none`, () => {
      const missing = functionsOf(exported).filter((name) => !(name in proofs) && !undifferentiable.has(name));
      expect(missing).to.deep.equal([]);
    });
  }

  it('that is proven or listed exists, and is not in both lists', () => {
    const known = new Set([...functionsOf(core), ...functionsOf(nn)]);
    expect([...Object.keys(proofs), ...undifferentiable].filter((name) => !known.has(name))).to.deep.equal([]);
    expect(Object.keys(proofs).filter((name) => undifferentiable.has(name))).to.deep.equal([]);
  });
});

for (const [name, cases] of Object.entries(proofs)) {
  describe(`gradients of ${name}`, () => {
    for (const { what, f, inputs } of cases) {
      it(`${what}: first order`, () => {
        core.gradcheck(f, inputs);
      });
      it(`${what}: second order`, () => {
        core.gradgradcheck(f, inputs);
      });
      it(`${what}: float32 agrees with float64`, () => {
        compareFloat32(f, inputs);
      });
    }
  });
}

/** Result and gradients in float32 lie within 1e-4 (1 + the largest value) of those in float64: sums here have few terms. */
function compareFloat32(f: ProofCase['f'], inputs: readonly core.Tensor[]): void {
  const exact = valuesAndGradients(f, inputs);
  const single = valuesAndGradients(
    f,
    inputs.map((input) => input.detach().to('float32').detach().requiresGrad_()),
  );
  exact.forEach((numbers, index) => {
    const largest = numbers.reduce((most: number, value: number) => Math.max(most, Math.abs(value)), 0);
    numbers.forEach((value: number, at: number) => {
      expect(Math.abs(single[index][at] - value), `number ${index} at ${at}: ${single[index][at]}, ${value}`).to.be.at.most(
        1e-4 * (1 + largest),
      );
    });
  });
}

function valuesAndGradients(f: ProofCase['f'], inputs: readonly core.Tensor[]): number[][] {
  const result = f(...inputs);
  const outputs = result instanceof core.Tensor ? [result] : result;
  const values = outputs.map((output) => [...output.toTypedArray()]);
  const differentiable = outputs.filter((output) => output.requiresGrad);
  const gradOutputs = differentiable.map((output) =>
    core.ones(output.shape, { dtype: output.dtype === 'float32' ? 'float32' : 'float64' }),
  );
  const gradients = core.grad(differentiable, [...inputs], { gradOutputs, allowUnused: true });
  return [...values, ...gradients.map((gradient) => [...(gradient?.toTypedArray() ?? [])])];
}
