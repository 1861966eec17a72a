import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { TrainingRun } from './training_run.ts';

const program = fileURLToPath(new URL('fingerprint.ts', import.meta.url));

for (const dtype of ['float32', 'float64'] as const) {
  describe(`a training run of 50 steps with dropout and shuffled images, ${dtype}`, function () {
    this.timeout(300_000);
    let losses: readonly number[];
    let fingerprint: string;

    before(() => {
      const run = new TrainingRun(dtype, 7).train(50);
      losses = run.losses;
      fingerprint = run.fingerprint();
    });

    it('learns, so that there is something to repeat', () => {
      const mean = (part: readonly number[]): number => part.reduce((sum, loss) => sum + loss, 0) / part.length;
      expect(mean(losses.slice(-10))).to.be.below(0.8 * mean(losses.slice(0, 10)));
    });

    it('repeats to the last bit in the same process', () => {
      const again = new TrainingRun(dtype, 7).train(50);
      expect(again.losses).to.deep.equal(losses);
      expect(again.fingerprint()).to.equal(fingerprint);
    });

    it('repeats to the last bit in another process', () => {
      const args = ['--import', 'tsx', '--conditions=@convgrad/source', program, dtype, '7', '50'];
      const output = execFileSync(process.execPath, args, { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } });
      expect(output.trim()).to.equal(fingerprint);
    });

    it('is another one with another seed', () => {
      expect(new TrainingRun(dtype, 8).train(1).losses[0]).to.not.equal(losses[0]);
    });

    for (const steps of [25, 40, 43]) {
      it(`goes on to the last bit from a checkpoint after ${steps} steps, where an epoch is 40`, () => {
        const checkpoint = new TrainingRun(dtype, 7).train(steps).checkpoint();
        const resumed = new TrainingRun(dtype, 99).resume(checkpoint).train(50 - steps);
        expect(resumed.losses).to.deep.equal(losses.slice(steps));
        resumed.losses.unshift(...losses.slice(0, steps));
        expect(resumed.fingerprint()).to.equal(fingerprint);
      });
    }

    it('does not go on so where a part of the checkpoint is missing', () => {
      const whole = new TrainingRun(dtype, 7).train(25).checkpoint();
      const fresh = new TrainingRun(dtype, 99).train(25).checkpoint();
      for (const part of ['model', 'optimizer', 'generator', 'loader'] as const) {
        const resumed = new TrainingRun(dtype, 99).resume({ ...whole, [part]: fresh[part] }).train(2);
        expect(resumed.losses, part).to.not.deep.equal(losses.slice(25, 27));
      }
    });
  });
}
