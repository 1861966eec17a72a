import { buildKernels } from './build.ts';
import { buildFolders } from './paths.ts';
console.log(await buildKernels({ folders: buildFolders(process.argv[2]), variants: [process.argv[3] as 'plain'], report: (text) => console.error(text) }));
