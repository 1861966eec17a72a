// `npm run kernels [-- --variant plain|relaxed|all]`: builds the WebAssembly binaries that are missing or out of date, and brings
// the native kernels up to date where they were built before.
import { existsSync, readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ConvgradError } from '../src/errors.ts';
import { nativeFilePrefix } from '../src/kernels/backends/native_file.ts';
import { type KernelVariant, kernelVariants, preferredVariant } from '../src/kernels/variant.ts';
import { buildKernels } from './build.ts';
import { type BuildFolders, buildFolders } from './paths.ts';

const folders = buildFolders();
const outcome = await buildKernels({
  folders,
  variants: variantsOf(variantOption()),
  report: (text) => console.error(text),
});
if (outcome === 'failed') {
  process.exitCode = 1;
} else if (hasAddon(folders)) {
  const { buildAddon } = await import('./native/build.ts');
  await buildAddon(folders).catch((error: unknown) => {
    if (!(error instanceof ConvgradError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  });
}

// Another version's counts too: who once built native kernels does not want to fall back to WebAssembly unawares.
function hasAddon({ addons }: BuildFolders): boolean {
  return existsSync(addons) && readdirSync(addons).some((name) => name.startsWith(nativeFilePrefix));
}

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
