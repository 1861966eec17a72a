// A program that prints whether the engine takes relaxed SIMD by itself before and after it ran kernels, and which variant of them it ran.
import { relaxedModule } from './relaxed_module.ts';

const before = WebAssembly.validate(relaxedModule);
const { kernelVariant, ones } = await import('@convgrad/core');
ones([4]).sum().item();
console.log(JSON.stringify({ before, variant: kernelVariant(), after: WebAssembly.validate(relaxedModule) }));
