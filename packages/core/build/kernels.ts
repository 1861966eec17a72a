// `npm run kernels [-- --variant plain|relaxed|all]`: builds the WebAssembly binaries that are missing or out of date.
import { parseArgs } from 'node:util';
import { type KernelVariant, kernelVariants, preferredVariant } from '../src/kernels/variant.ts';
import { buildKernels } from './build.ts';
import { buildFolders } from './paths.ts';

const { values } = parseArgs({ options: { variant: { type: 'string' } } });
const outcome = await buildKernels({
  folders: buildFolders(),
  variants: variantsOf(values.variant),
  lenient: true,
  report: (text) => console.error(text),
});
process.exitCode = outcome === 'failed' ? 1 : 0;

function variantsOf(option: string | undefined): readonly KernelVariant[] {
  if (option === undefined) {
    return [preferredVariant()];
  }
  const chosen = kernelVariants.filter((variant) => option === 'all' || option === variant);
  if (chosen.length === 0) {
    console.error(`--variant is '${option}'; it can be 'plain', 'relaxed' or 'all' (default: the one this engine takes)`);
    process.exit(2);
  }
  return chosen;
}
