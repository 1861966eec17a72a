// `fingerprint.ts float32|float64 seed steps`: prints the fingerprint of a training run, for another process to compare.
import { TrainingRun } from './training_run.ts';

const [dtype, seed, steps] = process.argv.slice(2);
if (dtype !== 'float32' && dtype !== 'float64') throw new Error(`expected float32 or float64, got ${dtype}`);
console.log(new TrainingRun(dtype, Number(seed)).train(Number(steps)).fingerprint());
