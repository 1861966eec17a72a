/*
 * npm run bench [-- FILTER]: the heavy kernels as shares of the machine's multiply-add peak (a filter takes some), then whole training steps.
 */
import './kernels.ts';
import { benchSteps } from './steps.ts';

benchSteps();
