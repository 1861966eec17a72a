// `npm run kernels [-- --variant plain|relaxed|all]`: builds the WebAssembly binaries that are missing or out of date.
import { parseArgs } from 'node:util';
import { type KernelVariant, kernelVariants, preferredVariant } from '../src/kernels/variant.ts';
import { buildKernels } from './build.ts';
import { buildFolders } from './paths.ts';

const outcome = await buildKernels({
  folders: buildFolders(),
  variants: variantsOf(variantOption()),
  report: (text) => console.error(text),
});
process.exitCode = outcome === 'failed' ? 1 : 0;

function variantOption(): string | undefined {
  try {
    return parseArgs({ options: { variant: { type: 'string' } } }).values.variant;
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

function variantsOf(option: string | undefined): readonly KernelVariant[] {
  if (option === undefined) {
    return [preferredVariant(process.env.CONVGRAD_VARIANT || undefined)];
  }
  const chosen = kernelVariants.filter((variant) => option === 'all' || option === variant);
  return chosen.length > 0 ? chosen : refuse(`--variant is '${option}'`);
}

function refuse(problem: string): never {
  console.error(`${problem}\nusage: npm run kernels [-- --variant plain|relaxed|all] (default: the one this engine takes)`);
  process.exit(2);
}
