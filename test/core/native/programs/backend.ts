// A program that prints what its kernels run on, and a sum that they made.
import { arange, backend, instructionSet } from '@convgrad/core';

console.log(JSON.stringify({ backend: backend(), instructionSet: instructionSet(), sum: arange(1000).sum().item() }));
