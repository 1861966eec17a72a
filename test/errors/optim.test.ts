import { GradientError, Parameter, zeros } from '@convgrad/core';
import { expect } from 'chai';
import { ParameterState } from '../../packages/optim/src/update_rule.ts';

describe('errors of an update rule', () => {
  it('name the parameter that has no gradient', () => {
    const state = new ParameterState(new Parameter(zeros([2, 3])));
    expect(state.gradient).to.equal(null);
    expect(() => state.requireGradient()).to.throw(GradientError, 'step: the parameter of shape [2, 3] has no gradient');
  });
});
