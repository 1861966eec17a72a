// A program that prints the instruction sets of the native kernels that this processor has, the best first, one a line.
import { availableSets } from '../available_sets.ts';

for (const set of availableSets()) console.log(set);
