import { buildKernels } from '../../packages/core/build/build.ts';
import { buildFolders } from '../../packages/core/build/paths.ts';
import { kernelVariants } from '../../packages/core/src/kernels/variant.ts';

/** Builds the WebAssembly binaries of every variant that are missing or of other sources: engines differ in which they take. */
export async function buildBinaries(progress: (text: string) => void): Promise<void> {
  const outcome = await buildKernels({ folders: buildFolders(), variants: kernelVariants, report: progress });
  if (outcome === 'failed') throw new Error('the kernels do not build: npm run kernels -- --variant all');
}
