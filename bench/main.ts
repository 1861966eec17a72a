/*
 * npm run bench [-- FILTER]: the heavy kernels as shares of the machine's multiply-add peak (a filter takes some), then whole training steps.
 */
import './kernels.ts';
import { benchMemory } from './memory.ts';
import { benchSteps } from './steps.ts';

benchSteps();
benchMemory();
