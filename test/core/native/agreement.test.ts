import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deserialize } from 'node:v8';
import { expect } from 'chai';
import { nativePath } from '../../../packages/core/src/kernels/backends/native.ts';
import { availableSets } from './available_sets.ts';
import { runProgram } from './run_program.ts';

type Numbers = Readonly<Record<string, readonly (Float32Array | Float64Array | Int32Array | Uint8Array)[]>>;

/** Of the largest value of a result: float32 rounds some hundred times on the way to it. */
const closeEnough = { float32: 2e-5, float64: 1e-12 } as const;
/** In float32 Adam divides gradients by their own size, and so tiny ones with all their rounding. */
const closeEnoughTrained = 5e-4;

if (existsSync(nativePath)) {
  describe('native kernels and WebAssembly', function () {
    this.timeout(300_000);
    const folder = mkdtempSync(join(tmpdir(), 'convgrad-numbers-'));
    let expected: Numbers = {};

    before(async () => {
      expected = await compute({ CONVGRAD_BACKEND: 'wasm' });
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    for (const set of availableSets()) {
      it(`agree in every family of kernels, and threads change no bit: ${set}`, async () => {
        const numbers = await compute({ CONVGRAD_BACKEND: 'native', CONVGRAD_INSTRUCTIONS: set });
        expect(Object.keys(numbers)).to.deep.equal(Object.keys(expected));
        const wrong = Object.entries(numbers).flatMap(([name, arrays]) => {
          const tolerance = toleranceOf(name);
          const errors = arrays.map((array, i) => largestError(array, expected[name]?.[i] ?? []));
          return errors.some((error) => !(error <= tolerance)) ? [`${name}: ${errors.join(' ')}`] : [];
        });
        expect(wrong).to.deep.equal([]);
      });
    }

    async function compute(settings: Readonly<Record<string, string>>): Promise<Numbers> {
      const path = join(folder, Object.values(settings).join('-'));
      const { output, messages } = await runProgram('numbers.ts', settings, path);
      expect(messages).to.equal('');
      const { backend, instructionSet, different, ran } = JSON.parse(output);
      expect(backend).to.equal(settings.CONVGRAD_BACKEND);
      if (settings.CONVGRAD_INSTRUCTIONS !== undefined) expect(instructionSet).to.equal(settings.CONVGRAD_INSTRUCTIONS);
      expect(different).to.deep.equal([]);
      expect(ran).to.deep.equal([true, true, true]);
      return deserialize(readFileSync(path));
    }
  });
}

function toleranceOf(name: string): number {
  if (name.endsWith('float64')) return closeEnough.float64;
  return name.startsWith('a training step') ? closeEnoughTrained : closeEnough.float32;
}

/** The largest difference, as a share of the largest expected value; NaN where the two are not alike. */
function largestError(values: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [difference, size] = [0, Number.MIN_VALUE];
  if (values.length !== expected.length) return Number.NaN;
  for (let i = 0; i < values.length; i++) {
    const [value = Number.NaN, wanted = Number.NaN] = [values[i], expected[i]];
    if (value !== wanted) difference = Math.max(difference, Math.abs(value - wanted));
    size = Math.max(size, Math.abs(wanted));
  }
  return difference / size;
}
