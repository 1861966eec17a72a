import { ArgumentError, DTypeError, Parameter, randn, tensor, zeros } from '@convgrad/core';
import { Adam, SGD } from '@convgrad/optim';
import { expect } from 'chai';

function parameter(...numbers: number[]): Parameter {
  const created = new Parameter(tensor(numbers));
  created.grad = tensor(numbers.map(() => 1));
  return created;
}

describe('parameter groups', () => {
  it('are one group of any iterable', () => {
    const params = [parameter(1), parameter(2)];
    expect(new SGD(new Set(params)).paramGroups.map((group) => group.params)).to.deep.equal([params]);
    function* generate() {
      yield* params;
    }
    expect(new SGD(generate()).paramGroups[0].params).to.deep.equal(params);
  });

  it('take the names of named parameters', () => {
    const [w, b] = [parameter(1), parameter(2)];
    const optimizer = new SGD(
      new Map([
        ['fc.weight', w],
        ['fc.bias', b],
      ]),
    );
    expect(optimizer.paramGroups[0].paramNames).to.deep.equal(['fc.weight', 'fc.bias']);
    expect(optimizer.paramGroups[0].params).to.deep.equal([w, b]);
    expect(new SGD([{ params: [['w', w]] }, { params: [['b', b]] }]).paramGroups.map((group) => group.paramNames)).to.deep.equal([
      ['w'],
      ['b'],
    ]);
    expect(new SGD([w, b]).paramGroups[0].paramNames).to.equal(null);
  });

  it('update with options of their own, and otherwise with those of the optimizer', () => {
    const [w, b] = [parameter(1), parameter(1)];
    const optimizer = new SGD([{ params: w }, { params: [b], lr: 0.25 }], { lr: 0.5 });
    optimizer.step();
    expect([w.item(), b.item()]).to.deep.equal([0.5, 0.75]);
  });

  it('follow options that are changed between steps', () => {
    const w = parameter(1);
    const optimizer = new SGD([w], { lr: 0.5 });
    optimizer.paramGroups[0].lr = 0.125;
    optimizer.step();
    expect(w.item()).to.equal(0.875);
  });

  it('can be added later', () => {
    const [w, b] = [parameter(1), parameter(1)];
    const optimizer = new SGD([w], { lr: 0.5 });
    optimizer.addParamGroup({ params: [b], lr: 0.25 });
    optimizer.step();
    expect([w.item(), b.item()]).to.deep.equal([0.5, 0.75]);
    optimizer.zeroGrad();
    expect(b.grad).to.equal(null);
  });

  it('hold parameters of both float dtypes, frozen ones, and empty ones', () => {
    const wide = new Parameter(tensor([1], { dtype: 'float64' }));
    const frozen = new Parameter(tensor([1]), false);
    const empty = new Parameter(zeros([0]));
    const narrow = parameter(1);
    wide.grad = tensor([1], { dtype: 'float64' });
    empty.grad = zeros([0]);
    const optimizer = new Adam([wide, narrow, frozen, empty], { lr: 0.5 });
    optimizer.step();
    expect(wide.item()).to.be.closeTo(0.5, 1e-7);
    expect(narrow.item()).to.be.closeTo(0.5, 1e-6);
    expect(frozen.item()).to.equal(1);
  });

  it('refuse a parameter that is given twice', () => {
    const w = parameter(1);
    expect(() => new SGD([w, parameter(2), w])).to.throw(
      ArgumentError,
      'SGD: parameter 2 of group 0, of shape [1], is given more than once',
    );
    expect(() => new SGD([{ params: [w] }, { params: [w] }])).to.throw(
      ArgumentError,
      'SGD: parameter 0 of group 1, of shape [1], is given more than once',
    );
    expect(
      () =>
        new SGD([
          ['w', w],
          ['tied', w],
        ]),
    ).to.throw(ArgumentError, 'SGD: tied, of shape [1], is given more than once');
  });

  it('stay what they were when an added one is refused', () => {
    const [w, b] = [parameter(1), parameter(2)];
    const optimizer = new SGD([w]);
    expect(() => optimizer.addParamGroup({ params: [b, w] })).to.throw(ArgumentError, 'given more than once');
    expect(() => optimizer.addParamGroup({ params: [b], lr: -1 })).to.throw(ArgumentError, 'lr');
    expect(optimizer.paramGroups).to.have.lengthOf(1);
    optimizer.addParamGroup({ params: [b] });
    expect(optimizer.paramGroups).to.have.lengthOf(2);
  });

  it('refuse what is no parameter', () => {
    const w = parameter(1);
    expect(() => new SGD([])).to.throw(ArgumentError, 'SGD: there are no parameters to optimize');
    expect(() => new SGD([tensor([1], { dtype: 'int32' })])).to.throw(
      DTypeError,
      'SGD: parameter 0, of shape [1], is int32; only float32 and float64 can be optimized',
    );
    expect(() => new SGD([['twice', w.mul(2)]])).to.throw(
      ArgumentError,
      'SGD: twice, of shape [1], is the result of a recorded operation; only leaves can be optimized',
    );
    expect(() => new SGD([['w', w], parameter(2)])).to.throw(
      ArgumentError,
      'SGD: of 2 parameters only 1 have names; give all of them names, or none',
    );
    expect(() => new SGD(JSON.parse('[1, 2]'))).to.throw(
      ArgumentError,
      'SGD: a parameter must be a tensor or a pair [name, tensor], which 2 of 2 are not',
    );
    expect(() => new SGD(JSON.parse('{}'))).to.throw(
      ArgumentError,
      'SGD: expected an iterable of parameters or of groups, such as model.parameters(), got Object',
    );
    expect(() => new SGD(JSON.parse('[{ "params": 3 }]'))).to.throw(
      ArgumentError,
      'SGD: the params of a group must be a parameter or an iterable of parameters, got 3',
    );
    const mixed: unknown = [w, { params: [parameter(2)] }];
    expect(() => Reflect.construct(SGD, [mixed])).to.throw(
      ArgumentError,
      'SGD: expected either parameters or groups { params, ... }, got both',
    );
    expect(() => Reflect.construct(SGD, [randn([3])])).to.throw(ArgumentError, 'got one tensor of shape [3]: put it into a list');
  });
});

describe('options', () => {
  const refused: readonly [typeof SGD | typeof Adam, Record<string, unknown>, string][] = [
    [SGD, { lr: -0.1 }, 'SGD: lr must be a number of at least 0, got -0.1'],
    [SGD, { lr: Number.NaN }, 'SGD: lr must be a number of at least 0, got NaN'],
    [SGD, { lr: '0.1' }, 'SGD: lr must be a number of at least 0, got 0.1'],
    [SGD, { momentum: -1 }, 'SGD: momentum must be a number of at least 0, got -1'],
    [SGD, { weightDecay: Number.POSITIVE_INFINITY }, 'SGD: weightDecay must be a number of at least 0, got Infinity'],
    [SGD, { dampening: Number.NaN }, 'SGD: dampening must be a number, got NaN'],
    [SGD, { nesterov: 1 }, 'SGD: nesterov must be true or false, got 1'],
    [SGD, { nesterov: true }, 'SGD: nesterov needs a momentum above 0 and no dampening, got momentum 0 and dampening 0'],
    [SGD, { nesterov: true, momentum: 0.9, dampening: 0.1 }, 'got momentum 0.9 and dampening 0.1'],
    [
      SGD,
      { weight_decay: 0.1 },
      'SGD: there is no option weight_decay; the options are lr, momentum, dampening, weightDecay, nesterov, maximize',
    ],
    [Adam, { lr: -1 }, 'Adam: lr must be a number of at least 0, got -1'],
    [Adam, { eps: -1 }, 'Adam: eps must be a number of at least 0, got -1'],
    [Adam, { weightDecay: -1 }, 'Adam: weightDecay must be a number of at least 0, got -1'],
    [Adam, { betas: [0.9, 1] }, 'Adam: betas must be two numbers from 0 to below 1, got 0.9,1'],
    [Adam, { betas: [-0.1, 0.9] }, 'Adam: betas must be two numbers from 0 to below 1, got -0.1,0.9'],
    [Adam, { betas: 0.9 }, 'Adam: betas must be two numbers from 0 to below 1, got 0.9'],
    [Adam, { amsgrad: 'yes' }, 'Adam: amsgrad must be true or false, got yes'],
    [Adam, { maximize: 0 }, 'Adam: maximize must be true or false, got 0'],
    [Adam, { momentum: 0.9 }, 'Adam: there is no option momentum; the options are lr, betas, eps, weightDecay, amsgrad, maximize'],
  ];

  for (const [Class, options, message] of refused) {
    it(`of ${Class.name} refuse ${JSON.stringify(options, (_key, value) => (typeof value === 'number' ? String(value) : value))}`, () => {
      expect(() => Reflect.construct(Class, [[parameter(1)], options])).to.throw(ArgumentError, message);
      expect(() => Reflect.construct(Class, [[{ params: [parameter(1)], ...options }]])).to.throw(ArgumentError, message);
    });
  }

  it('that are undefined have their defaults', () => {
    expect(Reflect.construct(SGD, [[parameter(1)], { lr: undefined }]).paramGroups[0].lr).to.equal(1e-3);
  });
});
