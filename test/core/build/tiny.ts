// A process that builds one kernel from the sources in a folder of its own: the build's tests start it.
import { buildKernels } from '../../../packages/core/build/build.ts';
import { buildFolders } from '../../../packages/core/build/paths.ts';
import { listUnits } from '../../../packages/core/build/units.ts';

const root = process.argv[2];
if (root === undefined) {
  throw new Error('name the folder that holds kernels/');
}
const units = listUnits().filter(({ source, scalar }) => source === 'movement' && scalar === 'f32');
const outcome = await buildKernels({ folders: buildFolders(root), variants: ['plain'], report: (text) => console.error(text), units });
console.log(outcome);
process.exitCode = outcome === 'failed' ? 1 : 0;
