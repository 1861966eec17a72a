import { ArgumentError, defaultGenerator, Generator, manualSeed, StateError, seed } from '@convgrad/core';
import { expect } from 'chai';

const draws = 100_000;

/** Mean and variance. */
function moments(values: Float64Array | Float32Array): { mean: number; variance: number } {
  let sum = 0;
  let squares = 0;
  for (const value of values) {
    sum += value;
    squares += value * value;
  }
  const mean = sum / values.length;
  return { mean, variance: squares / values.length - mean * mean };
}

/** Chi-squared over its degrees of freedom: 1 on average where `counts` come from equally likely cells. */
function unevenness(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  const chiSquared = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  return chiSquared / (counts.length - 1);
}

describe('Generator', () => {
  describe('stream', () => {
    it('repeats from its seed', () => {
      const [a, b] = [new Generator(7), new Generator(7)];
      for (let i = 0; i < 100; i++) expect(a.uniform()).to.equal(b.uniform());
      expect(Array.from(a.permutation(50))).to.deep.equal(Array.from(b.permutation(50)));
    });

    it('is another one for another seed', () => {
      expect(new Generator(1).uniform()).not.to.equal(new Generator(2).uniform());
      expect(new Generator(1).uniform()).not.to.equal(new Generator(-1).uniform());
    });

    it('begins with the pinned numbers', () => {
      const generator = new Generator(0);
      const normal = new Float64Array(2);
      generator.fillNormal(normal);
      const mask = new Uint8Array(8);
      generator.fillBernoulli(mask, 0.5);
      expect(new Generator(0).uniform()).to.equal(0.5945264335737063);
      expect(Array.from(normal)).to.deep.equal([-0.8279953450458432, -1.2941729875213122]);
      expect(Array.from(mask)).to.deep.equal([1, 0, 0, 0, 1, 1, 1, 0]);
      expect(generator.integer(-100, 100)).to.equal(-83);
      expect(Array.from(generator.permutation(8))).to.deep.equal([5, 4, 2, 6, 1, 7, 0, 3]);
    });

    it('goes on from a state that was saved in its middle, also through JSON', () => {
      const generator = new Generator(3);
      generator.fillNormal(new Float32Array(1001));
      const saved = JSON.stringify(generator.state());
      const expected = [generator.normal(), generator.uniform(), generator.integer(0, 1000)];
      const other = new Generator(99);
      other.setState(JSON.parse(saved));
      expect([other.normal(), other.uniform(), other.integer(0, 1000)]).to.deep.equal(expected);
      expect(other.initialSeed).to.equal(3);
    });

    it('is not moved by reading its state', () => {
      const [a, b] = [new Generator(3), new Generator(3)];
      a.state();
      expect(a.uniform()).to.equal(b.uniform());
    });

    it('starts again with manualSeed', () => {
      const generator = new Generator(5);
      const first = generator.uniform();
      expect(generator.manualSeed(5).uniform()).to.equal(first);
    });

    it('gets a random seed where none is given', () => {
      const generator = new Generator();
      expect(generator.initialSeed).not.to.equal(new Generator().initialSeed);
      expect(new Generator(generator.initialSeed).uniform()).to.equal(generator.uniform());
    });

    it('gives float32 and float64 arrays the same numbers, up to rounding', () => {
      const single = new Float32Array(100);
      const double = new Float64Array(100);
      new Generator(1).fillNormal(single, 1, 2);
      new Generator(1).fillNormal(double, 1, 2);
      expect(Array.from(single)).to.deep.equal(Array.from(double, Math.fround));
      new Generator(1).fillUniform(single, -1, 1);
      new Generator(1).fillUniform(double, -1, 1);
      expect(Array.from(single)).to.deep.equal(Array.from(double, Math.fround));
    });

    it('refuses seeds that are not whole', () => {
      expect(() => new Generator(1.5)).to.throw(ArgumentError, 'Generator: expected a whole number');
      expect(() => new Generator(Number.NaN)).to.throw(ArgumentError, 'got NaN');
      expect(() => new Generator(1).manualSeed(2 ** 53)).to.throw(ArgumentError, 'manualSeed: expected a whole number');
    });

    it('refuses states that are not its own', () => {
      const generator = new Generator(1);
      const state = generator.state();
      expect(() => generator.setState({ ...state, s1: 0.1 })).to.throw(StateError, 'setState: not a state of a Generator');
      expect(() => generator.setState({ ...state, c: -1 })).to.throw(StateError);
      expect(() => generator.setState({ ...state, seed: 0.5 })).to.throw(StateError);
      expect(() => generator.setState(JSON.parse('{"algorithm":"xor4096"}'))).to.throw(StateError, 'xor4096');
    });
  });

  describe('uniform numbers', () => {
    it('have the mean and variance of [low, high)', () => {
      const values = new Float64Array(draws);
      new Generator(11).fillUniform(values, -2, 4);
      const { mean, variance } = moments(values);
      expect(mean).to.be.closeTo(1, 0.03); // 5 standard errors of the mean: 5 * 1.73 / sqrt(1e5)
      expect(variance).to.be.closeTo(3, 0.05);
    });

    it('fill the range evenly', () => {
      const generator = new Generator(12);
      const counts = new Array<number>(50).fill(0);
      for (let i = 0; i < draws; i++) counts[Math.floor(generator.uniform() * 50)]++;
      expect(unevenness(counts)).to.be.within(0.4, 1.8);
    });

    it('stay in [low, high) after rounding to float32', () => {
      const values = new Float32Array(1000);
      const generator = new Generator(13);
      const above = 1 + 2 ** -22; // four float32 numbers above 1, so that a quarter of all numbers would round up to it
      generator.fillUniform(values, 1, above);
      expect(new Set(values)).to.deep.equal(new Set([1, 1 + 2 ** -23]));
      generator.fillUniform(values, 0.1, 0.1 + 1e-8);
      for (const value of values) expect(value >= 0.1 && value < 0.1 + 1e-8).to.equal(true);
      generator.fillUniform(values, -1, -1 + 2 ** -23);
      for (const value of values) expect(value >= -1 && value < -1 + 2 ** -23).to.equal(true);
    });

    it('stay below high in float64', () => {
      const values = new Float64Array(100);
      new Generator(14).fillUniform(values, 1, 1 + Number.EPSILON);
      expect(new Set(values)).to.deep.equal(new Set([1]));
    });

    it('refuse ranges that are empty, infinite, or hold no number of the type', () => {
      const generator = new Generator(1);
      expect(() => generator.fillUniform(new Float32Array(1), 1, 1)).to.throw(
        ArgumentError,
        'expected finite numbers low < high, got low 1 and high 1',
      );
      expect(() => generator.fillUniform(new Float32Array(1), 0, Number.POSITIVE_INFINITY)).to.throw(ArgumentError, 'high Infinity');
      expect(() => generator.fillUniform(new Float32Array(1), Number.NaN, 1)).to.throw(ArgumentError, 'low NaN');
      expect(() => generator.fillUniform(new Float32Array(1), 1 + 2 ** -40, 1 + 2 ** -39)).to.throw(
        ArgumentError,
        'no float32 number lies in',
      );
      expect(() => generator.fillUniform(new Float32Array(1), 0, 1e39)).to.throw(ArgumentError, 'beyond what float32 holds');
      generator.fillUniform(new Float64Array(1), 0, 1e39);
    });
  });

  describe('normal numbers', () => {
    it('have the moments of the normal distribution', () => {
      const values = new Float64Array(draws);
      new Generator(21).fillNormal(values, 3, 2);
      const { mean, variance } = moments(values);
      expect(mean).to.be.closeTo(3, 0.03);
      expect(variance).to.be.closeTo(4, 0.1);
      const standard = values.map((value) => (value - 3) / 2);
      expect(standard.reduce((sum, z) => sum + z ** 3, 0) / draws).to.be.closeTo(0, 0.05);
      expect(standard.reduce((sum, z) => sum + z ** 4, 0) / draws).to.be.closeTo(3, 0.15);
    });

    it('fall into intervals, the tail among them, as often as they should', () => {
      // P(|z| < bound), from the error function
      const shares = { 0.5: 0.382925, 1: 0.682689, 2: 0.9545, 3: 0.9973, 3.7: 0.999784 };
      const values = new Float64Array(10 * draws);
      new Generator(22).fillNormal(values);
      for (const [bound, share] of Object.entries(shares)) {
        const inside = values.filter((z) => Math.abs(z) < Number(bound)).length;
        const spread = Math.sqrt(values.length * share * (1 - share));
        expect(Math.abs(inside - values.length * share)).to.be.below(5 * spread, `|z| < ${bound}`);
      }
    });

    it('are constant where std is 0', () => {
      const values = new Float32Array(3);
      new Generator(1).fillNormal(values, 2, 0);
      expect(Array.from(values)).to.deep.equal([2, 2, 2]);
    });

    it('refuse a negative or infinite std', () => {
      const values = new Float32Array(1);
      expect(() => new Generator(1).fillNormal(values, 0, -1)).to.throw(
        ArgumentError,
        'fillNormal: expected a finite mean and a finite std >= 0',
      );
      expect(() => new Generator(1).fillNormal(values, Number.NaN)).to.throw(ArgumentError, 'mean NaN');
      expect(() => new Generator(1).fillNormal(values, 0, Number.POSITIVE_INFINITY)).to.throw(ArgumentError, 'std Infinity');
    });
  });

  describe('whole numbers', () => {
    it('are equally likely in [low, high)', () => {
      const values = new Int32Array(draws);
      new Generator(31).fillIntegers(values, -3, 4);
      const counts = new Array<number>(7).fill(0);
      for (const value of values) counts[value + 3]++;
      expect(counts.reduce((sum, count) => sum + count, 0)).to.equal(draws);
      expect(unevenness(counts)).to.be.within(0.05, 3.5);
    });

    it('are unbiased where a plain remainder would not be', () => {
      // Of a range of 3/4 of 2^32, a remainder would give the lower third twice as often as the rest.
      const generator = new Generator(32);
      const span = 3 * 2 ** 30;
      const counts = [0, 0, 0];
      for (let i = 0; i < draws; i++) counts[Math.floor(generator.integer(0, span) / 2 ** 30)]++;
      expect(unevenness(counts)).to.be.below(7);
    });

    it('reach both ends of the widest range', () => {
      const values = new Int32Array(draws);
      new Generator(33).fillIntegers(values, -(2 ** 31), 2 ** 31);
      expect(Math.min(...values.subarray(0, 10_000))).to.be.below(-(2 ** 31) + 2 ** 22);
      expect(Math.max(...values.subarray(0, 10_000))).to.be.above(2 ** 31 - 2 ** 22);
    });

    it('fill bytes and floats too', () => {
      const bytes = new Uint8Array(draws);
      new Generator(34).fillIntegers(bytes, 0, 256);
      expect(new Set(bytes).size).to.equal(256);
      const floats = new Float32Array(100);
      new Generator(34).fillIntegers(floats, -2, 3);
      expect(Array.from(new Set(floats)).sort()).to.deep.equal([-1, -2, 0, 1, 2]);
    });

    it('refuse ranges that are empty, not whole, or too wide for the array', () => {
      const generator = new Generator(1);
      expect(() => generator.integer(3, 3)).to.throw(ArgumentError, 'integer: expected whole numbers low < high');
      expect(() => generator.integer(0, 1.5)).to.throw(ArgumentError, 'high 1.5');
      expect(() => generator.integer(0, 2 ** 32 + 1)).to.throw(ArgumentError, 'at most 2^32 apart');
      expect(() => generator.fillIntegers(new Uint8Array(1), 0, 257)).to.throw(ArgumentError, 'beyond the whole numbers from 0 to 255');
      expect(() => generator.fillIntegers(new Float32Array(1), 0, 2 ** 24 + 2)).to.throw(ArgumentError, 'that the array holds exactly');
    });
  });

  describe('fillBernoulli', () => {
    it('gives ones with the probability p', () => {
      const mask = new Uint8Array(draws);
      new Generator(41).fillBernoulli(mask, 0.3);
      const ones = mask.reduce((sum, bit) => sum + bit, 0);
      expect(ones / draws).to.be.closeTo(0.3, 0.0075); // 5 standard errors
      expect(new Set(mask)).to.deep.equal(new Set([0, 1]));
    });

    it('is certain at 0 and 1', () => {
      const mask = new Uint8Array(1000);
      new Generator(42).fillBernoulli(mask, 1);
      expect(mask.every((bit) => bit === 1)).to.equal(true);
      new Generator(42).fillBernoulli(mask, 0);
      expect(mask.every((bit) => bit === 0)).to.equal(true);
    });

    it('refuses what is not a probability', () => {
      expect(() => new Generator(1).fillBernoulli(new Uint8Array(1), 1.1)).to.throw(
        ArgumentError,
        'expected a probability in [0, 1], got 1.1',
      );
      expect(() => new Generator(1).fillBernoulli(new Uint8Array(1), Number.NaN)).to.throw(ArgumentError, 'got NaN');
    });
  });

  describe('permutation', () => {
    it('holds every number once', () => {
      const order = new Generator(51).permutation(1000);
      expect(Array.from(order).sort((a, b) => a - b)).to.deep.equal(Array.from({ length: 1000 }, (_, i) => i));
    });

    it('gives each order equally often', () => {
      const generator = new Generator(52);
      const counts = new Map<string, number>();
      for (let i = 0; i < 24_000; i++) {
        const order = generator.permutation(4).join('');
        counts.set(order, (counts.get(order) ?? 0) + 1);
      }
      expect(counts.size).to.equal(24);
      expect(unevenness([...counts.values()])).to.be.within(0.3, 2.3);
    });

    it('may be empty, and refuses what is not a count', () => {
      expect(new Generator(1).permutation(0).length).to.equal(0);
      expect(() => new Generator(1).permutation(-1)).to.throw(
        ArgumentError,
        'permutation: expected a whole number from 0 to 2^31 - 1, got -1',
      );
      expect(() => new Generator(1).permutation(2.5)).to.throw(ArgumentError, 'got 2.5');
    });
  });
});

describe('the default generator', () => {
  it('repeats from manualSeed', () => {
    const first = manualSeed(123).uniform();
    defaultGenerator().uniform();
    manualSeed(123);
    expect(defaultGenerator().uniform()).to.equal(first);
  });

  it('is seeded at random by seed(), which returns the seed', () => {
    const picked = seed();
    const first = defaultGenerator().uniform();
    expect(defaultGenerator().initialSeed).to.equal(picked);
    expect(manualSeed(picked).uniform()).to.equal(first);
  });
});
