import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ArgumentError, Generator, manualSeed, type Tensor, tensor } from '@convgrad/core';
import { DataLoader, type DataLoaderOptions, type Dataset, TensorDataset } from '@convgrad/data';
import { expect } from 'chai';

/** The strings '0' to 'length - 1', whose batches are lists. */
function names(length: number): Dataset<string> {
  return { length, get: (index) => String(index) };
}

function epoch(loader: Iterable<string[]>): string[] {
  return [...loader].flat();
}

describe('DataLoader', () => {
  describe('batches', () => {
    it('hold batchSize samples in order, the last one what is left', () => {
      const loader = new DataLoader(names(7), { batchSize: 3 });
      expect([...loader]).to.deep.equal([['0', '1', '2'], ['3', '4', '5'], ['6']]);
      expect(loader.length).to.equal(3);
    });

    it('leave a smaller last one out with dropLast', () => {
      const loader = new DataLoader(names(7), { batchSize: 3, dropLast: true });
      expect([...loader]).to.deep.equal([
        ['0', '1', '2'],
        ['3', '4', '5'],
      ]);
      expect(loader.length).to.equal(2);
      expect(new DataLoader(names(6), { batchSize: 3, dropLast: true }).length).to.equal(2);
    });

    it('hold one sample by default, and an empty dataset has none', () => {
      expect([...new DataLoader(names(2))]).to.deep.equal([['0'], ['1']]);
      expect([...new DataLoader(names(0), { batchSize: 4 })]).to.deep.equal([]);
      expect(new DataLoader(names(0), { batchSize: 4 }).length).to.equal(0);
    });

    it('are typed by the samples', () => {
      const dataset = new TensorDataset(tensor([[1], [2]]), tensor([0, 1], { dtype: 'int32' }));
      const sizes: number[] = [];
      for (const [x, y] of new DataLoader(dataset, { batchSize: 2 })) {
        const tensors: Tensor[] = [x, y];
        sizes.push(...tensors.map((t) => t.size));
      }
      expect(sizes).to.deep.equal([2, 2]);
    });

    it('are made by the collate function that is given', () => {
      const dataset = new TensorDataset(tensor([1, 2, 3]));
      const sums: number[] = [];
      for (const sum of new DataLoader(dataset, {
        batchSize: 2,
        collate: (samples) => samples.reduce((total, [x]) => total + x.data[0], 0),
      })) {
        sums.push(sum + 0.5);
      }
      expect(sums).to.deep.equal([3.5, 3.5]);
    });
  });

  describe('shuffle', () => {
    const shuffled = (options: DataLoaderOptions) => new DataLoader(names(50), { batchSize: 8, shuffle: true, ...options });

    it('goes through every sample once, in an order that differs from epoch to epoch', () => {
      const loader = shuffled({ seed: 1 });
      const [first, second] = [epoch(loader), epoch(loader)];
      expect(first).not.to.deep.equal(second);
      for (const order of [first, second]) expect(new Set(order).size).to.equal(50);
    });

    it('repeats from its seed, whatever the default generator does', () => {
      const [a, b] = [shuffled({ seed: 1 }), shuffled({ seed: 1 })];
      for (let i = 0; i < 3; i++) {
        manualSeed(i);
        expect(epoch(a)).to.deep.equal(epoch(b));
      }
      expect(epoch(shuffled({ seed: 1 }))).not.to.deep.equal(epoch(shuffled({ seed: 2 })));
    });

    it('repeats from manualSeed where no seed is given', () => {
      manualSeed(5);
      const first = epoch(shuffled({}));
      manualSeed(5);
      expect(epoch(shuffled({}))).to.deep.equal(first);
    });

    it('goes on from the saved state of its generator', () => {
      const loader = shuffled({ generator: new Generator(3) });
      epoch(loader);
      const state = loader.generator.state();
      const next = epoch(loader);
      loader.generator.setState(state);
      expect(epoch(loader)).to.deep.equal(next);
    });

    it('gives two iterations at once an order each, drawn when they start', () => {
      const expected = shuffled({ seed: 9 });
      const orders = [epoch(expected), epoch(expected)];
      const loader = shuffled({ seed: 9 });
      const [a, b] = [loader[Symbol.iterator](), loader[Symbol.iterator]()];
      const seen: [string[], string[]] = [[], []];
      for (let i = 0; i < loader.length; i++) {
        seen[1].push(...(b.next().value ?? []));
        seen[0].push(...(a.next().value ?? []));
      }
      expect(seen).to.deep.equal(orders);
    });

    it('moves no generator without being asked for', () => {
      const generator = new Generator(1);
      epoch(new DataLoader(names(10), { generator }));
      expect(generator.state()).to.deep.equal(new Generator(1).state());
    });
  });

  describe('wrong options', () => {
    it('are refused', () => {
      for (const batchSize of [0, -1, 1.5, Number.NaN]) {
        expect(() => new DataLoader(names(1), { batchSize })).to.throw(
          ArgumentError,
          `DataLoader: batchSize must be a positive whole number, got ${batchSize}`,
        );
      }
      expect(() => new DataLoader(names(1), { seed: 1, generator: new Generator(1) })).to.throw(
        ArgumentError,
        'give a generator or a seed, not both',
      );
      expect(() => new DataLoader(names(1), { seed: 0.5 })).to.throw(ArgumentError, 'expected a whole number');
    });
  });

  describe('in for await', () => {
    /** Keeps the processor busy, as a training step does. */
    function work(milliseconds: number): void {
      const end = performance.now() + milliseconds;
      while (performance.now() < end);
    }

    it('gives the same batches', async () => {
      const options = { batchSize: 3, shuffle: true, seed: 1 };
      const batches: string[][] = [];
      for await (const batch of new DataLoader(names(10), options)) batches.push(batch);
      expect(batches).to.deep.equal([...new DataLoader(names(10), options)]);
    });

    it('draws its order when it starts', async () => {
      const loader = new DataLoader(names(20), { batchSize: 20, shuffle: true, seed: 1 });
      const iterator = loader[Symbol.asyncIterator]();
      const second = epoch(loader);
      const first = (await iterator.next()).value;
      const expected = new DataLoader(names(20), { batchSize: 20, shuffle: true, seed: 1 });
      expect([first, second]).to.deep.equal([epoch(expected), epoch(expected)]);
    });

    it('lets a timer run within 50 ms of short steps', async () => {
      let fired = false;
      let steps = 0;
      setTimeout(() => {
        fired = true;
      }, 1);
      for await (const _ of new DataLoader(names(100))) {
        if (fired) break;
        steps++;
        work(5);
      }
      expect(fired).to.equal(true);
      expect(steps).to.be.at.most(10);
    });

    it('lets a timer run after every step that takes longer', async () => {
      const fired: number[] = [];
      let step = 0;
      for await (const _ of new DataLoader(names(4))) {
        const current = step++;
        setTimeout(() => fired.push(current), 1);
        expect(fired).to.deep.equal(Array.from({ length: current }, (_, i) => i));
        work(30);
      }
      expect(step).to.equal(4);
    });

    it('lets a timer run also where each epoch is short', async () => {
      let fired = false;
      setTimeout(() => {
        fired = true;
      }, 1);
      const loader = new DataLoader(names(1));
      let epochs = 0;
      for (; epochs < 100 && !fired; epochs++) for await (const _ of loader) work(5);
      expect(fired).to.equal(true);
      expect(epochs).to.be.at.most(11);
    });

    // Windows has no signals that a process could send to itself.
    for (const signal of process.platform === 'win32' ? [] : (['SIGUSR2'] as const)) {
      it('lets signal handlers run', async () => {
        let received = false;
        process.once(signal, () => {
          received = true;
        });
        process.kill(process.pid, signal);
        for await (const _ of new DataLoader(names(100))) {
          if (received) break;
          work(10);
        }
        expect(received).to.equal(true);
      });
    }

    it('lets finalizers run', async () => {
      setFlagsFromString('--expose-gc');
      const collectGarbage: () => void = runInNewContext('gc');
      let finalized = false;
      const registry = new FinalizationRegistry(() => {
        finalized = true;
      });
      (() => registry.register({}, 0))();
      for await (const _ of new DataLoader(names(100))) {
        if (finalized) break;
        collectGarbage();
        work(10);
      }
      expect(finalized).to.equal(true);
    });

    it('ends with the loop', async () => {
      const seen: string[][] = [];
      for await (const batch of new DataLoader(names(5), { batchSize: 2 })) {
        seen.push(batch);
        if (seen.length === 2) break;
      }
      expect(seen.length).to.equal(2);
    });

    it('passes on what a dataset throws', async () => {
      const broken: Dataset<string> = {
        length: 1,
        get: () => {
          throw new Error('unreadable');
        },
      };
      let message = '';
      try {
        for await (const _ of new DataLoader(broken)) message = 'none';
      } catch (error) {
        message = String(error);
      }
      expect(message).to.equal('Error: unreadable');
    });
  });
});
