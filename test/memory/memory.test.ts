import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { training, unfinished } from './scenarios.ts';

interface Measurement {
  /** Resident memory after a tenth of the steps and at the end, in bytes. */
  readonly early: number;
  readonly late: number;
}

/** A process of its own, so that nothing else is resident. */
function measure(name: string, steps: number, budget?: number): Measurement {
  const script = fileURLToPath(new URL('./measure.ts', import.meta.url));
  const options = ['--import', 'tsx', '--conditions=@convgrad/source', '--no-warnings'];
  const args = [...options, script, name, String(steps), ...(budget === undefined ? [] : [String(budget)])];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}

describe('resident memory in one synchronous loop', function () {
  this.timeout(300_000);

  for (const name of Object.keys(training)) {
    it(`stays within 10 % over 2,000 training steps: ${name}`, () => {
      const { early, late } = measure(name, 2000);
      expect(late).to.be.at.most(1.1 * early);
    });
  }

  for (const name of Object.keys(unfinished)) {
    it(`is bounded by the budget, with right results: 5,000 ${name}`, () => {
      const { early, late } = measure(name, 5000, 64);
      expect(late).to.be.at.most(1.1 * early);
    });
  }
});
