// Prints the number of threads.
import { getNumThreads } from '@convgrad/core';

console.log(getNumThreads());
